"""What every way of writing boxes has in common, and GBNF's small words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.grounding.geometry import Box
from engine.grounding.stream import BETWEEN_PHRASES, Reader, WordsReader

Grammar = Literal["box-or-none", "phrases-or-none", "phrases"]

NOTHING = "none"  # what a model answers when nothing in the picture fits

MOST_BOXES = {"box-or-none": 1, "phrases-or-none": 12, "phrases": 4}
"""How many boxes a phrase may have: all that were found of a name, or the few of a caption's."""

MOST_PHRASES = 12
"""How many phrases with boxes an answer may have; a person's caption has five at most."""

MOST_ENTRIES = 48
"""How many entries a list may have in which each box has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect(ABC):
    """One way of writing boxes as text.

    `markers` are strings of it that are one token each in the models that write it: they have to be
    tokenized as such where a region stands in a question, and shown where the model writes them.
    `nothing` is the answer of a model that finds nothing.
    """

    name: str
    markers: tuple[str, ...] = field(default=(), repr=False)
    nothing: str = NOTHING

    @abstractmethod
    def boxes(self, boxes: Sequence[Box]) -> str:
        """The boxes of one phrase, in the order given; an empty text for none."""

    @abstractmethod
    def phrase(self, text: str, boxes: Sequence[Box]) -> str:
        """Words and the boxes they belong to; the bare words where there are no boxes."""

    @abstractmethod
    def reader(self) -> Reader:
        """What reads one answer in this dialect."""

    @abstractmethod
    def grammar(self, kind: Grammar) -> str | None:
        """GBNF for an answer that can't be malformed; None where this dialect has no such answer.

        "box-or-none" is exactly one box or `nothing`; "phrases-or-none" is phrases with their
        boxes, or `nothing`; "phrases" is any text in which every phrase has a box. A phrase has at
        most `MOST_BOXES` boxes and an answer at most `MOST_PHRASES` phrases, so that a model that
        repeats itself comes to an end.
        """

    def box(self, box: Box) -> str:
        """A box alone, its edges clamped to the picture and rounded to the nearest step."""
        return self.boxes([box])

    def asked(self, boxes: Sequence[Box]) -> str:
        """Regions inside a question."""
        return self.boxes(boxes)

    def phrases(self, found: Sequence[tuple[str, Sequence[Box]]]) -> str:
        """A list of phrases with their boxes."""
        return BETWEEN_PHRASES.join(self.phrase(*item) for item in found)

    def woven(self, parts: Sequence[tuple[str, Sequence[Box]]], bare: Sequence[Box]) -> str:
        """A text in which some parts have boxes; `bare` ones without words come last."""
        words = "".join(self.phrase(*part) for part in parts)
        gap = " " if words and bare else ""
        return words + gap + self.boxes(bare)

    def sized(self, _size: tuple[int, int]) -> Dialect:
        """The dialect for a picture that the model saw in this width and height, in pixels."""
        return self


class Plain(Dialect):
    """No boxes at all: everything is words."""

    __slots__ = ()

    def boxes(self, _boxes: Sequence[Box]) -> str:
        """Nothing: this dialect has no boxes."""
        return ""

    def phrase(self, text: str, _boxes: Sequence[Box]) -> str:
        """The words alone."""
        return text

    def reader(self) -> Reader:
        return WordsReader()

    def grammar(self, _kind: Grammar) -> str | None:
        """None: without boxes nothing can be kept well-formed."""
        return None


def rules(rules: Mapping[str, str]) -> str:
    """A grammar of these rules; `root` is among them."""
    return "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())


def quoted(text: str) -> str:
    """GBNF of exactly this text; nothing for an empty one."""
    if not text:
        return ""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def sequence(*rules: str) -> str:
    """GBNF of these, one after the other."""
    return " ".join(filter(None, rules))


def up_to(most: int, rule: str, joint: str = "") -> str:
    """GBNF of a rule once and up to `most` times, with `joint` between."""
    between = sequence(quoted(joint), rule)
    return rule if most == 1 else f"{rule} ( {between} ){{0,{most - 1}}}"
