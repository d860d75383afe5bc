from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.convert.speech import SpeechConfig, generation_rules, main
from training.parts import PARTS, parts_folder

PART, WORDS = (parts_folder() / PARTS[f"speech-{name}"].file for name in ("encoder", "tokenizer"))
SPEECH = Path(__file__).resolve().parents[4] / "resources" / "examples" / "question.ogg"

pytestmark = pytest.mark.skipif(
    not (PART.exists() and WORDS.exists()), reason="the Whisper parts were not fetched"
)


def test_what_is_never_written_is_what_the_published_checkpoint_says() -> None:
    """generation_config.json of openai/whisper-tiny.en."""
    from tokenizers import Tokenizer

    rules = generation_rules(Tokenizer.from_file(str(WORDS)))
    assert rules["begin_suppress_tokens"] == [220, 50256]
    assert rules["suppress_tokens"] == [
        1, 2, 7, 8, 9, 10, 14, 25, 26, 27, 28, 29, 31, 58, 59, 60, 61, 62, 63, 90, 91, 92, 93, 357,
        366, 438, 532, 685, 705, 796, 930, 1058, 1220, 1267, 1279, 1303, 1343, 1377, 1391, 1635,
        1782, 1875, 2162, 2361, 2488, 3467, 4008, 4211, 4600, 4808, 5299, 5855, 6329, 7203, 9609,
        9959, 10563, 10786, 11420, 11709, 11907, 13163, 13697, 13700, 14808, 15306, 16410, 16791,
        17992, 19203, 19510, 20724, 22305, 22935, 27007, 30109, 30420, 33409, 34949, 40283, 40493,
        40549, 47282, 49146, 50257, 50357, 50358, 50359, 50360, 50361,
    ]  # fmt: skip
    assert (rules["decoder_start_token_id"], rules["no_timestamps_token_id"]) == (50257, 50362)
    assert (rules["prev_sot_token_id"], rules["eos_token_id"]) == (50360, 50256)


def test_the_folder_is_what_transformers_reads(whisper: Path) -> None:
    from transformers import AutoProcessor

    assert sorted(path.name for path in whisper.iterdir()) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert (whisper / "model.safetensors").stat().st_size < 80_000_000
    assert json.loads((whisper / "generation_config.json").read_text())["is_multilingual"] is False
    processor = AutoProcessor.from_pretrained(whisper)
    assert processor.tokenizer.decode([50257, 50362, 2421, 13, 50256], skip_special_tokens=True)


def test_it_writes_down_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "whisper"
    main(SpeechConfig(out=out, hear=SPEECH))
    told = capsys.readouterr()
    assert "red apple" in told.out.lower()
    assert f"written to {out}" in told.err
