"""Dialects that mark boxes, and mostly their phrases, in running text.

"minigpt-v2" and "shikra", Kosmos-2, the first two Qwen-VL, InternVL, CogVLM and DeepSeek-VL2: they
differ in spelling and scale alone.
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
from engine.grounding.stream import BETWEEN_PHRASES, Phrase, Reader

WORD = r"[^<>{}\[\]]"
"""GBNF of a character that no markup begins with."""

_LONGEST_PHRASE = 1000  # characters; behind a tag that nothing closes is ordinary text


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedDialect(Dialect):
    """A box is `spelling` with its numbers put in (%s).

    `list_marks` are what is written before, between and after the boxes of a phrase, `phrase_marks`
    what is written before and after its words. A model that `echoes` says what it was asked to
    point at before the box.
    """

    numbering: Numbering
    spelling: str
    list_marks: tuple[str, str, str]
    phrase_marks: tuple[str, str]
    markup: Markup
    echoes: bool = False

    def boxes(self, boxes: Sequence[Box]) -> str:
        if not boxes:
            return ""
        before, joint, after = self.list_marks
        written = (self.spelling % tuple(self.numbering.write(box)) for box in boxes)
        return before + joint.join(written) + after

    def phrase(self, text: str, boxes: Sequence[Box]) -> str:
        if not boxes:
            return text
        before, after = self.phrase_marks
        return before + text + after + self.boxes(boxes)

    def reader(self) -> Reader:
        return PhraseReader(self.markup, self.numbering)

    def grammar(self, kind: Grammar) -> str | None:
        """The space allowed in front is the one that SentencePiece tokenizers put there."""
        nothing, more = quoted(self.nothing), MOST_PHRASES - 1
        marked = any(self.phrase_marks)
        before, joint, after = self.list_marks
        single = sequence(quoted(before), "box", quoted(after))
        said = sequence(quoted(self.phrase_marks[0]), "word+", quoted(self.phrase_marks[1]))
        if self.echoes:
            single = f"( {said} )? {single}"
        boxed = "phrase" if marked else "list"
        roots = {
            "box-or-none": f'" "? ( {nothing} | {single} )',
            "phrases-or-none": f'" "? ( {nothing} | '
            f"phrase ( {quoted(BETWEEN_PHRASES)} phrase ){{0,{more}}} )",
            "phrases": f"( {boxed} | word ) word* ( {boxed} word* ){{0,{more}}}",
        }
        parts = map(quoted, self.spelling.split("%s"))
        first, *others = parts
        numbers = (sequence("number", part) for part in others)
        grammar = {
            "root": roots[kind],
            "number": self.numbering.rule,
            "box": sequence(first, *numbers),
        }
        if kind != "box-or-none":
            listed = up_to(MOST_BOXES[kind], "box", joint)
            grammar["list"] = sequence(quoted(before), listed, quoted(after))
            grammar["phrase"] = sequence(said, "list")
        if kind != "box-or-none" or self.echoes:
            grammar["word"] = WORD
        return rules(grammar)


class PhraseReader(MarkupReader):
    """Phrases stand between tags, or are not marked at all; their boxes come behind them."""

    def __init__(self, markup: Markup, numbering: Numbering) -> None:
        super().__init__(markup, numbering)
        self._opened: int | None = None  # where the phrase began whose end has not come yet
        self._words: list[str] = []  # of that phrase
        self._phrase: Phrase | None = None  # whose boxes may follow

    @property
    def _expecting(self) -> bool:
        return self._opened is not None or self._phrase is not None

    def _word(self, text: str) -> None:
        if not self._length:
            text = text.lstrip()
        if self._opened is not None:
            if not self._words and text:
                self._next_phrase(text)
                self._opened = self._length
            self._words.append(text)
            if self._length - self._opened > _LONGEST_PHRASE:
                self._opened, self._words = None, []
        elif text.strip():
            self._phrase = None
        self._say(text)

    def _found(self, box: Box) -> None:
        if self._opened is not None:
            self._close()
        self._point(box, self._phrase)

    def _tag(self, meaning: Tag) -> None:
        if meaning == "open":
            self._opened, self._words, self._phrase = self._length, [], None
        elif self._opened is not None:
            self._close()

    def _close(self) -> None:
        said = "".join(self._words)
        words = said.strip()
        start = (self._opened or 0) + said.find(words)
        self._phrase = (words, start, start + len(words)) if words else None
        self._opened, self._words = None, []
