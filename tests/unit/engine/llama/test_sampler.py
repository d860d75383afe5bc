"""The sampler chain and the grammar, over the logits of a tiny random model."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from engine.errors import InputError
from engine.grounding.codec import DIALECTS, Grammar
from engine.llama.decoder import LlamaDecoder
from engine.llama.sampler import Sampler
from engine.seams import Run, TokenRun
from engine.types import Sampling
from tests.support.running import read, said_by

PROMPT: list[Run] = [TokenRun((1, 50, 60, 70))]


def draws(decoder: LlamaDecoder, sampling: Sampling, count: int = 300) -> Counter[int]:
    """How often each token is chosen first, the same logits over and over."""
    read(decoder, PROMPT)
    with Sampler(decoder.model, sampling) as sampler:
        return Counter(sampler.next(decoder.context) for _ in range(count))


def ranked(decoder: LlamaDecoder) -> list[int]:
    read(decoder, PROMPT)
    return [int(token) for token in np.argsort(-decoder.context.logits())]


def test_temperature_zero_takes_the_likeliest(decoder: LlamaDecoder) -> None:
    assert draws(decoder, Sampling(), 20) == {ranked(decoder)[0]: 20}


def test_none_of_the_first_tokens_ends_turn_or_statement(decoder: LlamaDecoder) -> None:
    """Even one that the model is sure of."""
    model = decoder.model
    ending = {t for t in range(model.n_vocab) if model.ends_turn(t)}
    stopping = {t for t in range(model.n_vocab) if set(model.piece(t)) & set(b".!\n")}
    assert ending and stopping and set(model.ends.tolist()) == ending | stopping
    assert {model.tokenize(text, special=False)[-1] for text in ("a.", "a!", "a\n")} <= stopping
    read(decoder, PROMPT)
    logits = decoder.context.logits()
    logits[model.ends] = logits.max() + 50
    with Sampler(model, Sampling(), at_least=2) as sampler:
        first, second, third = (sampler.next(decoder.context) for _ in range(3))
    assert first == second not in model.ends
    assert third in model.ends


def test_a_seed_decides_everything(decoder: LlamaDecoder) -> None:
    answers = []
    for seed in (7, 7, 8):
        read(decoder, PROMPT)
        answers.append(said_by(decoder, 20, Sampling(temperature=1.5, seed=seed)))
    assert answers[0] == answers[1] != answers[2]


def test_top_k_leaves_k(decoder: LlamaDecoder) -> None:
    drawn = draws(decoder, Sampling(temperature=2.0, top_k=3))
    assert set(drawn) == set(ranked(decoder)[:3])


def test_top_p_leaves_the_share(decoder: LlamaDecoder) -> None:
    order = ranked(decoder)
    logits = decoder.context.logits().astype(np.float64)
    likely = np.exp(logits - logits.max())
    likely /= likely.sum()
    kept = int(np.searchsorted(np.cumsum(likely[order]), 0.2)) + 1
    assert 1 < kept < 100
    assert set(draws(decoder, Sampling(temperature=1.0, top_p=0.2))) <= set(order[:kept])


def test_min_p_drops_the_unlikely(decoder: LlamaDecoder) -> None:
    order = ranked(decoder)
    logits = decoder.context.logits().copy()
    allowed = {token for token in order if logits[token] >= logits.max() + np.log(0.5)}
    assert set(draws(decoder, Sampling(temperature=1.0, min_p=0.5))) == allowed


def test_a_repeat_penalty_stops_a_loop(decoder: LlamaDecoder) -> None:
    read(decoder, PROMPT)
    plain = said_by(decoder, 60)
    read(decoder, PROMPT)
    varied = said_by(decoder, 60, Sampling(repeat_penalty=5.0))
    assert plain[0] == varied[0]
    assert len(set(varied)) > len(set(plain))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("name", ["minigpt-v2", "shikra"])
def test_a_grammar_lets_nothing_else_through(
    decoder: LlamaDecoder, name: str, temperature: float
) -> None:
    constraint = DIALECTS[name].grammar("box-or-none")
    read(decoder, PROMPT)
    sampling = Sampling(temperature=temperature, seed=3)
    answer = b"".join(said_by(decoder, 60, sampling, grammar=constraint)).decode()
    box = {
        "minigpt-v2": r"\{(<(100|[1-9]?\d)>){4}\}",
        "shikra": r"\[([01]\.\d{3},){3}[01]\.\d{3}\]",
    }[name]
    assert re.fullmatch(f" ?(none|{box})", answer)


@pytest.mark.parametrize("kind", ["box-or-none", "phrases-or-none", "phrases"])
def test_llama_cpp_reads_every_dialects_grammar(decoder: LlamaDecoder, kind: Grammar) -> None:
    for dialect in DIALECTS.values():
        constraint = dialect.grammar(kind)
        if constraint is not None:
            with Sampler(decoder.model, Sampling(), grammar=constraint):
                pass


def test_a_grammar_that_is_none(decoder: LlamaDecoder) -> None:
    read(decoder, PROMPT)
    with pytest.raises(InputError, match="can't read the grammar 'root ::= nowhere'"):
        said_by(decoder, 1, grammar="root ::= nowhere")


def test_an_allowed_choice_is_the_free_choice(decoder: LlamaDecoder) -> None:
    """A grammar that allows what is said anyway changes nothing."""
    read(decoder, PROMPT)
    (free,) = said_by(decoder, 1, Sampling(temperature=1.0, seed=2))
    read(decoder, PROMPT)
    constraint = "root ::= [\\x00-\\x7f]*"
    assert free.isascii()
    assert said_by(decoder, 1, Sampling(temperature=1.0, seed=2), grammar=constraint) == [free]
