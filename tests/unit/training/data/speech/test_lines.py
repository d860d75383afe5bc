from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.data.speech import lines as reading
from training.data.speech.lines import lines, records
from training.errors import DataError


def test_lines_come_with_their_places(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("one\r\n\nzwölf\n".encode())
    found = [(place.line, text) for place, text in lines(path)]
    assert found == [(1, "one"), (2, ""), (3, "zwölf")]


def test_the_line_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"one\n\xff\xfe\nthree\n")
    read = lines(path)
    assert next(read)[1] == "one"
    with pytest.raises(DataError, match=r"list\.txt, line 2: this is not UTF-8"):
        next(read)
    with pytest.raises(DataError, match=r"no\.txt: the list can't be read"):
        list(lines(tmp_path / "no.txt"))


MEMBERS = [{"n": 1}, {"words": 'a "b", [c]\nd'}, {"n": [3, {"deep": "猫"}]}]


@pytest.mark.parametrize("chunk", [1, 7, 1 << 16])
@pytest.mark.parametrize("form", ["list", "indented", "lines"])
def test_members_come_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, form: str
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", chunk)
    path = tmp_path / "list.json"
    if form == "lines":
        path.write_text("".join(f"{json.dumps(member)}\n" for member in MEMBERS))
    else:
        indent = 1 if form == "indented" else None
        path.write_text(json.dumps(MEMBERS, ensure_ascii=False, indent=indent))
    found = list(records(path))
    assert [member for _, member in found] == MEMBERS
    places = {"list": [1, 1, 1], "indented": [2, 5, 8], "lines": [1, 2, 3]}
    assert [place.line for place, _ in found] == places[form]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[{"n": 1},\n{"n": }]', 2),
        ('[{"n": 1},\n{"n": 2', 2),
        ('[{"n": 1},\n', 2),
        ('{"n": 1}\nwords\n', 2),
        ('[{"n":\n"a\n"}]', 2),
    ],
)
def test_the_line_of_what_is_damaged_is_named(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(DataError, match=rf"list\.json, line {line}: "):
        list(records(tmp_path / "list.json"))


def test_a_member_without_an_end_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CHUNK", 10)
    monkeypatch.setattr(reading, "_LARGEST", 100)
    (tmp_path / "list.json").write_bytes(b'[{"n": "' + b"a" * 100_000 + b"\xff")
    with pytest.raises(DataError, match=r"list\.json, line 1: no JSON there"):
        list(records(tmp_path / "list.json"))


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_bytes(b'{"n": 1}\n\xff')
    with pytest.raises(DataError, match=r"list\.json, line 1: .*not UTF-8"):
        list(records(tmp_path / "list.json"))
    with pytest.raises(DataError, match=r"no\.json: the list can't be read"):
        list(records(tmp_path / "no.json"))


def test_an_empty_list_has_no_members(tmp_path: Path) -> None:
    for text in ("", "[]", " [ ] \n"):
        (tmp_path / "list.json").write_text(text)
        assert list(records(tmp_path / "list.json")) == []
