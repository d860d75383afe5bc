from __future__ import annotations

import json
import random
import shutil
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGUFReader
from tokenizers import Tokenizer

from engine.llama.decoder import LlamaDecoder
from engine.seams import Run, TokenRun
from tests.support.tiny_language import KINDS, change_config, pack_attention, write_tiny_language
from training.convert.checkpoint import Checkpoint
from training.convert.language import write_language_model
from training.convert.verify import compare_answers, compare_tokenizers
from training.errors import ConversionError


def convert(folder: Path, **options: Any) -> Path:
    target = folder.parent / f"{folder.name}.gguf"
    write_language_model(Checkpoint.open(folder), folder, target, **options)
    return target


def prompts(count: int, vocabulary: int) -> list[list[Run]]:
    chance = random.Random("prompts")
    return [
        [TokenRun(tuple(chance.randrange(3, vocabulary) for _ in range(chance.randint(2, 40))))]
        for _ in range(count)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_transformers(tmp_path: Path, kind: str) -> None:
    model = write_tiny_language(tmp_path / kind, kind)
    decoder = LlamaDecoder(convert(tmp_path / kind), n_ctx=512, gpu=False, exact=True)
    try:
        asked = prompts(100, 260)
        found = compare_answers(model.eval(), decoder, asked, tokens=6)
        assert found.share >= 0.99, found.differ
        with torch.no_grad():  # and they would not be for another model
            model.get_input_embeddings().weight += 0.3
        found = compare_answers(model, decoder, asked[:20], tokens=6)
        assert found.share < 0.9
    finally:
        decoder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_tokenizers_are_those_of_transformers(tmp_path: Path, kind: str) -> None:
    write_tiny_language(tmp_path / kind, kind)
    theirs = Tokenizer.from_file(str(tmp_path / kind / "tokenizer.json"))
    decoder = LlamaDecoder(convert(tmp_path / kind), n_ctx=512, gpu=False)
    try:
        found = compare_tokenizers(
            lambda text: list(theirs.encode(text, add_special_tokens=False).ids),
            lambda text: decoder.tokenize(text, special=True),
            count=1000,
            seed=0,
        )
        assert found.differ == ()
    finally:
        decoder.close()


def tensors(path: Path) -> dict[str, bytes]:
    return {t.name: np.asarray(t.data).tobytes() for t in GGUFReader(path).tensors}


def test_queries_keys_and_values_may_lie_in_one_tensor(tmp_path: Path) -> None:
    write_tiny_language(tmp_path / "llama")
    shutil.copytree(tmp_path / "llama", tmp_path / "baichuan")
    pack_attention(tmp_path / "baichuan")
    assert tensors(convert(tmp_path / "baichuan")) == tensors(convert(tmp_path / "llama"))


def test_a_quantized_one_is_written_whole(tmp_path: Path) -> None:
    write_tiny_language(tmp_path / "m")
    small = convert(tmp_path / "m", quantization="Q8_0")
    assert {t.tensor_type.name for t in GGUFReader(small).tensors} == {"F32", "Q8_0"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m", "m.gguf"]


def test_the_language_model_inside_another_models_configuration(tmp_path: Path) -> None:
    write_tiny_language(tmp_path / "m")
    before = tensors(convert(tmp_path / "m"))
    path = tmp_path / "m" / "config.json"
    path.write_text(
        json.dumps({"model_type": "llava", "text_config": json.loads(path.read_text())})
    )
    assert tensors(convert(tmp_path / "m")) == before


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"model_type": "falcon"}, "'falcon' is no language model known here"),
        ({"model_type": "baichuan", "z_loss_weight": 0}, "only Baichuan-7B"),
        ({"hidden_act": "gelu"}, "must be silu"),
        ({"vocab_size": "many"}, "can't be used"),
        ({"intermediate_size": 100}, r"misshapen: .*mlp\.down_proj\.weight \(64, 96\) instead"),
        ({"num_hidden_layers": 3}, r"missing: model\.layers\.2\."),
        ({"num_hidden_layers": 1}, r"unknown: model\.layers\.1\."),
        ({"rope_parameters": {"rope_type": "longrope", "rope_theta": 1e4, "factor": 2.0,
          "short_factor": [1.0] * 8, "long_factor": [1.0] * 8,
          "original_max_position_embeddings": 64}}, "positions by 'longrope'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(tmp_path: Path, facts: dict[str, Any], said: str) -> None:
    write_tiny_language(tmp_path / "m")
    change_config(tmp_path / "m", **facts)
    with pytest.raises(ConversionError, match=said):
        convert(tmp_path / "m")


@pytest.mark.parametrize("kind", ["linear", "yarn"])
def test_longer_contexts_are_scaled_as_configured(tmp_path: Path, kind: str) -> None:
    write_tiny_language(tmp_path / "m")
    rope = {"rope_type": kind, "rope_theta": 1e4, "factor": 2.0,
            "original_max_position_embeddings": 1024, "beta_fast": 16.0}  # fmt: skip
    change_config(tmp_path / "m", rope_parameters=rope)
    fields = GGUFReader(convert(tmp_path / "m")).fields
    assert fields["llama.rope.scaling.type"].contents() == kind
    assert fields["llama.rope.scaling.factor"].contents() == 2.0
    assert ("llama.rope.scaling.yarn_beta_fast" in fields) == (kind == "yarn")


def test_at_most_one_tensor_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_language(tmp_path / "m")
    held, most = [0], [0]
    read = Checkpoint.read

    def watched(self: Checkpoint, name: str) -> Any:
        values = np.array(read(self, name), np.float32)
        held[0] += 1
        most[0] = max(most[0], held[0])
        weakref.finalize(values, lambda: held.__setitem__(0, held[0] - 1))
        return values

    monkeypatch.setattr(Checkpoint, "read", watched)
    convert(tmp_path / "m")
    assert most == [1]
    assert held == [0]
