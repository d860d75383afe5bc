"""An answer while it grows: the model's bytes in, events out, the whole answer at the end."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from engine.grounding.codec import Dialect
from engine.grounding.stream import BoxPiece, Piece
from engine.media.image import Placement
from engine.seams import Prefilled
from engine.types import (
    Answer,
    BoxFound,
    Event,
    Finish,
    Finished,
    GroundedBox,
    Stats,
    TextDelta,
)


class StopStrings:
    """Lets text through up to the first of the strings; holds back what may be one's beginning."""

    def __init__(self, strings: Sequence[str]) -> None:
        self.found = False
        self._strings = tuple(filter(None, strings))
        self._held = ""

    def feed(self, text: str) -> str:
        """The text that is surely before any stop string."""
        if not self._strings or self.found:
            return "" if self.found else text
        text = self._held + text
        ends = [place for string in self._strings if (place := text.find(string)) >= 0]
        if ends:
            self.found = True
            return text[: min(ends)]
        keep = max(_overlap(text, string) for string in self._strings)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """What was held back and is no stop string after all."""
        return "" if self.found else self._held


def _overlap(text: str, string: str) -> int:
    """The length of the longest end of `text` that `string` begins with."""
    longest = min(len(text), len(string) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(string[:n])), 0)


@dataclass(slots=True)
class Clock:
    """When things happened, in seconds of `perf_counter`; None for what did not happen yet."""

    arrived: float = field(default_factory=perf_counter)
    encoded: float | None = None
    prefilled: float | None = None
    first: float | None = None
    tokens: int = 0
    prompt: Prefilled = field(default_factory=lambda: Prefilled(cached=0, computed=0))

    def read(self, prompt: Prefilled) -> None:
        """The prompt was read."""
        self.prompt = prompt
        self.prefilled = perf_counter()

    def token(self) -> None:
        """One more token of the answer is there."""
        self.tokens += 1
        if self.first is None:
            self.first = perf_counter()

    def stats(self) -> Stats:
        """The figures so far; 0 for what did not happen."""
        begun = self.encoded or self.arrived
        answering = perf_counter() - self.prefilled if self.prefilled else 0.0
        return Stats(
            encode_ms=_ms(self.arrived, self.encoded),
            prefill_tokens=self.prompt.computed,
            cached_tokens=self.prompt.cached,
            prefill_ms=_ms(begun, self.prefilled),
            first_token_ms=_ms(self.arrived, self.first),
            decode_tokens=self.tokens,
            decode_tokens_per_s=self.tokens / answering if answering else 0.0,
        )


def _ms(start: float, end: float | None) -> float:
    return 0.0 if end is None else (end - start) * 1000


class Reply:
    """One answer: bytes -> text -> stop strings -> reader -> events. Owns the answer's clock.

    `image` is the number of the picture that boxes lie on, `placement` where that picture lies in
    the square that the model speaks of.
    """

    def __init__(self, request: str, *, dialect: Dialect, stops: Sequence[str]) -> None:
        self.clock = Clock()
        self.image = 0
        self.placement = Placement()
        self._id = request
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = StopStrings(stops)
        self._reader = dialect.reader()
        self._raw: list[str] = []
        self._text: list[str] = []
        self._boxes: list[GroundedBox] = []

    @property
    def stopped(self) -> bool:
        """Whether a stop string was read."""
        return self._stops.found

    def look_at(self, image: int, placement: Placement, dialect: Dialect) -> None:
        """Boxes of what comes lie on that picture and are written in that dialect."""
        self.image, self.placement = image, placement
        self._reader = dialect.reader()

    def hear(self, data: bytes) -> Iterator[Event]:
        """The events of one more token, which may end inside a character."""
        self.clock.token()
        text = self._stops.feed(self._utf8.decode(data))
        if text:
            self._raw.append(text)
            yield from map(self._event, self._reader.feed(text))

    def finish(self, finish: Finish, *, error: str | None = None) -> Iterator[Event]:
        """The events of what was held back, and the last one of all."""
        text = self._stops.feed(self._utf8.decode(b"", final=True)) + self._stops.finish()
        self._raw.append(text)
        cut = finish in ("length", "cancelled")
        for piece in [*self._reader.feed(text), *self._reader.finish(cut=cut)]:
            yield self._event(piece)
        answer = Answer(
            text="".join(self._text),
            raw="".join(self._raw).strip(),
            boxes=tuple(self._boxes),
            malformed=self._reader.malformed,
            finish=finish,
            error=error,
            stats=self.clock.stats(),
        )
        yield Finished(self._id, answer)

    def _event(self, piece: Piece) -> Event:
        if not isinstance(piece, BoxPiece):
            self._text.append(piece.text)
            return TextDelta(self._id, piece.text)
        box = self.placement.to_picture(piece.box)
        found = GroundedBox(box, piece.phrase, self.image, piece.start, piece.end)
        self._boxes.append(found)
        return BoxFound(self._id, found)
