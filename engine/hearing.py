"""A recording -> what the language model reads in its place, each block computed once.

A finished recording begins with the very blocks that were computed while it grew
(`engine.media.blocks`), so that nothing of them is heard, or read by the language model, again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.bundle import Bundle
from engine.bundle.manifest import SpeechFacts
from engine.errors import InputError
from engine.media.audio import HOP, LONGEST_S, Samples, is_silent, read_audio, read_growing
from engine.media.blocks import Block, blocks, clips
from engine.media.files import State, state
from engine.seams import Encoded, Rows, Words
from engine.types import AudioPart

CACHE_BYTES = 64 * 2**20
"""How much the rows kept in memory may take: an hour of speech of sightline-mini."""

RECORDINGS = 64
"""Recordings whose samples are not read again while their files stay as they are."""


class Heard(NamedTuple):
    """The rows of a block, float32 [m, n_embd], and the words told in it, for the blocks behind it.

    Words are numbers of the adaptor's own; only one that tells words has any.
    """

    rows: NDArray[np.float32]
    told: tuple[int, ...] = ()


class Hears(Protocol):
    """The part of `engine.models.ears.Ears` that is needed here."""

    def hear(
        self,
        window: Samples,
        start: int = 0,
        end: int | None = None,
        *,
        known: Sequence[int] = (),
    ) -> Heard:
        """What is said in samples [start, end) of a window, behind the words that are `known`."""


class ClipEncoder:
    """Turns recordings into rows and keeps the newest, up to `CACHE_BYTES`.

    `salt` names encoder and adaptor by their content; with a window's samples, and the words told
    before it, it makes the key of a block. `marks` are what stands around a recording in the
    prompt: one that is too long is read as several. Not for two threads at once.
    """

    def __init__(
        self, ears: Hears, facts: SpeechFacts, *, salt: str, marks: tuple[str, str]
    ) -> None:
        self.encoded = 0
        self._ears = ears
        self._facts = facts
        self._salt = salt.encode()
        self._between = Words(f"{marks[1]} {marks[0]}")
        self._heard: OrderedDict[str, Heard] = OrderedDict()
        self._size = 0
        self._known: OrderedDict[Path, tuple[State | None, Encoded]] = OrderedDict()

    def encode_audio(self, part: AudioPart) -> Encoded:
        """The recording's pieces; of one that grows and is not paused, those that later sound
        can't change.

        Raises InputError where the file is no usable recording, is longer than the model hears, or
        nothing was said in it.
        """
        if part.growing:
            # Without windows all of it would have to be heard anew if more is said.
            at_the_end = part.paused and self._facts.windows is not None
            return self._encoded(read_growing(part.path), growing=not at_the_end)
        now = state(part.path)
        before, known = self._known.get(part.path, (None, None))
        if known is not None and before == now:
            self._known.move_to_end(part.path)
            return known
        longest = self._facts.seconds if self._facts.longer == "refuse" else LONGEST_S
        samples = read_audio(part.path, longest_s=longest)
        encoded = None if is_silent(samples) else self._encoded(samples)
        if encoded is None or not any(isinstance(piece, Rows) for piece in encoded.pieces):
            raise not_heard(part.path)
        self._known[part.path] = (now, encoded)
        if len(self._known) > RECORDINGS:
            self._known.popitem(last=False)
        return encoded

    def _encoded(self, samples: Samples, *, growing: bool = False) -> Encoded:
        pieces: list[Rows | Words] = []
        cuts = clips(samples, self._facts.seconds)
        for number, (start, end) in enumerate(cuts):
            is_last = number == len(cuts) - 1
            pieces += self._clip(samples[start:end], growing=growing and is_last)
            if not is_last:
                pieces.append(self._between)
        keys = "".join(piece.key for piece in pieces if isinstance(piece, Rows))
        return Encoded(hashlib.sha256(keys.encode()).hexdigest(), tuple(pieces), None)

    def _clip(self, samples: Samples, *, growing: bool) -> Iterator[Rows]:
        """The rows of each block in which something was heard."""
        known: tuple[int, ...] = ()
        for block in blocks(len(samples), self._facts.windows, growing=growing):
            if block.last - block.first < HOP:
                continue
            rows, told = self._block(samples, block, known)
            known += told
            if len(rows.array):
                yield rows

    def _block(
        self, samples: Samples, block: Block, known: tuple[int, ...]
    ) -> tuple[Rows, tuple[int, ...]]:
        window = samples[block.first : block.last]
        start, end = block.start - block.first, block.end - block.first
        place = f"{start} {end} {known} ".encode()
        key = hashlib.sha256(self._salt + place + window.tobytes()).hexdigest()
        if key in self._heard:
            self._heard.move_to_end(key)
        else:
            self._heard[key] = heard = self._ears.hear(window, start, end, known=known)
            self.encoded += 1
            self._size += heard.rows.nbytes
            while self._size > CACHE_BYTES and len(self._heard) > 1:
                self._size -= self._heard.popitem(last=False)[1].rows.nbytes
        rows, told = self._heard[key]
        return Rows(rows, key), told


def not_heard(path: Path) -> InputError:
    """What is said of a recording in which nobody speaks."""
    return InputError(f"No speech was heard in {path}; record it again, nearer to the microphone.")


def clip_encoder(bundle: Bundle, ears: Hears) -> ClipEncoder | None:
    """The encoder of a bundle, None where the bundle has no ears."""
    speech = bundle.manifest.speech
    if speech is None:
        return None
    hashes = bundle.hashes(bundle.speech_weights, bundle.adaptor)
    style = bundle.manifest.prompt
    marks = ("", "") if style.audio_as_words else style.audio
    return ClipEncoder(ears, speech, salt=f"{speech} {hashes}", marks=marks)
