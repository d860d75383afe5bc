"""llama.cpp, fed rows among tokens, computes what transformers does from the same embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import AutoModelForCausalLM, PreTrainedModel

from engine.llama.decoder import LlamaDecoder
from engine.seams import RowRun, Run, TokenRun
from tests.support.running import read
from tests.support.tiny_llama import N_EMBD, write_tiny_llama

STEPS = 24
ROWS = np.random.default_rng(11).standard_normal((64, N_EMBD)).astype(np.float32)
PROMPTS: dict[str, list[Run]] = {
    "tokens alone": [TokenRun((1, 50, 60, 70, 80))],
    "a picture": [TokenRun((1, 50)), RowRun("a", ROWS), TokenRun((60, 70, 80))],
    "a picture and its regions": [
        TokenRun((1, 50)),
        RowRun("a", ROWS),
        RowRun("a/1", ROWS[5:6]),
        TokenRun((90, 91, 92, 93)),
        RowRun("a/2", ROWS[9:10]),
        TokenRun((94, 95, 96, 97, 60, 70, 80)),
    ],
    "rows first": [RowRun("a", ROWS[:3]), TokenRun((80,))],
    "rows last": [TokenRun((80,)), RowRun("a", ROWS[:3])],
    "longer than a batch": [
        TokenRun(tuple(3 + n % 250 for n in range(600))),
        RowRun("a", ROWS),
        TokenRun((60, 70, 80)),
    ],
}


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("llama") / "tiny.gguf"
    write_tiny_llama(path, seed=3)
    return path


@pytest.fixture(scope="module")
def reference(gguf: Path) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, dtype=torch.float32
    )
    return model.eval()


@pytest.fixture
def decoder(gguf: Path) -> Iterator[LlamaDecoder]:
    decoder = LlamaDecoder(gguf, n_ctx=1024, threads=1)
    yield decoder
    decoder.close()


@torch.inference_mode()
def expected(model: PreTrainedModel, prompt: list[Run]) -> tuple[NDArray[np.float32], list[int]]:
    """The logits behind the prompt [n_vocab], and the greedy tokens that follow."""
    table = model.get_input_embeddings()
    parts = [
        table(torch.tensor(run.ids)) if isinstance(run, TokenRun) else torch.from_numpy(run.array)
        for run in prompt
    ]
    output = model(inputs_embeds=torch.cat(parts)[None], use_cache=True)
    logits = output.logits[0, -1]
    tokens = []
    for _ in range(STEPS):
        tokens.append(int(output.logits[0, -1].argmax()))
        step = torch.tensor([[tokens[-1]]])
        output = model(input_ids=step, past_key_values=output.past_key_values, use_cache=True)
    return logits.numpy(), tokens


@pytest.mark.parametrize("name", PROMPTS)
def test_logits_and_greedy_tokens_agree(
    reference: PreTrainedModel, decoder: LlamaDecoder, name: str
) -> None:
    logits, tokens = expected(reference, PROMPTS[name])
    read(decoder, PROMPTS[name])
    # Attention rounds keys and values to float16, which is where the difference comes from.
    assert np.abs(decoder.context.logits() - logits).max() < 0.01 * logits.std()
    assert greedy(decoder) == tokens


def test_exact_attention_leaves_next_to_no_difference(
    reference: PreTrainedModel, gguf: Path
) -> None:
    prompt = PROMPTS["longer than a batch"]
    logits, _ = expected(reference, prompt)
    decoder = LlamaDecoder(gguf, n_ctx=1024, threads=1, exact=True)
    read(decoder, prompt)
    assert np.abs(decoder.context.logits() - logits).max() < 1e-5 * logits.std()
    decoder.close()


def greedy(decoder: LlamaDecoder) -> list[int]:
    tokens = []
    for _ in range(STEPS):
        tokens.append(int(decoder.context.logits().argmax()))
        decoder.context.step(tokens[-1])
    return tokens
