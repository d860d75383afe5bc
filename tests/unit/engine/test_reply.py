from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.reply import StopStrings

text = st.text("ab#\n", max_size=12)


@given(text, st.lists(st.text("ab#", min_size=1, max_size=3), max_size=3), st.data())
def test_every_split_gives_what_comes_before_the_first_stop_string(
    whole: str, strings: list[str], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(whole)), max_size=6).map(sorted))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    stops = StopStrings(strings)
    out = ""
    for part in parts:
        out += stops.feed(part)
        if stops.found:
            break
    out += stops.finish()
    assert stops.found == any(string in whole for string in strings)
    if not stops.found:
        assert out == whole
    else:
        assert whole.startswith(out)
        assert any(whole.startswith(string, len(out)) for string in strings)
        assert not any(string in out for string in strings)


def test_nothing_is_held_back_without_need() -> None:
    assert StopStrings(()).feed("a#") == "a#"
    assert StopStrings(("##",)).feed("a#b") == "a#b"
    assert StopStrings(("##",)).feed("a#") == "a"
