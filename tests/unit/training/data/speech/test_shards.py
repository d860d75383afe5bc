from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.media.audio import Samples
from training.data.speech import shards
from training.data.speech.shards import HeardWindow, read_shard, shard_path, write_shard
from training.errors import DataError


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "UTTERANCES", 3)


def speak(number: int) -> tuple[str, Samples]:
    return f"number {number}", np.full(number + 2, number, np.float32)


def listen(samples: Samples) -> list[HeardWindow]:
    """A window of two frames for each pair of samples."""
    frames = torch.from_numpy(samples)[:, None].repeat(1, 4)
    return [HeardWindow(part, n, 1) for n, part in enumerate(torch.split(frames, 2))]


def test_what_was_heard_comes_back(tmp_path: Path) -> None:
    path = write_shard(tmp_path, 1, speak, listen)
    assert path == shard_path(tmp_path, 1)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    back = list(read_shard(path))
    assert [u.text for u in back] == ["number 3", "number 4", "number 5"]
    for number, utterance in enumerate(back, start=3):
        wanted = listen(speak(number)[1])
        assert [(w.first, w.rows) for w in utterance.windows] == [(w.first, w.rows) for w in wanted]
        for mine, theirs in zip(utterance.windows, wanted, strict=True):
            assert mine.frames.dtype == torch.float16
            assert torch.equal(mine.frames, theirs.frames.half())


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    path = tmp_path / "frames-00000.safetensors"
    path.write_bytes(b"nonsense")
    with pytest.raises(DataError, match="frames-00000"):
        list(read_shard(path))
    with pytest.raises(DataError, match="frames-00007"):
        list(read_shard(shard_path(tmp_path, 7)))
