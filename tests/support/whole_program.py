"""A bundle asked through the whole program, for comparison with another implementation's tokens."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from engine.bundle import Bundle
from engine.engine import Engine
from engine.llama.decoder import LlamaDecoder
from engine.senses import Senses
from engine.types import Answer, Finished, Message, Request, Sampling

TOKENS = 6


class Noting(LlamaDecoder):
    """Attends in float32 and writes down what it says, a token's bytes each."""

    said: list[bytes]

    def stream(
        self,
        sampling: Sampling,
        *,
        grammar: str | None = None,
        shown: Sequence[str] = (),
        at_least: int = 0,
    ) -> Generator[bytes, None, None]:
        self.said = []
        for data in super().stream(sampling, grammar=grammar, shown=shown, at_least=at_least):
            self.said.append(data)
            yield data


class Asked:
    """An engine of a bundle that gives the tokens of its answers."""

    def __init__(self, engine: Engine, decoder: Noting, senses: Senses) -> None:
        self.senses = senses
        self._engine = engine
        self._decoder = decoder

    def tokens(self, *messages: Message) -> list[bytes]:
        """The first tokens of a greedy answer."""
        self.answer(*messages, most=TOKENS)
        return self._decoder.said

    def answer(self, *messages: Message, most: int) -> Answer:
        """A greedy answer of at most so many tokens."""
        *_, last = self._engine.answer(Request("1", messages, Sampling(max_tokens=most)))
        assert isinstance(last, Finished)
        assert last.answer.error is None, last.answer.error
        return last.answer

    def pieces(self, ids: list[int], *, end: int) -> list[bytes]:
        """Another implementation's token ids as bytes, up to the token `end`."""
        answer = ids[: ids.index(end)] if end in ids else ids
        return [self._decoder.model.piece(token) for token in answer]


@contextmanager
def asked(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """The engine of the bundle in `folder`, computing in float32 on the processor."""
    from engine.models import ears, eyes

    exactly = (torch.device("cpu"), torch.float32)
    for module in (eyes, ears):
        patch.setattr(module, "device_and_dtype", lambda _device="cpu": exactly)
    bundle = Bundle.open(folder)
    manifest = bundle.manifest
    seeing = eyes.Eyes.load(folder, manifest) if manifest.vision else None
    hearing = ears.Ears.load(folder, manifest) if manifest.speech else None
    senses = Senses.of(bundle, seeing, hearing)
    decoder = Noting(bundle.language_model, n_ctx=manifest.context, gpu=False, exact=True)
    with Engine(bundle, decoder, senses, device="cpu") as engine:
        yield Asked(engine, decoder, senses)
