"""The session's two seams, and the values that cross them.

A session needs something that reads and writes tokens (`TextDecoder`; `engine.llama` is one) and
something that turns pictures and recordings into what the language model reads (`MediaEncoder`;
`engine.senses.Senses` is one). Tests put scripted fakes here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.grounding.geometry import Box
from engine.media.image import Placement
from engine.prompt.chat import ChatFormat
from engine.types import AudioPart, Sampling

Cancelled = Callable[[], bool]


def never() -> bool:
    """The `Cancelled` of a request that nobody stops."""
    return False


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How rows stand in the context that do not follow each other as words do.

    Where a block begins at position p, its rows have the positions `offsets` + `moves` * p, int32
    [4, n] each: M-RoPE's (arXiv 2409.12191), of which the first counts what is in the cache. None
    for both is one position a row. The block takes `span` positions. In one that is not `causal`
    each row attends to those behind it as well. Such a block is read whole.
    """

    span: int
    offsets: NDArray[np.int32] | None = None
    moves: NDArray[np.int32] | None = None
    causal: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Embedding rows, float32 [n, n_embd], C-contiguous; each takes one place in the context.

    `key` names their content where they have a name of their own, as blocks of sound do. `layout`
    None is one position a row, as words have it.
    """

    array: NDArray[np.float32]
    key: str = ""
    layout: Layout | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Text inside a media slot, tokenized by itself: no special tokens, no BOS."""

    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Tokens that an encoder puts around and between its rows, special ones among them."""

    ids: tuple[int, ...]


Piece = Rows | Words | Marks


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture or recording as the language model reads it.

    `key` names its content, preprocessing and encoder: equal keys mean equal pieces. `placement`
    says where a picture lies in the square that the encoder saw. `asked` holds what stands in
    front of the box of each region that a question speaks of, by that box on the square; nothing
    where the model has none. `resized` is the width and height in pixels of what the encoder saw,
    for models that write boxes in those.
    """

    key: str
    pieces: tuple[Piece, ...]
    placement: Placement | None
    asked: Mapping[Box, tuple[Piece, ...]] = field(default_factory=dict)
    resized: tuple[int, int] | None = None

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(len(piece.array) for piece in self.pieces if isinstance(piece, Rows))


def on_square(encoded: Encoded, box: Box) -> Box:
    """A box on the picture, as a box on the square that the encoder saw."""
    return box if encoded.placement is None else encoded.placement.to_square(box)


@dataclass(frozen=True, slots=True)
class TokenRun:
    """Token ids of a prompt, in order."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowRun:
    """Embedding rows of a prompt [n, n_embd]; `key` names them, so that a cache knows them."""

    key: str
    array: NDArray[np.float32] = field(compare=False)
    layout: Layout | None = field(default=None, compare=False)


Run = TokenRun | RowRun


def run_length(run: Run) -> int:
    """How many places of the context the run takes."""
    return len(run.ids) if isinstance(run, TokenRun) else len(run.array)


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What reading a prompt cost, in places of the context; `complete` unless it was cancelled."""

    cached: int
    computed: int
    complete: bool = True


class TextDecoder(Protocol):
    """A language model with one running context. Not for two threads at once."""

    @property
    def n_ctx(self) -> int:
        """Places in the context: prompt and answer together."""

    @property
    def n_embd(self) -> int:
        """Width of an embedding row."""

    @property
    def bos(self) -> int | None:
        """The token every prompt starts with, None where the model wants none."""

    @property
    def chat(self) -> ChatFormat | None:
        """How to talk to the model as its file says it, None where the file has no template."""

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Token ids; markers such as <|im_end|> are one token only where `special`."""

    def prefill(
        self, prompt: Sequence[Run], *, cancelled: Cancelled
    ) -> Generator[float, None, Prefilled]:
        """Reads the prompt, reusing the longest prefix that an earlier call left in the cache.

        Yields how much is done, 0..1. The prompt is not empty.
        """

    def stream(
        self,
        sampling: Sampling,
        *,
        grammar: str | None = None,
        shown: Sequence[str] = (),
        at_least: int = 0,
    ) -> Generator[bytes, None, None]:
        """The answer to the prompt read last, a token's bytes at a time, until the end of the turn.

        A control token has no bytes, unless its text is one of `shown`. The turn and its
        first statement end after `at_least` tokens, where no grammar asks for its end.

        Endless otherwise: the caller counts. A token is read back only when the next is asked for.
        """

    def close(self) -> None:
        """Gives memory back; further calls are errors."""


class MediaEncoder(Protocol):
    """Turns media files into what the language model reads."""

    @property
    def encoded(self) -> int:
        """How many pictures and blocks of sound were computed so far, not found in the cache."""

    def encode_image(self, path: Path, regions: Sequence[Box] = ()) -> Encoded:
        """The picture's pieces, and those of `regions`, boxes on it that questions speak of.

        Raises InputError where the file is no usable picture.
        """

    def encode_audio(self, part: AudioPart) -> Encoded:
        """The recording's pieces, each block of rows with its own key.

        Of one that grows these are the first pieces of the finished one. Raises InputError where
        the file is no usable recording, or nothing was said in it.
        """
