"""How like the base a bundle answers without a picture: by the likelihood of the base's answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from engine.bundle import Manifest
from engine.llama.decoder import LlamaDecoder
from engine.prompt.tasks import TASKS
from engine.prompting import Prompter
from engine.seams import never
from engine.types import Message, TextPart
from training.data.plain import PlainAnswer

_CONTEXT = 1024
_ANSWER_TOKENS = 128


def likelihood(path: Path, manifest: Manifest, answers: Sequence[PlainAnswer]) -> list[float]:
    """The mean log-likelihood of a token of each answer under the model in a GGUF file, in nats.

    The prompt is the bundle's, as the engine would make it for the question.
    """
    decoder = LlamaDecoder(path, n_ctx=_CONTEXT)
    try:
        prompter = Prompter(decoder, manifest, TASKS)
        shown = tqdm(answers, unit="answer", desc=path.name, disable=None)
        return [_mean(decoder, prompter, answer) for answer in shown]
    finally:
        decoder.close()


def _mean(decoder: LlamaDecoder, prompter: Prompter, pair: PlainAnswer) -> float:
    question = Message("user", (TextPart(pair.prompt),))
    prompt, _ = prompter.question([question], {}, max_tokens=_ANSWER_TOKENS)
    for _ in decoder.prefill(prompt, cancelled=never):
        pass
    total = 0.0
    tokens = decoder.tokenize(pair.answer, special=False)
    for token in tokens:
        total += log_probability(decoder.context.logits(), token)
        decoder.context.step(token)
    return total / max(1, len(tokens))


def log_probability(logits: NDArray[np.float32], token: int) -> float:
    """The natural logarithm of a token's share after softmax over logits [n_vocab]."""
    values = logits.astype(np.float64)
    largest = values.max()
    return float(values[token] - largest - np.log(np.exp(values - largest).sum()))


def compare(base: Sequence[float], bundle: Sequence[float]) -> dict[str, float]:
    """Both means, and by which share of the base's the bundle's differs."""
    mean, own = float(np.mean(base)), float(np.mean(bundle))
    return {"difference": abs(own - mean) / abs(mean), "base": mean, "bundle": own}
