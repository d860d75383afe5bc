"""What a model writes, while it writes it: text in any pieces -> clean text, phrases and boxes.

A `Reader` looks at one character after the other and keeps no more than markup that may still be
complete, so the result does not depend on where the text was cut into tokens. Each family of
dialects has its own, which `Dialect.reader` gives.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from engine.grounding.geometry import Box

BETWEEN_PHRASES = ", "  # between the phrases of a detection answer

_GOES_ON = frozenset(",.;:!?)]}\"'")  # what follows a phrase without a comma


@dataclass(frozen=True, slots=True)
class TextPiece:
    """More clean text."""

    text: str


@dataclass(frozen=True, slots=True)
class BoxPiece:
    """A complete box and the phrase it belongs to.

    `start` and `end` are character offsets of the phrase in the clean text; all three are None for
    a box alone (an answer to `[refer]`).
    """

    box: Box
    phrase: str | None = None
    start: int | None = None
    end: int | None = None


Piece = TextPiece | BoxPiece
Phrase = tuple[str, int, int]
"""Words and their offsets in the clean text."""


class Reader(ABC):
    """Reads one answer; `malformed` counts boxes that were begun and are none, also by a cut.

    Clean text has no markup and no white space at its start. A family's reader takes the characters
    and says what they are by `_say`, `_name` and `_point`.
    """

    def __init__(self) -> None:
        self.malformed = 0
        self._ahead: deque[str] = deque()  # characters to take, in order
        self._pieces: list[Piece] = []
        self._said: list[str] = []  # clean text that is no piece yet
        self._length = 0  # of the clean text
        self._names: dict[str, Phrase] = {}  # of the list that is being said
        self._behind_box = False  # nothing was said since the last box

    def feed(self, text: str) -> list[Piece]:
        """The pieces that `text` completes."""
        self._ahead.extend(text)
        while self._ahead:
            self._take(self._ahead.popleft())
        return self._release()

    def finish(self, *, cut: bool = False) -> list[Piece]:
        """What was still held back, at the end of the answer.

        Where the answer was `cut` off, by a limit or a person, half a box is nobody's mistake: it
        is left out and not counted, and so is what may be the beginning of one.
        """
        before = self.malformed
        self._end(cut=cut)
        if cut:
            self.malformed = before
        return self._release()

    @abstractmethod
    def _take(self, character: str) -> None:
        """Looks at the next character."""

    @abstractmethod
    def _end(self, *, cut: bool) -> None:
        """No more will come."""

    def _again(self, text: str) -> None:
        """These characters are looked at once more, before all others."""
        self._ahead.extendleft(reversed(text))

    def _say(self, text: str) -> None:
        """Ordinary words."""
        if not self._length:
            text = text.lstrip()
        if not text:
            return
        self._names.clear()
        if not text.isspace():
            self._behind_box = False
        self._append(text)

    def _next_phrase(self, text: str) -> None:
        """What begins another phrase right behind a box gets a comma in front."""
        if self._behind_box and text[:1] not in _GOES_ON and not text[:1].isspace():
            self._append(BETWEEN_PHRASES)
        self._behind_box = False

    def _name(self, name: str, boxes: Sequence[Box]) -> None:
        """An entry of a list of names; one that is in the list already gets these boxes as well."""
        phrase = self._names.get(name) if name else None
        if name and phrase is None:
            if self._names:
                self._append(BETWEEN_PHRASES)
            phrase = (name, self._length, self._length + len(name))
            self._append(name)
            self._names[name] = phrase
        for box in boxes:
            self._point(box, phrase)

    def _point(self, box: Box, phrase: Phrase | None) -> None:
        """A box is complete."""
        self._flush()
        self._pieces.append(BoxPiece(box, *(phrase or (None, None, None))))
        self._behind_box = self._length > 0

    def _append(self, text: str) -> None:
        self._said.append(text)
        self._length += len(text)

    def _flush(self) -> None:
        if self._said:
            self._pieces.append(TextPiece("".join(self._said)))
            self._said = []

    def _release(self) -> list[Piece]:
        self._flush()
        pieces, self._pieces = self._pieces, []
        return pieces


class WordsReader(Reader):
    """Reads everything as words, for answers in which nothing can be pointed at."""

    def _take(self, character: str) -> None:
        self._say(character)

    def _end(self, *, cut: bool) -> None:
        pass
