"""Scripted stand-ins for the session's two seams; `tests/contract` holds them to the real ones."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.llama.ledger import Entry, common_prefix, entries
from engine.media.image import Placement
from engine.seams import Cancelled, Encoded, Prefilled, Rows, Run, TokenRun, Words
from engine.types import AudioPart, Sampling

N_EMBD = 8
MARKERS = {"<|im_start|>": 1001, "<|im_end|>": 1002}
SILENT = b""


class ScriptedDecoder:
    """A `TextDecoder` whose tokens are bytes and which says what it was told to say.

    `script` holds an answer for each `stream`, as the bytes of its tokens, or a function that gives
    them. `heard` are the prompts, `grammars`, `samplings` and `shown` what each answer was asked
    with.
    """

    def __init__(self, *script: Iterable[bytes], n_ctx: int = 1024, bos: int | None = None) -> None:
        self.n_ctx = n_ctx
        self.n_embd = N_EMBD
        self.bos = bos
        self.chat = None
        self.heard: list[list[Run]] = []
        self.grammars: list[str | None] = []
        self.shown: list[tuple[str, ...]] = []
        self.at_least: list[int] = []
        self.samplings: list[Sampling] = []
        self.fed_back = 0
        self._script = iter(script)
        self._held: list[Entry] = []

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        if special and text in MARKERS:
            return [MARKERS[text]]
        return list(text.encode())

    def prefill(
        self, prompt: Sequence[Run], *, cancelled: Cancelled
    ) -> Generator[float, None, Prefilled]:
        self.heard.append(list(prompt))
        wanted = entries(prompt)
        cached = min(common_prefix(self._held, wanted), len(wanted) - 1)
        self._held = wanted[:cached]
        yield 0.0
        if cancelled():
            return Prefilled(cached, 0, complete=False)
        self._held = wanted
        return Prefilled(cached, len(wanted) - cached)

    def stream(
        self,
        sampling: Sampling,
        *,
        grammar: str | None = None,
        shown: Sequence[str] = (),
        at_least: int = 0,
    ) -> Generator[bytes, None, None]:
        self.samplings.append(sampling)
        self.grammars.append(grammar)
        self.shown.append(tuple(shown))
        self.at_least.append(at_least)
        for token in next(self._script):
            yield token
            self._held.append(token[0] if token else 0)
            self.fed_back += 1

    def close(self) -> None:
        self._held = []


class ScriptedEncoder:
    """A `MediaEncoder` to which every file is a picture of `rows` rows, or so many blocks of sound.

    A recording has `blocks` blocks of three rows, named by the file's name without its ending and
    their numbers; while it grows and is not paused, all but the last. Files called silence are said
    to be so.

    With `box`, a region's row and these words come behind them. Files named in `broken` are
    refused. Regions that are asked about get a row of twos each, unless `asks` is false. `resized`
    is the size in which pictures are said to be seen.
    """

    def __init__(
        self,
        *,
        rows: int = 4,
        blocks: int = 2,
        box: str | None = None,
        placement: Placement | None = None,
        broken: Sequence[str] = (),
        asks: bool = True,
        resized: tuple[int, int] | None = None,
        on_encode: Callable[[], None] = lambda: None,
    ) -> None:
        self.encoded = 0
        self._rows = rows
        self.blocks = blocks
        self._box = box
        self._placement = placement or Placement()
        self._broken = broken
        self._asks = asks
        self._resized = resized
        self._on_encode = on_encode
        self._known: set[Path | str] = set()

    def encode_image(self, path: Path, regions: Sequence[Box] = ()) -> Encoded:
        if path.name in self._broken:
            raise InputError(f"{path} is not a picture.")
        self._on_encode()
        self.encoded += path not in self._known
        self._known.add(path)
        pieces: list[Rows | Words] = [Rows(np.zeros((self._rows, N_EMBD), np.float32))]
        if self._box:
            pieces += [Rows(np.ones((1, N_EMBD), np.float32)), Words(self._box)]
        boxes = [self._placement.to_square(box) for box in regions if self._asks]
        twos = np.full((1, N_EMBD), 2, np.float32)
        asked = {box: (Rows(twos),) for box in boxes}
        return Encoded(str(path), tuple(pieces), self._placement, asked, self._resized)

    def encode_audio(self, part: AudioPart) -> Encoded:
        if part.path.name in self._broken:
            raise InputError(f"{part.path} is not a recording.")
        if part.path.stem == "silence" and not part.growing:
            raise InputError(f"No speech was heard in {part.path}; record it again.")
        self._on_encode()
        missing = part.growing and not part.paused
        keys = [f"{part.path.stem} {n}" for n in range(self.blocks - missing)]
        self.encoded += len(set(keys) - self._known)
        self._known |= set(keys)
        three = np.full((3, N_EMBD), 3, np.float32)
        return Encoded("|".join(keys), tuple(Rows(three, key) for key in keys), None)


def said(text: str) -> list[bytes]:
    """An answer of one byte a token."""
    return [bytes([byte]) for byte in text.encode()]


def written(prompt: Sequence[Run]) -> str:
    """A prompt of the scripted decoder as text, [n] in the place of n rows."""
    names = {number: marker for marker, number in MARKERS.items()}

    def parts() -> Iterator[str]:
        letters = bytearray()
        for run in prompt:
            if isinstance(run, TokenRun):
                for token in run.ids:
                    letters += names[token].encode() if token in names else bytes([token])
            else:
                letters += f"[{len(run.array)}]".encode()
        yield letters.decode()

    return "".join(parts())
