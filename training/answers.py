"""The base model's own answers to plain questions: what a text-only answer must stay like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from engine.grounding.codec import DIALECTS
from engine.llama.decoder import LlamaDecoder
from engine.prompt.template import PromptStyle, TextSegment, render
from engine.seams import TokenRun, never
from engine.types import Message, Sampling, TextPart
from training.data.plain import plain_questions
from training.parts import fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersConfig:
    """Where the answers go (JSON lines), and how long one may be, in tokens."""

    out: Path
    measured: bool = False
    most_tokens: int = 80
    threads: int | None = None


def write_answers(config: AnswersConfig) -> None:
    """The command `answers`: greedy answers of the base model; goes on where it was stopped."""
    questions = plain_questions(measured=config.measured)
    config.out.parent.mkdir(parents=True, exist_ok=True)
    done = len(config.out.read_text().splitlines()) if config.out.exists() else 0
    decoder = LlamaDecoder(fetch("language-model"), n_ctx=1024, threads=config.threads)
    with config.out.open("a", encoding="utf-8") as file:
        for question in tqdm(questions[done:], unit="answer"):
            answer = _answer(decoder, question, config.most_tokens)
            file.write(json.dumps({"prompt": question, "answer": answer}) + "\n")
            file.flush()
    decoder.close()


def _answer(decoder: LlamaDecoder, question: str, most: int) -> str:
    style, dialect = PromptStyle(template="chatml"), DIALECTS["minigpt-v2"]
    messages = (Message("user", (TextPart(question),)),)
    tokens: list[int] = []
    for segment in render(messages, style, dialect, answer=True):
        assert isinstance(segment, TextSegment)
        tokens += decoder.tokenize(segment.text, special=segment.special)
    for _ in decoder.prefill([TokenRun(tuple(tokens))], cancelled=never):
        pass
    pieces: Sequence[bytes] = [
        piece for _, piece in zip(range(most), decoder.stream(Sampling()), strict=False)
    ]
    return b"".join(pieces).decode("utf-8", "ignore").strip()
