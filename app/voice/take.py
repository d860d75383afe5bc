"""One recording, from the microphone to the file, in a worker thread from beginning to end.

PortAudio's threads put what they hear into a queue and know of nothing else, so that they may still
run when the window is taken down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from app.sound.devices import SoundError, chosen
from app.sound.inputs import Input
from app.sound.listening import TICKS, loudness
from app.texts import translate
from app.voice.clip import Clip
from app.voice.recordings import fresh
from app.voice.wav import RATE, SAMPLE_BYTES, GrowingWav

if TYPE_CHECKING:
    from app.voice.resampling import Resampler
    from app.voice.trimming import Trimmer

GROWS_S = 0.5  # how much longer the file is each time that it is told to have grown
DEAD_S = 5.0  # a microphone that gives nothing for so long is gone
# Of a word that was on its way when the key was let go: how many pieces are waited for.
BEHIND = 2
BEHIND_S = 0.2


class End(Enum):
    """Why a recording is over."""

    LET_GO = "let go"
    DISCARDED = "discarded"
    FULL = "full"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Opened:
    """The microphone is open: from now on it hears."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How loud it was, 0 to 1, and how long the clip is by now."""

    share: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Began:
    """Somebody speaks: this file grows."""

    path: Path


@dataclass(frozen=True, slots=True)
class Grew:
    """The file is longer than when it was last told of."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Nobody speaks just now: what is in the file is what would be kept if this were the end."""


@dataclass(frozen=True, slots=True)
class Kept:
    """It is over, and this was said. `sentence` is what was in the way of more, if anything."""

    clip: Clip
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """It is over, and nothing was said: a sentence about what was heard instead."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Broken:
    """It could not be recorded, with one sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Discarded:
    """It is over, and nothing is left of it."""


Outcome = Kept | Nothing | Broken | Discarded
Told = Opened | Heard | Began | Grew | Paused | Outcome


class Take:
    """Records the microphone of a name into a new file of a folder; `tell` hears how it goes, in
    the worker thread, the outcome last and once. `limit_s` may change meanwhile."""

    def __init__(
        self, microphone: str | None, folder: Path, limit_s: float, tell: Callable[[Told], None]
    ) -> None:
        self.limit_s = limit_s
        self._microphone = microphone
        self._folder = folder
        self._tell = tell
        self._queue: SimpleQueue[bytes | End] = SimpleQueue()
        self._wav: GrowingWav | None = None
        self._silence = b""  # behind what is in the file: part of the clip if more is said
        self._paused = False
        self._heard = 0  # samples, of the clip or, while there is none, of silence
        self._told_at = 0.0

    def end(self, why: End) -> None:
        """It is over, now or as soon as it has begun. May be called on any thread, and again."""
        self._queue.put(why)

    def run(self) -> None:
        """Record until the end."""
        line = Input(self._queue.put, lambda: self._queue.put(End.GONE))
        name = self._microphone or ""
        try:
            device = chosen(self._microphone)
            name = device.name
            line.open(device, ticks=TICKS)
            self._tell(self._recorded(line, name))
        except SoundError as error:
            self._tell(Broken(str(error)))
        except OSError as error:
            self._forget()
            full = translate("voice", "The recording can't be kept in {folder}: {reason}.")
            self._tell(Broken(full.format(folder=self._folder, reason=error.strerror)))
        finally:
            line.close()

    def _recorded(self, line: Input, name: str) -> Outcome:
        # Loaded with the first recording: the window is there sooner without.
        from app.voice.resampling import Resampler
        from app.voice.trimming import Trimmer, silero

        resampler, trimmer = Resampler(line.rate, line.channels), Trimmer(silero())
        self._tell(Opened())
        end = self._listen(resampler, trimmer)
        if end is End.DISCARDED:
            self._forget()
            return Discarded()
        self._add(trimmer.take(resampler.rest()) + trimmer.rest(), trimmer.kept)
        gone = translate("voice", "The microphone {name} is gone.").format(name=name)
        if self._wav is None:
            if end is End.GONE:
                return Broken(gone)
            return Nothing(_silence(name, noisy=trimmer.noisy, open_long=self._heard > 0))
        self._wav.finish(int(self.limit_s * RATE))
        clip = Clip(self._wav.path, self._wav.samples / RATE)
        return Kept(clip, _reason(end, gone))

    def _listen(self, resampler: Resampler, trimmer: Trimmer) -> End:
        """Take in what comes until there is a reason to end, and what was on its way by then."""
        end, behind = None, BEHIND
        while True:
            try:
                came = self._queue.get(timeout=DEAD_S if end is None else BEHIND_S)
            except Empty:
                return end or End.GONE
            if isinstance(came, End):
                if came is not End.LET_GO or not trimmer.speaking:
                    return came
                end = came
                continue
            self._take_in(resampler.take(came), trimmer)
            if self._heard >= self.limit_s * RATE:
                return End.FULL
            if end is not None:
                behind -= 1
                if not behind or not trimmer.speaking:
                    return end

    def _take_in(self, sound: bytes, trimmer: Trimmer) -> None:
        begun = trimmer.begun
        self._add(trimmer.take(sound), trimmer.kept)
        if trimmer.begun:
            self._heard = trimmer.given
        else:
            self._heard += len(sound) // SAMPLE_BYTES
        self._tell(Heard(loudness(sound), trimmer.given / RATE))
        if self._wav is not None:
            self._tell_of(self._wav, begun=begun)

    def _tell_of(self, wav: GrowingWav, *, begun: bool) -> None:
        """How it goes on with the file, `begun` before or just now."""
        paused, self._paused = self._paused, bool(self._silence)
        seconds = wav.samples / RATE
        if not begun:
            self._tell(Began(wav.path))
        elif self._paused and not paused:
            self._told_at = seconds
            self._tell(Paused())
        elif seconds - self._told_at >= GROWS_S:
            self._told_at = seconds
            self._tell(Grew())

    def _add(self, sound: bytes, kept: int) -> None:
        """More of the clip: its first `kept` samples go to the file, the silence behind waits."""
        self._silence += sound
        if not self._silence:
            return
        if self._wav is None:
            self._wav = GrowingWav(fresh(self._folder))
        size = (kept - self._wav.samples) * SAMPLE_BYTES
        self._wav.add(self._silence[:size])
        self._silence = self._silence[size:]

    def _forget(self) -> None:
        if self._wav is not None:
            self._wav.remove()


def _silence(name: str, *, noisy: bool, open_long: bool) -> str:
    """Why there are no words."""
    if not open_long:
        return translate("voice", "The microphone was not open yet; wait for “Speak now”.")
    if noisy:
        return translate("voice", "Only noise was heard, no words; speak closer to the microphone.")
    nothing = translate("voice", "Nothing was heard; the microphone {name} may be muted.")
    return nothing.format(name=name)


def _reason(end: End, gone: str) -> str:
    if end is End.GONE:
        return gone + " " + translate("voice", "What it heard until then is kept.")
    if end is End.FULL:
        return translate("voice", "The recording ended here: the model takes no longer one.")
    return ""
