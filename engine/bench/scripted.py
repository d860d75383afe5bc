"""An engine process that answers with words and boxes from a script, for what needs no model.

`python -m engine.bench.scripted`: the real host and its protocol, without the model's own work.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.grounding.geometry import Box
from engine.host import Answering, Host, claim_stdio, die_with_parent
from engine.protocol import Loading
from engine.types import (
    Answer,
    BoxFound,
    EngineInfo,
    Event,
    Finished,
    GroundedBox,
    Message,
    Request,
    Stats,
    TextDelta,
)

TOKENS = 5_000
BOXES = 50
TOKENS_PER_S = 1_000
_WORDS = ("a", "brown", "dog", "beside", "the", "small", "boat", "and", "two", "stones,")
_LINE = 100  # tokens a paragraph


class ScriptedEngine:
    """What `engine.Engine` is, for the host: any question gets the same long answer."""

    def __init__(self) -> None:
        self.info = EngineInfo(
            name="scripted",
            version="1",
            bundle=Path("scripted"),
            language_model="a script",
            context=8 * TOKENS,
            n_embd=1,
            tasks=("chat", "grounding"),
            sees=True,
            device="no",
            sampling={},
        )

    def answer(self, request: Request, cancelled: Callable[[], bool]) -> Iterator[Event]:
        """TOKENS words at TOKENS_PER_S, with a box for BOXES of them."""
        begun, text, boxes = time.perf_counter(), "", 0
        for number in range(TOKENS):
            if cancelled():
                break
            word = _WORDS[number % len(_WORDS)]
            start = len(text)
            piece = word + ("\n\n" if number % _LINE == _LINE - 1 else " ")
            text += piece
            yield TextDelta(request.id, piece)
            if number % (TOKENS // BOXES) == 0:
                yield BoxFound(request.id, _box(boxes, word, start))
                boxes += 1
            time.sleep(max(0.0, begun + number / TOKENS_PER_S - time.perf_counter()))
        stats = Stats(decode_tokens=TOKENS)
        yield Finished(request.id, Answer(text, text, stats=stats))

    def prepare(self, messages: Sequence[Message], cancelled: Callable[[], bool]) -> None:
        """There is nothing to look at ahead."""

    def transcribe(self, path: Path) -> str:
        """What a recording says: the name of its file."""
        return path.stem

    def close(self) -> None:
        """There is nothing to free."""


def _box(number: int, phrase: str, start: int) -> GroundedBox:
    """Boxes side by side, ten a row."""
    left, top = number % 10 / 10, number // 10 % 10 / 10
    box = Box(left, top, left + 0.08, top + 0.08)
    return GroundedBox(box, phrase, 0, start, start + len(phrase))


def main() -> int:
    """Serves until the client goes; the host's exit status."""
    die_with_parent()
    commands, events = claim_stdio()

    def load(_told: Callable[[Loading], None]) -> Answering:
        return ScriptedEngine()

    return Host(load, commands, events).run()


if __name__ == "__main__":
    sys.exit(main())
