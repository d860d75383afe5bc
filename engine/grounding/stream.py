"""What a model writes, while it writes it: text in any pieces -> clean text, phrases and boxes.

The parser looks at one character after the other and keeps no more than markup that may still be
complete, so the result does not depend on where the text was cut into tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.grounding.codec import Dialect, Shape, Tag
from engine.grounding.geometry import Box


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


class StreamParser:
    """One answer's parser; `malformed` counts boxes that were begun and are none, also by a cut.

    Clean text has no markup, no space that stood before a box, and no white space at its start.
    Where nothing can be pointed at (a conversation without a picture), give `PLAIN`: all is text.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.malformed = 0
        self._dialect = dialect
        self._markup = dialect.markup
        self._openers = dialect.markup.openers
        self._pieces: list[Piece] = []
        self._length = 0  # of the clean text
        self._held = ""  # what may become markup
        self._opened: int | None = None  # where the phrase began whose end has not come yet
        self._words = ""  # of that phrase
        self._phrase: tuple[str, int, int] | None = None  # whose boxes may follow
        self._promised = False  # a joint was read, so a box must follow
        self._skipping = False  # inside what a malformed box left behind

    def feed(self, text: str) -> list[Piece]:
        """The pieces that `text` completes."""
        for character in text:
            self._take(character)
        return self._release()

    def finish(self, *, cut: bool = False) -> list[Piece]:
        """What was still held back, at the end of the answer.

        Where the answer was `cut` off, by a limit or a person, half a box is nobody's mistake: it
        is left out and not counted.
        """
        wrong = self.malformed
        held, self._held = self._held, ""
        markup = self._opened is not None or self._phrase is not None or self._skipping
        if self._promised or self._markup.first.cut.match(held):
            self.malformed += 1
        elif not markup:
            self._text(held)
        elif self._phrase and held.strip() and self._markup.first.begun.fullmatch(held):
            self.malformed += 1
        if cut:
            self.malformed = wrong
        self._promised = self._skipping = False
        return self._release()

    @property
    def _expected(self) -> Shape:
        return self._markup.more if self._promised else self._markup.first

    def _take(self, character: str) -> None:
        if not (self._held or self._promised or self._skipping) and character not in self._openers:
            self._text(character)
            return
        self._held += character
        if self._skipping:
            self._skip()
        elif self._expected.whole.fullmatch(self._held):
            self._box()
        elif not self._promised and self._held in self._markup.tags:
            self._tag(self._markup.tags[self._held])
        elif not self._may_become_markup():
            self._break()

    def _may_become_markup(self) -> bool:
        if self._expected.begun.fullmatch(self._held):
            return True
        return not self._promised and any(tag.startswith(self._held) for tag in self._markup.tags)

    def _box(self) -> None:
        written, self._held = self._held, ""
        if self._opened is not None:
            self._close()
        phrase = self._phrase or (None, None, None)
        self._pieces.append(BoxPiece(self._dialect.read(written), *phrase))
        self._promised = written.endswith(self._markup.joint)

    def _tag(self, meaning: Tag) -> None:
        self._held = ""
        if meaning == "join":
            self._promised = True
        elif meaning == "open":
            self._opened, self._words, self._phrase = self._length, "", None
        elif self._opened is not None:
            self._close()

    def _close(self) -> None:
        words = self._words.strip()
        start = (self._opened or 0) + self._words.find(words)
        self._phrase = (words, start, start + len(words)) if words else None
        self._opened = None

    def _break(self) -> None:
        """What is held can't become markup: a malformed box, or text up to the next beginning."""
        sure = self._markup.first.sure.match(self._held)
        if self._promised or sure:
            self.malformed += 1
            self._skipping = True
            rest = self._held if self._promised or not sure else self._held[sure.end() :]
            self._promised = False
        else:
            self._text(self._held[0])
            rest = self._held[1:]
        self._again(rest)

    def _skip(self) -> None:
        if self._held.strip() == self._markup.end:
            self._held, self._skipping = "", False
        elif self._markup.debris.whole.fullmatch(self._held):
            self._held = ""
        elif not self._markup.debris.begun.fullmatch(self._held):
            self._skipping = False
            self._again(self._held)

    def _again(self, text: str) -> None:
        self._held = ""
        for character in text:
            self._take(character)

    def _text(self, text: str) -> None:
        if not self._length:
            text = text.lstrip()
        if not text:
            return
        if self._opened is not None:
            self._words += text
        elif text.strip():
            self._phrase = None
        self._length += len(text)
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, TextPiece):
            self._pieces[-1] = TextPiece(last.text + text)
        else:
            self._pieces.append(TextPiece(text))

    def _release(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        return pieces


def boxes_in(text: str, dialect: Dialect) -> list[Box]:
    """The boxes that stand in a complete text, in order."""
    parser = StreamParser(dialect)
    pieces = [*parser.feed(text), *parser.finish()]
    return [piece.box for piece in pieces if isinstance(piece, BoxPiece)]
