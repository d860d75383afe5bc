from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
import soundfile
from PIL import Image

from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.media.audio import Samples
from engine.types import (
    Answer,
    AudioPart,
    Event,
    Finished,
    GroundedBox,
    ImagePart,
    Request,
    TextPart,
)
from training.data.speech.effects import Noise
from training.data.speech.voices import Voice
from training.evaluate import spoken, utterances
from training.evaluate.material import EvaluateConfig

OBJECTS = ("dog", "cat", "taxi")


@pytest.fixture
def config(tmp_path: Path, tiny_bundle: Path) -> EvaluateConfig:
    """Scenes from a pack of three drawings, and two photographs of each set."""
    sprites, photos = tmp_path / "sprites", tmp_path / "photos"
    (sprites / "flat").mkdir(parents=True)
    names = {"objects": dict.fromkeys(OBJECTS, "1f415"), "expressions": {"happy": "1f600"}}
    (sprites / "vocabulary.json").write_text(json.dumps(names))
    for name in (*OBJECTS, "face_happy"):
        Image.new("RGBA", (16, 16), "red").save(sprites / "flat" / f"{name}.png")
    photos.mkdir()
    write_shard(photos / "flickr8k-val-000.tar", "flickr8k", grounded=True)
    write_shard(photos / "coco-val-000.tar", "coco2017")
    write_shard(photos / "daquar-train-000.tar", "daquar", count=40)
    return EvaluateConfig(
        bundle=tiny_bundle,
        photos=photos,
        sprites=sprites,
        work=tmp_path / "work",
        out=tmp_path / "evaluation.json",
        n=2,
        tasks=("refer", "identify", "existence", "caption", "people's questions", "proposals"),
    )


def write_shard(path: Path, source: str, *, count: int = 2, grounded: bool = False) -> None:
    caption = "A dog runs ."
    phrase = {"start": 0, "end": 5, "kind": "animals", "boxes": [[0.1, 0.1, 0.6, 0.6]]}
    label: dict[str, Any] = {"source": source, "size": [64, 48], "captions": [caption]}
    if grounded:
        label["grounded"] = [{"caption": caption, "phrases": [phrase]}]
    if source == "coco2017":
        label["objects"] = [{"name": "dog", "box": [0.1, 0.1, 0.6, 0.6]}]
    if source == "daquar":
        label["qa"] = [{"question": "what is it ?", "answer": "dog"}]
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "WEBP")
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            for ending, data in (
                ("webp", picture.getvalue()),
                ("json", json.dumps(label).encode()),
            ):
                member = tarfile.TarInfo(f"{source}{number}.{ending}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def pretend_to_say(
    text: str, voice: Voice, *, noise: Noise | None = None, seed: int = 0
) -> Samples:
    """The letters as samples, a word less with noise: what `Scripted` can hear. Each voice has
    another length."""
    words = text.split()[: -1 if noise else None]
    letters = np.array([ord(letter) for letter in " ".join(words) + "."], np.float32)
    return np.pad(letters, (0, 3200 + crc32(voice.name.encode()) % 100)) / np.float32(32768)


@pytest.fixture
def no_synthesizer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips are made by `pretend_to_say`, and `Scripted` hears what they say."""
    monkeypatch.setattr(utterances, "say", pretend_to_say)
    monkeypatch.setattr(spoken, "say", pretend_to_say)


class Scripted:
    """Hears every letter of pretended clips, and answers with what it was asked.

    `deaf_to` is a word that it takes for another. `asked` holds, of every question, the words as
    they were typed or None where they were said; `whispered` what its Whisper has heard.
    """

    def __init__(self, *, deaf_to: str = "") -> None:
        self.deaf_to = deaf_to
        self.asked: list[str | None] = []
        self.whispered: list[str] = []

    def answer(self, request: Request) -> Iterator[Event]:
        (message,) = request.messages
        typed = [part.text for part in message.parts if isinstance(part, TextPart)]
        clips = [part.path for part in message.parts if isinstance(part, AudioPart)]
        pictures = [part.path for part in message.parts if isinstance(part, ImagePart)]
        assert all(path.exists() for path in pictures)
        assert len(typed) + len(clips) <= 1
        self.asked += typed or [None]
        words = typed[0] if typed else " ".join(map(self._heard, clips))
        text, error = f"{message.task}: {words}", None
        if message.task == "transcribe":
            text = words
        if "error" in words:
            text, error = "", "That is too long."
        boxes = (GroundedBox(Box(0.1, 0.2, 0.3, 0.4), "dog"),) if pictures else ()
        yield Finished(request.id, Answer(text, text, boxes, error=error))

    def transcribe(self, path: Path) -> str:
        self.whispered.append(_letters(path))
        if "error" in self.whispered[-1]:
            raise InputError("That is too short.")
        return self.whispered[-1]

    def _heard(self, path: Path) -> str:
        words = _letters(path).split()
        return " ".join("what" if word == self.deaf_to else word for word in words)


def _letters(path: Path) -> str:
    samples, rate = soundfile.read(path, dtype="int16")
    assert rate == 16_000
    return "".join(map(chr, samples[samples > 0][:-1]))
