"""Whisper tiny.en written in transformers' form reads back as the same model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import WhisperForConditionalGeneration

from training.convert.ct2_reader import read_whisper
from training.convert.speech import SpeechConfig, main
from training.parts import PARTS, fetch, parts_folder


@pytest.mark.skipif(
    not (parts_folder() / PARTS["speech-encoder"].file).exists(),
    reason="the speech encoder's part is not fetched",
)
def test_what_is_written_reads_back(tmp_path: Path) -> None:
    main(SpeechConfig(out=tmp_path / "whisper"))
    written = WhisperForConditionalGeneration.from_pretrained(tmp_path / "whisper").state_dict()
    expected = read_whisper(fetch("speech-encoder")).state_dict()
    assert written.keys() == expected.keys()
    assert all(torch.equal(written[name], expected[name]) for name in expected)
    assert (tmp_path / "whisper" / "tokenizer.json").stat().st_size > 0
