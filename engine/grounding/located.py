"""Dialects of location tokens: four in a row are a box, and a label stands before or behind them.

PaliGemma writes `<loc0012><loc0034><loc0056><loc0078> red mug`, entries joined by ` ; `;
Florence-2 writes `red mug<loc_34><loc_12><loc_78><loc_56>`, entries joined by nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.grounding.dialect import (
    MOST_BOXES,
    MOST_PHRASES,
    Dialect,
    Grammar,
    quoted,
    rules,
    sequence,
    up_to,
)
from engine.grounding.geometry import Box
from engine.grounding.markup import Markup, MarkupReader, Tag
from engine.grounding.scale import Numbering
from engine.grounding.stream import Phrase, Reader

_LONGEST_LABEL = 200  # characters; more is running text behind a box

_WORD = r"[^<>;\n]"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedDialect(Dialect):
    """A box is `spelling` with its numbers put in (%s).

    With `label_behind` each box has its own label behind it; else all boxes of a label stand behind
    it. `joint` is between two entries.
    """

    numbering: Numbering
    spelling: str
    label_behind: bool
    joint: str
    markup: Markup

    def boxes(self, boxes: Sequence[Box]) -> str:
        return "".join(self.spelling % tuple(self.numbering.write(box)) for box in boxes)

    def phrase(self, text: str, boxes: Sequence[Box]) -> str:
        if not boxes:
            return text
        if self.label_behind:
            return self.joint.join(f"{self.box(box)} {text}" for box in boxes)
        return text + self.boxes(boxes)

    def phrases(self, found: Sequence[tuple[str, Sequence[Box]]]) -> str:
        return self.joint.join(self.phrase(*item) for item in found)

    def reader(self) -> Reader:
        family = LabelBehindReader if self.label_behind else LabelBeforeReader
        return family(self.markup, self.numbering)

    def grammar(self, kind: Grammar) -> str | None:
        """A box always has its label; PaliGemma has no captions with boxes."""
        if self.label_behind and kind == "phrases":
            return None
        most = 1 if kind == "box-or-none" else MOST_PHRASES
        if self.label_behind:
            entry = sequence("box", quoted(" "), "word+")
        else:
            entry = sequence("word+", up_to(MOST_BOXES[kind], "box"))
        entries = up_to(most, "entry", self.joint)
        nothing = "" if kind == "phrases" else quoted(self.nothing) + " | "
        first, *others = map(quoted, self.spelling.split("%s"))
        return rules(
            {
                "root": f'" "? ( {nothing}{entries} )',
                "entry": entry,
                "box": sequence(first, *(sequence("number", part) for part in others)),
                "number": self.numbering.rule,
                "word": _WORD,
            }
        )


class LabelBehindReader(MarkupReader):
    """Boxes, then the label that belongs to them, up to a semicolon, a line's end or a box."""

    def __init__(self, markup: Markup, numbering: Numbering) -> None:
        super().__init__(markup, numbering)
        self._waiting: list[Box] = []
        self._label: list[str] = []

    @property
    def _expecting(self) -> bool:
        return False

    def _word(self, text: str) -> None:
        for character in text:
            if not self._waiting:
                if not self._names:
                    self._say(character)
                elif not character.isspace():  # words behind a list of labels
                    self._say(" " + character)
            elif character in ";\n":
                self._close()
            else:
                self._label.append(character)
                if len(self._label) > _LONGEST_LABEL:
                    self._close()

    def _found(self, box: Box) -> None:
        if "".join(self._label).strip():
            self._close()
        self._waiting.append(box)

    def _tag(self, meaning: Tag) -> None:
        pass

    def _end(self, *, cut: bool) -> None:
        super()._end(cut=cut)
        self._close()

    def _close(self) -> None:
        if self._waiting:
            self._name("".join(self._label).strip(), self._waiting)
        self._waiting, self._label = [], []


class LabelBeforeReader(MarkupReader):
    """What was said since the last box is the label of the next ones."""

    def __init__(self, markup: Markup, numbering: Numbering) -> None:
        super().__init__(markup, numbering)
        self._start = 0  # of what may be a label
        self._label: list[str] = []
        self._phrase: Phrase | None = None  # the label, as soon as it has a box
        self._boxed = False

    @property
    def _expecting(self) -> bool:
        return False

    def _word(self, text: str) -> None:
        if self._boxed:
            self._next_phrase(text)
            self._boxed, self._label, self._start = False, [], self._length
        if not self._length:
            text = text.lstrip()
        if self._length - self._start <= _LONGEST_LABEL:
            self._label.append(text)
        self._say(text)

    def _found(self, box: Box) -> None:
        if not self._boxed:
            self._boxed, self._phrase = True, self._as_phrase()
        self._point(box, self._phrase)

    def _as_phrase(self) -> Phrase | None:
        said = "".join(self._label)
        words = said.strip().lstrip(",.;: ")
        if not words or len(said) > _LONGEST_LABEL:
            return None
        start = self._start + said.find(words)
        return words, start, start + len(words)

    def _tag(self, meaning: Tag) -> None:
        pass
