from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from training.convert.speech import RATE, SpeechConfig, main, read_wav
from training.errors import ConversionError
from training.parts import PARTS, parts_folder

MODEL = parts_folder() / PARTS["speech-encoder"].file


def write_wav(path: Path, sound: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    """Two channels at 22,050 Hz, the second silent."""
    both = np.stack([sound, np.zeros_like(sound)], 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes((both * 32767).astype("<i2").tobytes())


def test_a_tone_keeps_its_pitch_and_strength(tmp_path: Path) -> None:
    times = np.arange(22_050) / 22_050
    write_wav(tmp_path / "tone.wav", 0.5 * np.sin(2 * np.pi * 440 * times))
    samples = read_wav(tmp_path / "tone.wav")
    assert len(samples) == RATE
    expected = 0.25 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    assert np.abs(samples - expected).max() < 1e-3


def test_what_is_no_speech_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("words")
    for name in ("text.wav", "missing.wav"):
        with pytest.raises(ConversionError, match=name):
            read_wav(tmp_path / name)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.skipif(not MODEL.exists(), reason="the speech encoder's part is not fetched")
def test_whisper_writes_down_what_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "Please open the window and close the door."
    speech, out = tmp_path / "speech.wav", tmp_path / "whisper"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", speech, said], check=True)
    main(SpeechConfig(out=out, hear=speech))
    heard = capsys.readouterr().out.lower().replace(".", "").split()
    wanted = said.lower().replace(".", "").split()
    assert sum(word in heard for word in wanted) >= len(wanted) - 1, heard
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"} <= {
        path.name for path in out.iterdir()
    }
    assert (out / "model.safetensors").stat().st_size < 80_000_000
