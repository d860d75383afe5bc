"""Words -> sound, by the synthesizers' own programs."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from engine.media.audio import RATE, Samples
from training.data.speech.voices import Voice
from training.errors import DataError

_ESPEAK_WORDS_A_MINUTE = 165
_FLITE_HZ = 115
_GOES_ON = "SIOD ERROR"  # of festival's: it then speaks in another voice
_SECONDS = 60  # no sentence takes a synthesizer so long
_PACKAGES = {
    "espeak-ng": "espeak-ng",
    "flite": "flite",
    "festival": "festival festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts",
}


def can_speak(voice: Voice) -> bool:
    """Whether the voice's synthesizer is installed and, of festival's, which are packages of their
    own, the voice."""
    if shutil.which(voice.synthesizer) is None:
        return False
    return voice.synthesizer != "festival" or _festival_has(voice.speaker)


@cache
def _festival_has(speaker: str) -> bool:
    asked = f"(exit (if (member '{speaker} (voice.list)) 0 1))"
    done = subprocess.run(("festival", "-b", asked), capture_output=True, check=False)
    return done.returncode == 0


def synthesize(text: str, voice: Voice, *, speed: float = 1.0, pitch: float = 0.0) -> Samples:
    """What `voice` makes of the words: samples [n], mono, 16 kHz, -1..1.

    `speed` 1.2 is a fifth faster; `pitch` -1..1 is lower or higher than usual (espeak-ng and flite
    alone heed it). Raises DataError where the synthesizer is missing or says nothing.
    """
    words = " ".join(text.split())
    match voice.synthesizer:
        case "espeak-ng":
            sound = _output(voice, _espeak(words, voice, speed, pitch))
        case "flite":
            sound = _file(voice, _flite(words, voice, speed, pitch))
        case "festival":
            sound = _file(voice, ("festival", "--pipe"), said=_scheme(words, voice, speed))
    samples, rate = soundfile.read(io.BytesIO(sound), dtype="float32", always_2d=True)
    mono = np.ascontiguousarray(samples.mean(1, dtype=np.float32))
    if not len(mono) or not np.abs(mono).max() > 0:
        raise DataError(f"{voice.name} said nothing for {words!r}; leave the sentence out")
    resampled: Samples = soxr.resample(mono, rate, RATE).astype(np.float32)
    return resampled


def _espeak(words: str, voice: Voice, speed: float, pitch: float) -> Sequence[str]:
    pace, height = str(round(_ESPEAK_WORDS_A_MINUTE * speed)), str(round(50 + 30 * pitch))
    return ("espeak-ng", "-v", voice.speaker, "-s", pace, "-p", height, "--stdout", "--", words)


def _flite(words: str, voice: Voice, speed: float, pitch: float) -> Sequence[str]:
    stretch = f"duration_stretch={1 / speed:.3f}"
    spoken = ["flite", "-voice", voice.speaker, "--setf", stretch]
    if pitch:
        spoken += ["--setf", f"int_f0_target_mean={_FLITE_HZ * 1.4**pitch:.0f}"]
    return (*spoken, "-t", words, "-o", "{out}")


def _scheme(words: str, voice: Voice, speed: float) -> str:
    quoted = words.replace("\\", " ").replace('"', " ")
    return (
        f"(voice_{voice.speaker})\n(Parameter.set 'Duration_Stretch {1 / speed:.3f})\n"
        f'(utt.save.wave (utt.synth (Utterance Text "{quoted}")) "{{out}}")\n'
    )


def _output(voice: Voice, command: Sequence[str]) -> bytes:
    """What the program writes to its standard output."""
    return _run(voice, command, "").stdout


def _file(voice: Voice, command: Sequence[str], *, said: str = "") -> bytes:
    """What the program writes to the file that stands as {out} in its command or its input."""
    with tempfile.TemporaryDirectory(prefix="said-") as folder:
        out = Path(folder) / "said.wav"
        words = [word.replace("{out}", str(out)) for word in command]
        _run(voice, words, said.replace("{out}", str(out)))
        if not out.is_file():
            raise DataError(f"{voice.name} wrote no sound; is that voice installed?")
        return out.read_bytes()


def _run(voice: Voice, command: Sequence[str], said: str) -> subprocess.CompletedProcess[bytes]:
    try:
        done = subprocess.run(
            command, input=said.encode(), capture_output=True, check=False, timeout=_SECONDS
        )
    except FileNotFoundError:
        packages = _PACKAGES[voice.synthesizer]
        raise DataError(
            f"{voice.synthesizer} is not installed; on Debian: sudo apt-get install {packages}"
        ) from None
    complaint = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
    if done.returncode != 0 or _GOES_ON in complaint[-1]:
        packages = _PACKAGES[voice.synthesizer]
        raise DataError(f"{voice.name} failed: {complaint[-1]}; on Debian it is in {packages}")
    return done
