from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.support.tiny_llama import LAYERS, N_EMBD
from training.convert.gguf_reader import read_language_model
from training.errors import ConfigError
from training.language import (
    LINEAR,
    LanguageModel,
    LoraSettings,
    load_lora,
    packed_attention,
    save_lora,
)

SETTINGS = LoraSettings(rank=4, alpha=8)
B, T, SHORT = 2, 9, 7


@pytest.fixture
def model(tiny_gguf: Path) -> LanguageModel:
    return LanguageModel(SETTINGS, path=tiny_gguf).float()


def adapted(model: LanguageModel, seed: int) -> LanguageModel:
    """The model with a LoRA that does something: B is no longer zero."""
    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data.normal_(std=0.1)
    return model


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Rows, positions that are not in order, a mask that is more than causal; the first is long."""
    torch.manual_seed(1)
    mask = torch.ones(T, T, dtype=torch.bool).tril().repeat(B, 1, 1)
    mask[0, 6:, 3:6] = False
    mask[1, 4, :4] = False
    positions = torch.tensor([[0, 1, 2, 3, 4, 5, 3, 4, 5], list(range(T))])
    real = torch.ones(B, T, dtype=torch.bool)
    real[1, SHORT:] = False
    return torch.randn(B, T, N_EMBD), positions, mask, real


def logits(model: LanguageModel) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(*inputs(), torch.arange(T + SHORT))
    return found


def test_attention_is_that_of_the_definition() -> None:
    torch.manual_seed(0)
    long, short = inputs()[2]
    masks = (long, short[:SHORT, :SHORT])
    n = T + SHORT
    query, key, value = torch.randn(1, 4, n, 8), torch.randn(1, 2, n, 8), torch.randn(1, 2, n, 8)
    mixed, _ = packed_attention(
        torch.nn.Identity(), query, key, value, None, scaling=0.3, masks=masks
    )
    assert mixed.shape == (1, n, 4, 8)
    whole = torch.zeros(n, n, dtype=torch.bool)
    whole[:T, :T], whole[T:, T:] = masks
    for head in range(4):  # two query heads to a key head
        k, v = key[0, head // 2], value[0, head // 2]
        weights = (query[0, head] @ k.T * 0.3).masked_fill(~whole, -math.inf).softmax(-1)
        torch.testing.assert_close(mixed[0, :, head], weights @ v, atol=1e-5, rtol=1e-5)


def test_the_packed_model_is_the_one_of_transformers(model: LanguageModel, tiny_gguf: Path) -> None:
    rows, positions, mask, real = inputs()
    reference = read_language_model(tiny_gguf)
    for weight in reference.parameters():  # as training holds them; the frequencies stay exact
        weight.data = weight.data.to(torch.bfloat16).float()
    reference.set_attn_implementation("sdpa")
    with torch.no_grad():
        hidden = reference.model(
            inputs_embeds=rows,
            position_ids=positions,
            attention_mask=mask[:, None],
            use_cache=False,
        ).last_hidden_state
        # As in SmolLM2, the output layer is the table of embeddings.
        expected = hidden[real] @ reference.get_input_embeddings().weight.T
    torch.testing.assert_close(logits(model), expected, atol=1e-4, rtol=1e-4)


def test_logits_come_from_the_places_asked_for(model: LanguageModel) -> None:
    whole = logits(model)
    at = torch.tensor([3, T + SHORT - 1])
    with torch.no_grad():
        torch.testing.assert_close(model(*inputs(), at), whole[at])


def test_tokens_become_rows_of_the_table(model: LanguageModel) -> None:
    ids = torch.tensor([[0, 5], [7, 7]])
    assert torch.equal(model.embed(ids), model.table[ids])


def test_only_the_lora_learns_and_a_fresh_one_changes_nothing(tiny_gguf: Path) -> None:
    model = LanguageModel(SETTINGS, path=tiny_gguf)
    learned = {n: p for n, p in model.named_parameters() if p.requires_grad}
    assert all("lora_" in name for name in learned)
    assert len(learned) == LAYERS * len(LINEAR) * 2
    assert {p.dtype for p in learned.values()} == {torch.float32}
    assert model.table.dtype == torch.bfloat16
    before = logits(model.float())
    assert torch.equal(before, logits(LanguageModel(SETTINGS, path=tiny_gguf).float()))
    assert not torch.allclose(before, logits(adapted(model, 1)))


def test_a_lora_comes_back(model: LanguageModel, tiny_gguf: Path, tmp_path: Path) -> None:
    expected = logits(adapted(model, 1))
    save_lora(model, tmp_path / "run")
    other = adapted(LanguageModel(SETTINGS, path=tiny_gguf).float(), 2)
    assert not torch.allclose(logits(other), expected)
    load_lora(other, tmp_path / "run")
    assert torch.equal(logits(other), expected)


def test_a_kept_lora_has_short_names_and_its_settings(model: LanguageModel, tmp_path: Path) -> None:
    save_lora(model, tmp_path)
    weights = load_file(tmp_path / "lora.safetensors")
    assert weights.keys() == {
        f"layers.{layer}.{module}.lora_{side}"
        for layer in range(LAYERS)
        for module in LINEAR
        for side in "AB"
    }
    assert weights["layers.1.up_proj.lora_A"].shape == (4, N_EMBD)
    assert weights["layers.1.up_proj.lora_B"].shape == (2 * N_EMBD, 4)
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}
    facts = json.loads((tmp_path / "lora.json").read_text())
    assert facts == {"rank": 4, "alpha": 8, "modules": list(LINEAR)}


@pytest.mark.parametrize(
    "settings",
    [
        LoraSettings(rank=8, alpha=8),
        LoraSettings(rank=1, alpha=8),
        LoraSettings(rank=4, alpha=16),
        LoraSettings(rank=4, alpha=8, modules=("q_proj",)),
    ],
)
def test_a_lora_of_other_settings_is_a_clear_error(
    model: LanguageModel, tiny_gguf: Path, tmp_path: Path, settings: LoraSettings
) -> None:
    save_lora(model, tmp_path)
    other = LanguageModel(settings, path=tiny_gguf)
    with pytest.raises(ConfigError, match=r"lora\.json: .*rank 4, alpha 8.*lora\."):
        load_lora(other, tmp_path)


def test_frozen_weights_may_stay_whole(tiny_gguf: Path) -> None:
    model = LanguageModel(SETTINGS, path=tiny_gguf, dtype=torch.float32)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
