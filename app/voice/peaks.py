"""How a recording looks: its length, and how loud it is from place to place. No Qt in here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from app.pictures import display_name
from app.texts import translate

COLUMNS = 160
_QUIET = 0.05  # the loudest of a recording is drawn as high as can be, unless it is hardly there


class ClipError(Exception):
    """The file is no recording that can be used. The message is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Waveform:
    """`peaks` are 0 (silence) to 1 (the loudest of it), at most `COLUMNS`."""

    seconds: float
    peaks: tuple[float, ...]


def read_waveform(path: Path) -> Waveform:
    """Read all of a sound file, piece by piece; takes a while for a long one. Raises ClipError."""
    # Imported here: only a worker thread comes this way, and the window must not wait for it.
    import soundfile

    from app.sound.files import opened, pieces

    if not path.exists():
        raise ClipError(translate("sound", "The file of this recording is no longer there."))
    try:
        with opened(path) as file:
            if not file.frames:
                empty = translate("sound", "{name} has no sound in it; choose another recording.")
                raise ClipError(empty.format(name=_name(path)))
            size = math.ceil(file.frames / COLUMNS)
            loudest = [float(abs(piece).max()) for piece in pieces(file, size)]
            seconds = file.frames / file.samplerate
    except (OSError, soundfile.SoundFileError) as error:
        unknown = translate(
            "sound", "{name} can't be read as a recording; WAV, FLAC, MP3 and OGG can."
        )
        raise ClipError(unknown.format(name=_name(path))) from error
    most = max([*loudest, _QUIET])
    return Waveform(seconds, tuple(min(loud / most, 1.0) for loud in loudest))


def _name(path: Path) -> str:
    """What a person would call the file; one that was named by its content has no name."""
    named = display_name(path) == path.name
    return path.name if named else translate("sound", "This recording")


def waveform_or_sentence(path: Path) -> Waveform | str:
    """How it looks, or why it can't be used; for work in a worker thread."""
    try:
        return read_waveform(path)
    except ClipError as error:
        return str(error)


def spoken_time(seconds: float) -> str:
    """A length for a label: 0:03."""
    whole = round(seconds)
    if seconds > 0:
        whole = max(whole, 1)
    return f"{whole // 60}:{whole % 60:02}"
