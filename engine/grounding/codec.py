"""Boxes as models write them: the table of dialects, and answers made of phrases with boxes.

The dialect is a fact of the model and stands in the bundle's manifest. Each writes (`Dialect.box`,
`boxes`, `phrase`), reads while tokens arrive (`Dialect.reader`) and has GBNF, llama.cpp's form of
grammar, that keeps an answer well-formed (`Dialect.grammar`). docs/dialects.md has a line for each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from engine.grounding.dialect import NOTHING, Dialect, Grammar, Plain
from engine.grounding.geometry import Box
from engine.grounding.json_object import Keys
from engine.grounding.listed import ListedDialect
from engine.grounding.located import LocatedDialect
from engine.grounding.marked import MarkedDialect
from engine.grounding.markup import NOT_ANY, UNIT, Markup, Shape, Tag, spelled
from engine.grounding.pointed import PointedDialect
from engine.grounding.scale import Cells, Scale
from engine.grounding.stream import BETWEEN_PHRASES, BoxPiece

__all__ = [
    "BETWEEN_PHRASES", "DIALECTS", "NOTHING", "PLAIN", "Dialect", "Grammar",
    "boxes_in", "detections", "sized", "with_boxes",
]  # fmt: skip

_HUNDRED = '"100" | [1-9]? [0-9]'
_THOUSAND = '"1000" | [0-9] | [1-9] [0-9] [0-9]?'
_THOUSANDTHS = "[0-9] | [1-9] [0-9] [0-9]?"
_FOUR_DIGITS = '"0" [0-9] [0-9] [0-9] | "10" [0-1] [0-9] | "102" [0-3]'
_TENTH = '[0-9] "." [0-9] | [1-9] [0-9] "." [0-9] | "100.0"'
_PIXEL = "[0-9] | [1-9] [0-9]{1,4}"

_PERCENT = Scale(rule=_HUNDRED, sides=(100, 100))
_PERMILLE = Scale(rule=_THOUSAND, sides=(1000, 1000))

_SHARDS = Shape((" ?", r"[\d.,;()\[\]-]"))
"""What is left of a malformed box of numbers between brackets."""


def _tagged(opening: str, written: str, ends: Sequence[str] = ("",)) -> Shape:
    """A box behind a tag that no ordinary text has."""
    sure = re.compile(" ?" + re.escape(opening))
    atoms = spelled(f" {opening}{written}")
    return Shape(atoms, tuple(map(spelled, ends)), sure=sure, cut=sure)


def _around(opening: str, closing: str, *dropped: str) -> dict[str, Tag]:
    """Tags around a phrase, and those that say nothing."""
    return {opening: "open", closing: "close", **dict.fromkeys(dropped, "drop")}


_BRACES = Shape(
    spelled(" { <#> <#> <#> <#> }"),
    sure=re.compile(r" ?\{ ?<-?\d"),
    cut=re.compile(r" ?\{ ?<"),
)

_MINIGPT_V2 = MarkedDialect(
    name="minigpt-v2",
    numbering=_PERCENT,
    spelling="{<%s><%s><%s><%s>}",
    list_marks=("", "<delim>", ""),
    phrase_marks=("<p>", "</p> "),
    markup=Markup(
        first=_BRACES,
        more=_BRACES,
        joint="<delim>",
        tags={"<p>": "open", "</p>": "close", "<delim>": "join"},
        debris=Shape(("[,;]?", " ?", "<?", r"[\d>-]")),
        end="}",
    ),
)

_SHIKRA = MarkedDialect(
    name="shikra",
    numbering=Scale(rule='"0." [0-9] [0-9] [0-9] | "1.000"', sides=(1000, 1000), decimals=3),
    spelling="%s,%s,%s,%s",
    list_marks=("[", ";", "]"),
    phrase_marks=("", ""),
    markup=Markup(
        first=Shape(
            spelled(" [#, #, #, #", UNIT),
            ((";",), (r"\]",)),
            sure=re.compile(r" ?\[-?\d\.\d"),
            cut=re.compile(r" ?\[-?\d\."),
        ),
        more=Shape(spelled("#, #, #, #", UNIT), ((";",), (r"\]",))),
        joint=";",
        debris=Shape((r"[\d.,;-]",)),
        end="]",
    ),
)

# The boxes of LLaVA-1.5's training (haotian-liu/LLaVA, issue 606): in 0..1 of the padded square.
_LLAVA = replace(
    _SHIKRA,
    name="llava",
    numbering=Scale(rule='"0." [0-9] [0-9]? | "1.0"', sides=(100, 100), decimals=2, shortest=True),
    spelling="%s, %s, %s, %s",
)

_KOSMOS_CELL = "<patch_index_#>"
_KOSMOS_JOINT = "</delimiter_of_multi_objects/>"
_KOSMOS_PAIR = spelled(f"{_KOSMOS_CELL} {_KOSMOS_CELL} ", (r"\d",) * 4)
_KOSMOS_ENDS = (spelled(_KOSMOS_JOINT), spelled("</object>"))
_OBJECT = re.compile(" ?<object>")

_KOSMOS_2 = MarkedDialect(
    name="kosmos-2",
    markers=(
        *("<grounding>", "<phrase>", "</phrase>", "<object>", "</object>", _KOSMOS_JOINT),
        *(f"<patch_index_{cell:04}>" for cell in range(1024)),
    ),
    numbering=Cells(rule=_FOUR_DIGITS, side=32),
    spelling="<patch_index_%s><patch_index_%s>",
    list_marks=("<object>", _KOSMOS_JOINT, "</object>"),
    phrase_marks=("<phrase>", "</phrase>"),
    markup=Markup(
        first=Shape(
            (*spelled(" <object> "), *_KOSMOS_PAIR), _KOSMOS_ENDS, sure=_OBJECT, cut=_OBJECT
        ),
        more=Shape((" ?", *_KOSMOS_PAIR), _KOSMOS_ENDS),
        joint=_KOSMOS_JOINT,
        tags=_around("<phrase>", "</phrase>", "<grounding>", "</object>") | {_KOSMOS_JOINT: "join"},
        debris=Shape(spelled(_KOSMOS_CELL, (r"\d",) * 4)),
    ),
)

_QWEN_VL = MarkedDialect(
    name="qwen-vl",
    markers=("<ref>", "</ref>", "<box>", "</box>"),
    numbering=_PERMILLE,
    spelling="<box>(%s,%s),(%s,%s)</box>",
    list_marks=("", "", ""),
    phrase_marks=("<ref>", "</ref>"),
    echoes=True,
    markup=Markup(
        first=_tagged("<box>", " (#, #), (#, #) </box>"),
        more=NOT_ANY,
        tags=_around("<ref>", "</ref>", "</box>"),
        debris=_SHARDS,
    ),
)

_QWEN2_VL = MarkedDialect(
    name="qwen2-vl",
    markers=("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>"),
    numbering=_PERMILLE,
    spelling="<|box_start|>(%s,%s),(%s,%s)<|box_end|>",
    list_marks=("", "", ""),
    phrase_marks=("<|object_ref_start|>", "<|object_ref_end|>"),
    echoes=True,
    markup=Markup(
        first=_tagged("<|box_start|>", " (#, #), (#, #) <|box_end|>"),
        more=NOT_ANY,
        tags=_around("<|object_ref_start|>", "<|object_ref_end|>", "<|box_end|>"),
        debris=_SHARDS,
    ),
)

_INTERNVL = MarkedDialect(
    name="internvl",
    markers=("<ref>", "</ref>", "<box>", "</box>"),
    numbering=_PERMILLE,
    spelling="[%s, %s, %s, %s]",
    list_marks=("<box>[", ", ", "]</box>"),
    phrase_marks=("<ref>", "</ref>"),
    echoes=True,
    markup=Markup(
        first=_tagged("<box>", " [ [#, #, #, # ]", (",", " ]")),
        more=Shape(spelled(" [#, #, #, # ]"), (spelled(","), spelled(" ]"))),
        joint=",",
        tags=_around("<ref>", "</ref>", "</box>"),
        debris=_SHARDS,
    ),
)

_DEEPSEEK_VL2 = MarkedDialect(
    name="deepseek-vl2",
    markers=("<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<|grounding|>"),
    numbering=Scale(rule=_THOUSANDTHS, sides=(999, 999)),
    spelling="[%s, %s, %s, %s]",
    list_marks=("<|det|>[", ", ", "]<|/det|>"),
    phrase_marks=("<|ref|>", "<|/ref|>"),
    echoes=True,
    markup=Markup(
        first=_tagged("<|det|>", " [ [#, #, #, # ]", (",", " ]")),
        more=Shape(spelled(" [#, #, #, # ]"), (spelled(","), spelled(" ]"))),
        joint=",",
        tags=_around("<|ref|>", "<|/ref|>", "<|/det|>", "<|grounding|>"),
        debris=_SHARDS,
    ),
)

_COGVLM = MarkedDialect(
    name="cogvlm",
    numbering=Scale(rule="[0-9] [0-9] [0-9]", sides=(1000, 1000), digits=3, last=999),
    spelling="%s,%s,%s,%s",
    list_marks=("[[", ";", "]]"),
    phrase_marks=("", ""),
    markup=Markup(
        first=Shape(
            spelled(" [[#, #, #, #"),
            ((";",), spelled("]]")),
            sure=re.compile(r" ?\[\[\d{3},"),
            cut=re.compile(r" ?\[\[\d{3},"),
        ),
        more=Shape(spelled(" #, #, #, #"), ((";",), spelled("]]"))),
        joint=";",
        debris=_SHARDS,
    ),
)

_PALIGEMMA = LocatedDialect(
    name="paligemma",
    markers=tuple(f"<loc{number:04}>" for number in range(1024)),
    numbering=Scale(rule=_FOUR_DIGITS, sides=(1024, 1024), digits=4, last=1023, y_first=True),
    spelling="<loc%s><loc%s><loc%s><loc%s>",
    label_behind=True,
    joint=" ; ",
    markup=Markup(
        first=Shape(
            spelled(" <loc#> <loc#> <loc#> <loc#>", (r"\d",) * 4),
            sure=re.compile(r" ?<(?=loc\d)"),
            cut=re.compile(" ?<loc"),
        ),
        more=NOT_ANY,
        tags={f"<seg{number:03}>": "drop" for number in range(128)},
        debris=Shape(("<?", *spelled("loc#>", (r"\d",) * 4))),
    ),
)

_UP_TO_FOUR = (r"\d", r"\d?+", r"\d?+", r"\d?+")

_FLORENCE_2 = LocatedDialect(
    name="florence-2",
    markers=tuple(f"<loc_{number}>" for number in range(1000)),
    numbering=Scale(rule=_THOUSANDTHS, sides=(1000, 1000), last=999, middle=True),
    spelling="<loc_%s><loc_%s><loc_%s><loc_%s>",
    label_behind=False,
    joint="",
    markup=Markup(
        first=Shape(
            spelled(" <loc_#><loc_#><loc_#><loc_#>", _UP_TO_FOUR),
            sure=re.compile(r" ?<(?=loc_\d)"),
            cut=re.compile(" ?<loc_"),
        ),
        more=NOT_ANY,
        debris=Shape(("<?", *spelled("loc_#>", _UP_TO_FOUR))),
    ),
)

_QWEN_KEYS = Keys(box="bbox_2d", point="point_2d")

PLAIN = Plain(name="plain")

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        _MINIGPT_V2,
        _SHIKRA,
        _LLAVA,
        _KOSMOS_2,
        _QWEN_VL,
        _QWEN2_VL,
        ListedDialect(
            name="qwen2.5-vl",
            # A thousand pixels until `sized` says how many.
            scale=Scale(rule=_PIXEL, sides=(1000, 1000)),
            keys=_QWEN_KEYS,
            in_pixels=True,
        ),
        ListedDialect(name="qwen3-vl", scale=_PERMILLE, keys=_QWEN_KEYS),
        _PALIGEMMA,
        _FLORENCE_2,
        _INTERNVL,
        _COGVLM,
        _DEEPSEEK_VL2,
        ListedDialect(
            name="gemma",
            scale=Scale(rule=_THOUSAND, sides=(1000, 1000), y_first=True),
            keys=Keys(box="box_2d", point="point"),
        ),
        PointedDialect(
            name="molmo",
            nothing="There are none.",
            scale=Scale(rule=_TENTH, sides=(1000, 1000), decimals=1),
        ),
        PLAIN,
    )
}


def sized(dialect: Dialect, size: tuple[int, int]) -> Dialect:
    """The dialect for a picture that its model saw in this width and height, in pixels.

    Only "qwen2.5-vl" writes pixels; any other dialect is given back as it is.
    """
    return dialect.sized(size)


def boxes_in(text: str, dialect: Dialect) -> list[Box]:
    """The boxes that stand in a complete text, in order."""
    reader = dialect.reader()
    pieces = [*reader.feed(text), *reader.finish()]
    return [piece.box for piece in pieces if isinstance(piece, BoxPiece)]


def detections(dialect: Dialect, found: Sequence[tuple[str, Sequence[Box]]]) -> str:
    """A detection answer: each name with its boxes, names without a box left out, or nothing."""
    there = [item for item in found if item[1]]
    return dialect.phrases(there) if there else dialect.nothing


def with_boxes(
    dialect: Dialect,
    text: str,
    phrases: Sequence[tuple[int, int, Sequence[Box]]],
    bare: Sequence[Box] = (),
) -> str:
    """Clean text as a model writes it: each phrase (start and end in `text`) with its boxes.

    What a reader made clean text of, put back: boxes without words come last. A phrase that begins
    inside the one before it is left as words.
    """
    if text == NOTHING and not (phrases or bare):
        return dialect.nothing
    parts: list[tuple[str, Sequence[Box]]] = []
    at = 0
    for start, end, boxes in sorted(phrases, key=lambda phrase: phrase[:2]):
        if start >= at:
            parts += [(text[at:start], ()), (text[start:end], boxes)]
            at = end
    return dialect.woven([*parts, (text[at:], ())], bare)
