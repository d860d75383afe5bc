"""JSON into dataclasses: what fits is built, what does not is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from engine.plain import PlainError, from_plain


@dataclass(frozen=True)
class Inner:
    count: int
    share: float = 0.5


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"]
    inner: Inner | None
    colour: tuple[float, float, float]
    words: tuple[str, ...] = ()
    rows: Mapping[str, Inner] = field(default_factory=dict)
    sure: bool = False


WHOLE: dict[str, Any] = {
    "name": "x",
    "kind": "b",
    "inner": {"count": 3},
    "colour": [1, 2.5, 3],
    "words": ["p", "q"],
    "rows": {"r": {"count": 1, "share": 1}},
    "sure": True,
}


def test_everything_fits() -> None:
    built = from_plain(Outer, WHOLE)
    assert built == Outer(
        "x", "b", Inner(3), (1.0, 2.5, 3.0), ("p", "q"), {"r": Inner(1, 1.0)}, sure=True
    )
    assert isinstance(built.colour[0], float)


def test_defaults_and_null() -> None:
    least = {"name": "x", "kind": "a", "inner": None, "colour": [0, 0, 0]}
    assert from_plain(Outer, least) == Outer("x", "a", None, (0, 0, 0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, "`name` must be a text, not 3"),
        ({"kind": "c"}, "`kind` must be 'a' or 'b', not 'c'"),
        ({"inner": {}}, "`inner.count` is missing"),
        ({"inner": {"count": True}}, "`inner.count` must be a whole number, not True"),
        ({"inner": {"count": 1.5}}, "`inner.count` must be a whole number, not 1.5"),
        ({"inner": {"count": 1, "shar": 2}}, "`inner.shar` is not known (known: count, share)"),
        ({"inner": [1]}, "`inner` must be an object, not [1]"),
        ({"colour": [1, 2]}, "`colour` must be a list of 3, not [1, 2]"),
        ({"colour": [1, 2, "3"]}, "`colour[2]` must be a number, not '3'"),
        ({"words": "pq"}, "`words` must be a list, not 'pq'"),
        ({"rows": {"r": {"count": "1"}}}, "`rows.r.count` must be a whole number, not '1'"),
        ({"sure": 1}, "`sure` must be true or false, not 1"),
        ({"extra": 1}, "`extra` is not known"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PlainError) as caught:
        from_plain(Outer, WHOLE | change)
    assert message in str(caught.value)


def test_missing_key_is_named() -> None:
    with pytest.raises(PlainError, match="`colour` is missing"):
        from_plain(Outer, {k: v for k, v in WHOLE.items() if k != "colour"})
