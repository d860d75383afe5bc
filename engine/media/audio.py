"""A sound file becomes 16 kHz mono samples, and the log-mel that a speech encoder takes.

The one transform of training, evaluation and inference. The log-mel is Whisper's (arXiv 2212.04356,
section 2.2; `log_mel_spectrogram` in openai/whisper): what transformers' WhisperFeatureExtractor
computes, for any number of samples.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.media.files import check_file

if TYPE_CHECKING:  # it loads a library of its own
    import soundfile

Samples = NDArray[np.float32]
"""Sound at `RATE`, one channel, -1..1: float32 [n]."""

RATE = 16_000
HOP = 160
"""Samples between two mel frames: 10 ms."""
LONGEST_S = 600.0
"""Longer files are refused whoever asks; most models take far less."""

_SHORTEST_S = 0.1
_SILENT = 0.001  # the loudest sample of what nobody can hear, -60 dB
_MOST = 0.5  # of a file that is cut short, so much must be there
_WINDOW = 400
_BLOCK = 1 << 12  # frames decoded at a time: a file may have many channels at a high rate
_UNKNOWN = (0, 0x7FFFFFFF, 0xFFFFFFFF)  # what writers say who don't know the size yet, and near it
_NEAR = 4096
_SIGNATURES = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b"ID3")


def read_audio(path: Path, *, longest_s: float = LONGEST_S) -> Samples:
    """The sound of a WAV, FLAC, MP3 or OGG file of any rate and number of channels.

    Raises InputError, one sentence with the way out, for what is no sound, too short or longer than
    `longest_s` (told by its header before it is decoded), and for a file that is cut short by more
    than half.
    """
    import soundfile

    check_file(path, "sound")
    try:
        _check_kind(path)
        with soundfile.SoundFile(path) as file:
            rate, claimed = file.samplerate, _claimed_frames(path, file)
            if claimed is not None and claimed / rate > longest_s:
                raise _too_long(path, longest_s, seconds=claimed / rate)
            decoded = list(_resampled(path, file, longest_s=longest_s))
    except PermissionError as error:
        raise InputError(
            f"{path} may not be read; change its permissions or give another file."
        ) from error
    except (soundfile.SoundFileError, OSError) as error:
        raise InputError(f"{path} is damaged or cut short; copy or record it again.") from error
    samples = np.concatenate(decoded) if decoded else np.empty(0, np.float32)
    seconds = len(samples) / RATE
    if claimed is not None and seconds < claimed / rate * _MOST:
        raise InputError(
            f"{path} is cut short: {seconds:.1f} of {claimed / rate:.1f} seconds can be read; "
            "copy or record it again."
        )
    if seconds < _SHORTEST_S:
        raise InputError(
            f"{path} is too short: {seconds:.3f} seconds of sound and at least {_SHORTEST_S:g} "
            "are needed; record it again."
        )
    return samples


def read_growing(path: Path) -> Samples:
    """What there is so far of a WAV file of 16 kHz, mono, 16 bits that is still being written.

    What its header says about the length is not looked at. Nothing where there is no sound yet.
    Raises InputError where the file can't be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} can't be opened ({error.strerror}); give another file."
        ) from error
    place = _data_chunk(content)
    if place is None:
        return np.empty(0, np.float32)
    whole = content[place[0] :]
    values = np.frombuffer(whole[: len(whole) // 2 * 2], "<i2")
    return values.astype(np.float32) / np.float32(32768)


def is_silent(samples: Samples) -> bool:
    """Whether there is nothing in it that anybody could hear."""
    return not len(samples) or float(np.abs(samples).max()) < _SILENT


def log_mel(samples: Samples, *, n_mels: int = 80) -> NDArray[np.float32]:
    """Whisper's log-mel of these samples and no others: float32 [n_mels, len(samples) // HOP].

    What is quieter than the loudest by more than 80 dB is cut off there, so the values depend on
    all of the samples. At least one hop of them is needed.
    """
    padded = np.pad(samples.astype(np.float64), _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
    frames = frames[: len(samples) // HOP]  # Whisper leaves the last one out
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2  # [n_frames, 201]
    mel = np.log10(np.maximum(_mel_filters(n_mels) @ power.T, 1e-10))  # [n_mels, n_frames]
    mel = np.maximum(mel, mel.max() - 8.0)
    return np.ascontiguousarray((mel + 4.0) / 4.0, dtype=np.float32)


def _resampled(path: Path, file: soundfile.SoundFile, *, longest_s: float) -> Iterator[Samples]:
    """The file's sound piece by piece: channels mixed, at `RATE`."""
    import soxr

    rate = file.samplerate
    stream = None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, dtype="float32")
    count, peak = 0, 1.0
    pieces: list[Samples] = []
    for block in _blocks(file):
        if not np.isfinite(block).all():
            raise InputError(
                f"{path} holds samples that are no numbers (NaN or infinite); save it anew from "
                "where it came."
            )
        count += len(block)
        if count / rate > longest_s:
            raise _too_long(path, longest_s)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        mixed = block.mean(axis=1)
        pieces.append(stream.resample_chunk(mixed) if stream else mixed)
    if stream is not None:
        pieces.append(stream.resample_chunk(np.empty(0, np.float32), last=True))
    for piece in pieces:  # some programs write floats beyond 1
        yield piece / np.float32(peak) if peak > 1.0 else piece


def _blocks(file: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    """What can be decoded, [n, channels] at a time: up to where a damaged file can't be read."""
    from soundfile import SoundFileError

    # Where it may, the library seeks to where it is after every block, which spoils MP3.
    file.seekable = lambda: False
    with suppress(SoundFileError):
        while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            yield block


def _claimed_frames(path: Path, file: soundfile.SoundFile) -> int | None:
    """How many frames the header promises; None where it does not know.

    The library cuts a WAV's promise to what is there, so that one is read here.
    """
    frames = int(file.frames)
    if frames <= 0 or frames > 1 << 40:
        return None
    if file.format not in ("WAV", "WAVEX"):
        return frames
    with path.open("rb") as raw:
        place = _data_chunk(raw.read(_NEAR))
    if place is None or any(abs(place[1] - size) <= _NEAR for size in _UNKNOWN):
        return frames
    there = path.stat().st_size - place[0]
    return frames * place[1] // there if 0 < there < place[1] else frames


def _data_chunk(content: bytes) -> tuple[int, int] | None:
    """Where the samples of a WAV file begin and how many bytes of them it promises."""
    at = 12
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        if name == b"data":
            return at + 8, size
        at += 8 + size + size % 2
    return None


def _too_long(path: Path, longest_s: float, *, seconds: float | None = None) -> InputError:
    long = "too long" if seconds is None else f"{_length(seconds)} long"
    return InputError(
        f"{path} is {long}; at most {_length(longest_s)} can be heard at once: cut it, or give a "
        "shorter one."
    )


def _length(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _check_kind(path: Path) -> None:
    """Raises InputError for other files, which the library would search for something like MP3."""
    with path.open("rb") as file:
        start = file.read(4)
    is_frame = len(start) > 1 and start[0] == 0xFF and start[1] >= 0xE0  # of MPEG
    if not (is_frame or start.startswith(_SIGNATURES)):
        raise InputError(
            f"{path} is not a recording that can be read here; give a WAV, FLAC, MP3 or OGG file."
        )


@cache
def _hann() -> NDArray[np.float64]:
    """Periodic, as torch.hann_window."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)


@cache
def _mel_filters(n_mels: int) -> NDArray[np.float64]:
    """Triangles over Slaney's mel scale (linear to 1 kHz, then logarithmic), each of area one.

    [n_mels, 201], from 0 Hz to half the rate: librosa.filters.mel(htk=False, norm="slaney").
    """
    low = 200.0 / 3  # Hz a mel up to 1 kHz, which is mel 15
    step = np.log(6.4) / 27
    top = 15 + np.log(RATE / 2 / 1000.0) / step
    mels = np.linspace(0.0, top, n_mels + 2)
    edges = np.where(mels < 15, mels * low, 1000.0 * np.exp(step * (mels - 15)))  # Hz
    bins = np.linspace(0.0, RATE / 2, _WINDOW // 2 + 1)
    width = np.diff(edges)
    slopes = edges[:, np.newaxis] - bins  # [n_mels + 2, 201]
    up, down = -slopes[:-2] / width[:-1, np.newaxis], slopes[2:] / width[1:, np.newaxis]
    area = 2.0 / (edges[2:] - edges[:-2])
    filters: NDArray[np.float64] = np.maximum(0, np.minimum(up, down)) * area[:, np.newaxis]
    return filters
