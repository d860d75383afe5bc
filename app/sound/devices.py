"""The microphones and the loudspeaker of this machine, as PortAudio knows them."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from app.sound.streams import OPEN
from app.texts import translate


class SoundError(Exception):
    """There is nothing to hear or to play with. The message is one sentence for the person."""


@dataclass(frozen=True, slots=True)
class Microphone:
    """A device that PortAudio can record from: its number now, and how many channels it has."""

    number: int
    name: str
    channels: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """A device that PortAudio can play on."""

    number: int
    name: str
    channels: int


def portaudio() -> ModuleType:
    """The binding. It is loaded when it is first needed, which takes a third of a second.

    Raises SoundError where the system's library is missing.
    """
    try:
        import sounddevice
    except OSError as error:
        missing = translate(
            "sound", "PortAudio is missing, so nothing can be heard; install libportaudio2."
        )
        raise SoundError(missing) from error
    found: ModuleType = sounddevice
    return found


def microphones() -> tuple[Microphone, ...]:
    """All that can be recorded from, also what was plugged in a moment ago; takes a while.

    While anything is recorded or played, those that were there before. Raises SoundError.
    """
    found: dict[str, Microphone] = {}
    for number, facts in enumerate(_listed()):
        channels = int(facts["max_input_channels"])
        if channels > 0:
            found.setdefault(facts["name"], Microphone(number, facts["name"], channels))
    return tuple(found.values())


def speaker() -> Speaker:
    """The system's own loudspeaker, or the first that there is. Raises SoundError."""
    known = [
        Speaker(number, facts["name"], int(facts["max_output_channels"]))
        for number, facts in enumerate(_listed())
        if facts["max_output_channels"] > 0
    ]
    if not known:
        raise SoundError(
            translate(
                "sound", "No loudspeaker is there; plug in one, or headphones, and try again."
            )
        )
    own = portaudio().default.device[1]
    return next((each for each in known if each.number == own), known[0])


def _listed() -> list[dict[str, Any]]:
    """What PortAudio tells of each device. Raises SoundError."""
    sound = portaudio()
    try:
        with OPEN.lock:
            if not OPEN.streams:
                # PortAudio looks for devices when it starts, and at no other time.
                sound._terminate()
                sound._initialize()
            return list(sound.query_devices())
    except sound.PortAudioError as error:
        broken = translate("sound", "The sound system can't be used: {reason}.")
        raise SoundError(broken.format(reason=error.args[0])) from error


def chosen(name: str | None) -> Microphone:
    """The microphone of that name; None is the system's own. Raises SoundError."""
    known = microphones()
    if not known:
        raise SoundError(translate("sound", "No microphone is there; plug one in and try again."))
    if name is None:
        own = portaudio().default.device[0]
        return next((each for each in known if each.number == own), known[0])
    for each in known:
        if each.name == name:
            return each
    gone = translate("sound", "The microphone {name} is not there; choose another one.")
    raise SoundError(gone.format(name=name))
