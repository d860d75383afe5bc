"""Boxes as models write them: one `Dialect` per published way, in both directions.

Writing is `Dialect.box`, `boxes` and `phrase`; reading is the dialect's `Markup`, which
`engine.grounding.stream` follows character by character; `grammar` gives the GBNF (llama.cpp's form
of grammar) that keeps an answer well-formed. The dialect is a fact of the model and stands in the
bundle's manifest.

"minigpt-v2" (arXiv 2310.09478): whole percents in `{<x1><y1><x2><y2>}`, several joined by
`<delim>`, a phrase in `<p>cat</p> ` before its boxes. "shikra" (arXiv 2306.15195): three decimals
in `[x1,y1,x2,y2]`, several joined by `;` in one pair of brackets, right behind their words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from engine.grounding.geometry import Box

Grammar = Literal["box-or-none", "phrases-or-none", "phrases"]
Tag = Literal["open", "close", "join"]

NOTHING = "none"  # what a model answers when nothing in the picture fits
BETWEEN_PHRASES = ", "  # between the phrases of a detection answer


@dataclass(frozen=True)
class Shape:
    """How a box is spelled: one pattern for each character, some of them optional.

    `sure` matches a beginning that is no ordinary text: a candidate that breaks behind it is a
    malformed box, one that breaks earlier is text. `cut` is the same where the text ends.
    """

    atoms: tuple[str, ...]
    sure: re.Pattern[str]
    cut: re.Pattern[str]

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """Matches the complete box (by full match)."""
        return re.compile("".join(self.atoms))

    @cached_property
    def begun(self) -> re.Pattern[str]:
        """Matches every beginning of the box (by full match), the complete one too."""
        nested = ""
        for atom in reversed(self.atoms):
            nested = f"(?:{atom}{nested})?"
        return re.compile(nested)


@dataclass(frozen=True, slots=True)
class Markup:
    """What a parser needs to know of a dialect.

    `first` is a box on its own or the first of a list, `more` the one that has to come after a
    `joint`. `tags` are literal: "open" and "close" stand around a phrase, "join" promises a box.
    What a malformed box leaves behind is `debris`, up to `end`.
    """

    first: Shape
    more: Shape
    joint: str
    tags: Mapping[str, Tag]
    debris: Shape
    end: str

    @property
    def openers(self) -> frozenset[str]:
        """The characters that markup can begin with."""
        starts = {tag[0] for tag in self.tags}
        return frozenset(
            starts | {c for c in map(chr, range(128)) if self.first.begun.fullmatch(c)}
        )


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of writing boxes as text.

    An edge is written in whole `steps` of the picture's side, or as a fraction with `decimals`
    behind the point. The marks are what is written before, between and after: the edges of a box,
    the boxes of a list; and before and after a phrase. `number` is the GBNF of one edge.
    """

    name: str
    steps: int
    decimals: int
    box_marks: tuple[str, str, str]
    list_marks: tuple[str, str, str]
    phrase_marks: tuple[str, str]
    number: str
    markup: Markup

    def box(self, box: Box) -> str:
        """A box alone, its edges clamped to the picture and rounded to the nearest step."""
        return self.boxes([box])

    def boxes(self, boxes: Sequence[Box]) -> str:
        """The boxes of one phrase, in the order given; an empty text for none."""
        if not boxes:
            return ""
        before, joint, after = self.list_marks
        return before + joint.join(map(self._edges, boxes)) + after

    def phrase(self, text: str, boxes: Sequence[Box]) -> str:
        """Words and the boxes they belong to; the bare words where there are no boxes."""
        if not boxes:
            return text
        before, after = self.phrase_marks
        return before + text + after + self.boxes(boxes)

    def read(self, written: str) -> Box:
        """The box in a text that matches one of the markup's shapes: clamped, corners in order."""
        scale = 1 if self.decimals else self.steps
        numbers = [float(number) / scale for number in re.findall(r"-?\d+(?:\.\d+)?", written)]
        return Box.tidy(numbers[0], numbers[1], numbers[2], numbers[3])

    def _edges(self, box: Box) -> str:
        before, between, after = self.box_marks
        return before + between.join(map(self._edge, box.as_list())) + after

    def _edge(self, value: float) -> str:
        step = int(min(max(value, 0.0), 1.0) * self.steps + 0.5)
        return f"{step / self.steps:.{self.decimals}f}" if self.decimals else str(step)


MOST_BOXES = {"phrases-or-none": 12, "phrases": 4}
"""How many boxes a phrase may have: all that were found of a name, or the few of a caption's."""

MOST_PHRASES = 12
"""How many phrases with boxes an answer may have; a person's caption has five at most."""


def detections(dialect: Dialect, found: Sequence[tuple[str, Sequence[Box]]]) -> str:
    """A detection answer: each name with its boxes, names without a box left out; else `none`."""
    return BETWEEN_PHRASES.join(dialect.phrase(*item) for item in found if item[1]) or NOTHING


def with_boxes(
    dialect: Dialect,
    text: str,
    phrases: Sequence[tuple[int, int, Sequence[Box]]],
    bare: Sequence[Box] = (),
) -> str:
    """Clean text as a model writes it: each phrase (start and end in `text`) with its boxes.

    What a parser made clean text of, put back: boxes without words come last. A phrase that begins
    inside the one before it is left as words.
    """
    parts: list[str] = []
    at = 0
    for start, end, boxes in sorted(phrases, key=lambda phrase: phrase[:2]):
        if start >= at:
            parts += [text[at:start], dialect.phrase(text[start:end], boxes)]
            at = end
    words = "".join([*parts, text[at:]])
    gap = " " if words and bare else ""
    return words + gap + dialect.boxes(bare)


def grammar(dialect: Dialect, kind: Grammar) -> str:
    """GBNF for an answer that can't be malformed.

    "box-or-none" is exactly one box or `none`; "phrases-or-none" is phrases with their boxes, as
    `detections` writes them, or `none`; "phrases" is any text in which every phrase has a box. The
    space allowed in front is the one that SentencePiece tokenizers put before the first word. A
    phrase has at most `MOST_BOXES` boxes and an answer at most `MOST_PHRASES` phrases, so that a
    model that repeats itself comes to an end.
    """
    nothing, comma = _quoted(NOTHING), _quoted(BETWEEN_PHRASES)
    boxed = "phrase" if any(dialect.phrase_marks) else "list"
    more = MOST_PHRASES - 1
    roots = {
        "box-or-none": f'" "? ( {nothing} | {_sequence(dialect.list_marks, ["box"])} )',
        "phrases-or-none": f'" "? ( {nothing} | phrase ( {comma} phrase ){{0,{more}}} )',
        "phrases": f"( {boxed} | word ) word* ( {boxed} word* ){{0,{more}}}",
    }
    joint = _quoted(dialect.list_marks[1])
    rules = {
        "root": roots[kind],
        "number": dialect.number,
        "box": _sequence(dialect.box_marks, ["number"] * 4),
    }
    if kind != "box-or-none":
        most = MOST_BOXES[kind] - 1
        rules["list"] = _sequence(dialect.list_marks, [f"box ( {joint} box ){{0,{most}}}"])
        before, after = dialect.phrase_marks
        rules["phrase"] = _sequence((before, after, ""), ["word+", "list"])
        rules["word"] = r"[^<>{}\[\]]"
    return "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())


def _sequence(marks: tuple[str, str, str], rules: Sequence[str]) -> str:
    before, between, after = (f" {_quoted(mark)} " if mark else " " for mark in marks)
    return (before + between.join(rules) + after).strip()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


_NEVER = re.compile(r"(?!)")
_PERCENT = (" ?", "<", "-?", r"\d", r"\d?", r"\d?", r"\d?", ">")
_BRACES = Shape(
    (" ?", r"\{", *_PERCENT * 4, " ?", r"\}"),
    sure=re.compile(r" ?\{ ?<-?\d"),
    cut=re.compile(r" ?\{ ?<"),
)
_UNIT = ("-?", r"\d", r"\.", r"\d", *(r"\d?",) * 5)
_UNITS = (*_UNIT, *(",", " ?", *_UNIT) * 3, r"[;\]]")

DIALECTS: dict[str, Dialect] = {
    "minigpt-v2": Dialect(
        name="minigpt-v2",
        steps=100,
        decimals=0,
        box_marks=("{<", "><", ">}"),
        list_marks=("", "<delim>", ""),
        phrase_marks=("<p>", "</p> "),
        number='"100" | [1-9]? [0-9]',
        markup=Markup(
            first=_BRACES,
            more=_BRACES,
            joint="<delim>",
            tags={"<p>": "open", "</p>": "close", "<delim>": "join"},
            debris=Shape(("[,;]?", " ?", "<?", r"[\d>-]"), sure=_NEVER, cut=_NEVER),
            end="}",
        ),
    ),
    "shikra": Dialect(
        name="shikra",
        steps=1000,
        decimals=3,
        box_marks=("", ",", ""),
        list_marks=("[", ";", "]"),
        phrase_marks=("", ""),
        number='"0." [0-9] [0-9] [0-9] | "1.000"',
        markup=Markup(
            first=Shape(
                (" ?", r"\[", *_UNITS),
                sure=re.compile(r" ?\[-?\d\.\d"),
                cut=re.compile(r" ?\[-?\d\."),
            ),
            more=Shape(_UNITS, sure=_NEVER, cut=_NEVER),
            joint=";",
            tags={},
            debris=Shape((r"[\d.,;-]",), sure=_NEVER, cut=_NEVER),
            end="]",
        ),
    ),
}

_NO_SHAPE = Shape(("(?!)",), sure=_NEVER, cut=_NEVER)

# Reads everything as text, for answers in which nothing can be pointed at.
PLAIN = replace(
    DIALECTS["minigpt-v2"],
    name="plain",
    markup=Markup(
        first=_NO_SHAPE, more=_NO_SHAPE, joint="<delim>", tags={}, debris=_NO_SHAPE, end=""
    ),
)
DIALECTS[PLAIN.name] = PLAIN
