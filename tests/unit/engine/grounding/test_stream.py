"""What every reader promises, whatever it is given and however that was cut into tokens."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.grounding.codec import DIALECTS, Dialect
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, Reader
from tests.support.readings import clean, read

fragments = {
    "minigpt-v2": ["<p>", "</p>", "<delim>", "{<10><20><30><40>}", "{<9><8><107><6>}", "{<12",
                   " {<1><2><3><4>}", "{<1><2><3>}", "{<1><2><3><4><5>}", "{<a>}", "{x}"],
    "shikra": ["[0.100,0.200,0.300,0.400]", "[0.1,0.2,0.3,0.4;0.5,0.6,0.7,0.8]", "[0.1,0.2;",
               "[1]", ";", "0.5,", "-1"],
    "kosmos-2": ["<phrase>", "</phrase>", "<object>", "</object>", "<patch_index_0044>",
                 "</delimiter_of_multi_objects/>", "<patch_index_9999>", "<patch_", "<grounding>"],
    "qwen-vl": ["<ref>", "</ref>", "<box>", "</box>", "(1,2)", "(1,2),(300,400)", ",(", "(12"],
    "qwen2-vl": ["<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>",
                 "(1,2),(300,400)", "(1, 2)", ",", "<|"],
    "qwen2.5-vl": ["```json", "```", "[", "]", "{", "}", '{"bbox_2d": [1, 2, 30, 40]', "\n\t",
                   '"label": "red mug"', ", ", '{"label": "dog", ', '"bbox_2d": [1,2,3,4]}', "[]",
                   '"point_2d": [5, 6]', '"x": "\\"y\\\\"', "{'bbox_2d': [1.5, 2e2, -3, 4]}"],
    "gemma": ['{"box_2d": [1, 2, 30, 40], "label": "a"}', "[", "]", ", ", "null", '{"box_2d":',
              '"label": "b"', "}", "```json\n", "```", "1e999", "[[1,2,3,4],[5,6,7,8]]"],
    "paligemma": ["<loc0001>", "<loc0001><loc0002><loc0300><loc1023>", "<seg001>", " ; ", "<loc",
                  "cat", "\n"],
    "florence-2": ["<loc_1>", "<loc_1><loc_22><loc_333><loc_999>", "<loc_", "cat", " . "],
    "internvl": ["<ref>", "</ref>", "<box>", "</box>", "[[1, 2, 300, 400]]", "[1,2,3,4],", "[["],
    "cogvlm": ["[[001,002,300,400]]", "[[001,002,300,400;", "001,002,300,400]]", "[[1, 2], [3]]"],
    "deepseek-vl2": ["<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "[[1, 2, 300, 400]]", "<|",
                     "[[1, 2, 300, 400], ", "[5, 6, 700, 800]]", "<|grounding|>"],
    "molmo": ['<point x="61.5" y="40.4" alt="a">', "</point>", "<points ", 'x1="1" y1="2" ', ">",
              'x2="3.5" y2="4.5" alt="b"', "</points>", "<point x=", '"', "<point of view"],
    "plain": ["<p>", "{<1>}", '[{"bbox_2d": [1,2,3,4]}]'],
}  # fmt: skip
fragments["qwen3-vl"] = fragments["qwen2.5-vl"]

usual = ["a cat", "é🐈", " ", "  ", "\n", "<", ">", "{", "[", "]", "a < b", ".", ", "]


def answers(dialect: Dialect) -> st.SearchStrategy[str]:
    """Texts that look like answers of this dialect, mostly broken ones."""
    own = fragments[dialect.name]
    letters = st.text(alphabet=sorted(set("".join(own)) | set(" a")), max_size=8)
    return st.lists(st.sampled_from([*own, *own, *usual]) | letters, max_size=12).map("".join)


every_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))


@every_dialect
@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_any_split_gives_the_same(dialect: Dialect, data: st.DataObject) -> None:
    answer = data.draw(answers(dialect) | st.text(max_size=40))
    cuts = data.draw(st.lists(st.integers(0, len(answer)), max_size=10).map(sorted))
    parts = [answer[a:b] for a, b in pairwise([0, *cuts, len(answer)])]
    whole = read(dialect, answer)
    assert read(dialect, *parts) == whole
    assert read(dialect, *answer) == whole


@every_dialect
@settings(deadline=None, derandomize=True, max_examples=60)
@given(data=st.data())
def test_boxes_lie_in_the_picture_and_phrases_where_their_offsets_say(
    dialect: Dialect, data: st.DataObject
) -> None:
    pieces, malformed = read(dialect, data.draw(answers(dialect)))
    text = clean(pieces)
    assert malformed >= 0 and not text[:1].isspace()
    for piece in pieces:
        if isinstance(piece, BoxPiece):
            box = piece.box
            assert 0 <= box.x1 <= box.x2 <= 1 and 0 <= box.y1 <= box.y2 <= 1
            assert piece.phrase is None or text[piece.start : piece.end] == piece.phrase


@every_dialect
@settings(deadline=None, derandomize=True, max_examples=40)
@given(data=st.data())
def test_half_a_box_at_a_cut_is_nobodys_mistake(dialect: Dialect, data: st.DataObject) -> None:
    """An answer that is well-formed, cut anywhere, has nothing malformed and no half words."""
    whole = dialect.phrases([("red mug", [MUG]), ("dog", [DOG])])
    answer = whole[: data.draw(st.integers(0, len(whole)))]
    pieces, malformed = read(dialect, answer, cut=True)
    assert malformed == 0
    words = clean(pieces).rstrip()
    assert "red mug, dog".startswith(words) or words in answer.partition('"bbox')[0]
    boxes = [piece for piece in pieces if isinstance(piece, BoxPiece)]
    assert len(boxes) <= 2


MUG, DOG = Box(0.1, 0.2, 0.3, 0.4), Box(0.5, 0.1, 0.9, 0.8)

hostile = [
    "<", "{", "[", "`", "```", "[{", " ", "\n", "(", ";", "<p>", "<p>a", "<ref>", "<box>", "a",
    "<box>(1,", "<|box_start|>", "<loc0001>", "<loc_1>", "<loc_1><loc_2><loc_3><loc_4>", "{<1>",
    "<patch_index_0001>", "<phrase>", "[0.1,", "[[001,", "[[", "<|det|>[[", "<point ", "{'",
    '<point x="', '<point x="1" ', '[{"label": "', '{"bbox_2d": [', '{"bbox_2d": [1,', '{"a": ',
    '{"bbox_2d": [1,2,3,4]},', "</delimiter_of_multi_objects/>",
]  # fmt: skip


def kept(reader: Reader) -> int:
    """How many characters (and boxes) a reader holds back."""

    def size(value: object) -> int:
        if isinstance(value, str):
            return len(value)
        if isinstance(value, Iterable) and not isinstance(value, (dict, frozenset)):
            return sum(map(size, value))
        return 1

    return sum(map(size, vars(reader).values()))


@every_dialect
def test_a_long_answer_takes_time_and_memory_in_proportion(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in characters looked at, not in seconds: each is looked at a few times at most."""
    for start in hostile:
        length = 100_000 if start == fragments[dialect.name][0] else 2_000
        answer = (start * (length // len(start) + 1))[:length]
        for text in (answer, start + "a" * length if length == 2_000 else ""):
            reader, looks = dialect.reader(), 0
            take = reader._take

            def counted(character: str, take: object = take) -> None:
                nonlocal looks
                looks += 1
                assert callable(take)
                take(character)

            monkeypatch.setattr(reader, "_take", counted)
            reader.feed(text)
            assert looks <= 4 * len(text), start
            assert kept(reader) <= 3_000 + 2 * len(fragments), start
            reader.finish()


@every_dialect
@settings(deadline=None, derandomize=True, max_examples=12)
@given(data=st.data())
def test_no_words_are_held_back_for_long(dialect: Dialect, data: st.DataObject) -> None:
    reader = dialect.reader()
    pieces = reader.feed(data.draw(answers(dialect)))
    pieces += reader.feed("a" * 1500 + " b" * 1500)
    assert clean(pieces).endswith("b b")
