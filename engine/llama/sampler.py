"""Choosing the next token: llama.cpp's sampler chain, and a grammar beside it."""

from __future__ import annotations

import ctypes

import numpy as np
from llama_cpp import llama_cpp as api

from engine.errors import EngineError, InputError
from engine.llama.context import Context
from engine.llama.model import Model
from engine.types import Sampling

_PENALTY_WINDOW = 64  # tokens of the answer that the repeat penalty looks back on
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])


class Sampler:
    """A chain for one answer, as `sampling` says; use it in a `with`, which frees it.

    With a grammar (GBNF), a token is chosen as without one and tested alone; only where the grammar
    refuses it are all tokens tested (llama.cpp's own program does the same, since testing a
    vocabulary takes longer than most models take for a token). Of the first `at_least` tokens none
    ends the turn, nor a statement: a small model that has written a full stop has nothing to add.
    """

    def __init__(
        self, model: Model, sampling: Sampling, *, grammar: str | None = None, at_least: int = 0
    ) -> None:
        self._grammar = _grammar(model, grammar) if grammar else None
        self._chain = _chain(model, sampling)
        self._model = model
        self._missing = at_least
        if self._grammar or at_least:
            self._candidates = np.zeros(model.n_vocab, dtype=_CANDIDATE)
            self._ids = np.arange(model.n_vocab, dtype=np.int32)

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_error: object) -> None:
        api.llama_sampler_free(self._chain)
        if self._grammar:
            api.llama_sampler_free(self._grammar)

    def next(self, context: Context) -> int:
        """The next token from the logits at hand."""
        goes_on, self._missing = self._missing > 0, self._missing - 1
        if not self._grammar and not goes_on:
            return int(api.llama_sampler_sample(self._chain, context.handle, -1))
        token = self._choose(context, constrained=False, goes_on=goes_on)
        if self._grammar and not self._allowed(token):
            token = self._choose(context, constrained=True, goes_on=False)
        if self._grammar:
            api.llama_sampler_accept(self._grammar, token)
        api.llama_sampler_accept(self._chain, token)
        return token

    def _choose(self, context: Context, *, constrained: bool, goes_on: bool) -> int:
        self._candidates["id"] = self._ids
        self._candidates["logit"] = context.logits()
        self._candidates["p"] = 0
        if goes_on:
            self._candidates["logit"][self._model.ends] = -np.inf
        array = _array(self._candidates)
        if constrained:
            api.llama_sampler_apply(self._grammar, ctypes.byref(array))
        api.llama_sampler_apply(self._chain, ctypes.byref(array))
        chosen = array.data[array.selected]
        if constrained and chosen.logit == -np.inf:
            raise EngineError("The grammar of this task allows no token; report the bundle.")
        return int(chosen.id)

    def _allowed(self, token: int) -> bool:
        single = np.array([(token, 1.0, 0.0)], dtype=_CANDIDATE)
        array = _array(single)
        api.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return bool(single["logit"][0] != -np.inf)


def _array(candidates: np.ndarray[tuple[int], np.dtype[np.void]]) -> api.llama_token_data_array:
    data = candidates.ctypes.data_as(api.llama_token_data_p)
    return api.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _grammar(model: Model, text: str) -> api.llama_sampler_p:
    sampler = api.llama_sampler_init_grammar(model.vocabulary, text.encode(), b"root")
    if not sampler:
        raise InputError(f"llama.cpp can't read the grammar {text!r}; see its GBNF guide.")
    return sampler


def _chain(model: Model, sampling: Sampling) -> api.llama_sampler_p:
    chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    for link in _links(model, sampling):
        api.llama_sampler_chain_add(chain, link)
    return chain


def _links(model: Model, sampling: Sampling) -> list[api.llama_sampler_p]:
    """The chain's links, in llama.cpp's usual order; the chain owns them."""
    links = []
    if sampling.repeat_penalty != 1.0:
        penalty = sampling.repeat_penalty
        links.append(
            api.llama_sampler_init_penalties(model.n_vocab, _PENALTY_WINDOW, penalty, 0.0, 0.0)
        )
    if sampling.temperature <= 0:
        return [*links, api.llama_sampler_init_greedy()]
    if sampling.top_k > 0:
        links.append(api.llama_sampler_init_top_k(sampling.top_k))
    if sampling.top_p < 1.0:
        links.append(api.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0.0:
        links.append(api.llama_sampler_init_min_p(sampling.min_p, 1))
    links.append(api.llama_sampler_init_temp(sampling.temperature))
    links.append(api.llama_sampler_init_dist(sampling.seed))
    return links
