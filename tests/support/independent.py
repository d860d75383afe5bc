"""The other implementation: prompts and greedy answers by tokenizers and transformers alone."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import PreTrainedModel

from engine.bundle import Bundle
from engine.llama.decoder import LlamaDecoder
from engine.senses import Senses
from engine.session import Session
from engine.types import Finished, Message, Request, Sampling
from tests.support.tiny_tokenizer import pieces

END = 2


class Reader:
    """A model with a SentencePiece tokenizer; text and rows in, the text of its answer out.

    At half precision: what goes into a matrix of such numbers is rounded to them, as llama.cpp does
    it. Random models are often undecided, so that a sum rounded otherwise is another answer.
    """

    def __init__(self, model: PreTrainedModel, folder: Path) -> None:
        self.model = model.eval()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.register_forward_pre_hook(_rounded)

    @torch.inference_mode()
    def answer(self, prompt: Sequence[str | Tensor], most: int) -> str:
        """Greedy, of at most `most` tokens; every text is tokenized by itself, marks as such."""
        embed = self.model.get_input_embeddings()
        rows = torch.cat([part if isinstance(part, Tensor) else embed(self._ids(part))
                          for part in prompt])[None]  # fmt: skip
        past, found = None, b""
        for _ in range(most):
            out = self.model(inputs_embeds=rows, past_key_values=past, use_cache=True)
            token = int(out.logits[0, -1].argmax())
            if token == END:
                break
            found += _bytes(token)
            past, rows = out.past_key_values, embed(torch.tensor([[token]]))
        return codecs.decode(found, "utf-8", "replace").strip()

    def _ids(self, text: str) -> Tensor:
        return torch.tensor(self.tokenizer.encode(text, add_special_tokens=False).ids)


def _rounded(_module: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (given[0].half().float(),)


def _bytes(token: int) -> bytes:
    known = pieces()
    text = known[token][0] if token < len(known) else ""
    if text.startswith("<0x"):
        return bytes([int(text[3:5], 16)])
    return b"" if token < 3 else text.replace("▁", " ").encode()


class Program:
    """The whole program on a bundle, but for its rounding of keys and values."""

    def __init__(self, bundle: Bundle, senses: Senses) -> None:
        context = bundle.manifest.context
        self._decoder = LlamaDecoder(bundle.language_model, n_ctx=context, gpu=False, exact=True)
        self._session = Session(self._decoder, senses, manifest=bundle.manifest)

    def answer(self, message: Message, most: int) -> str:
        """What the model wrote, markup and all."""
        request = Request("1", (message,), Sampling(max_tokens=most))
        *_, last = self._session.answer(request)
        assert isinstance(last, Finished) and last.answer.error is None, last
        return last.answer.raw

    def close(self) -> None:
        self._decoder.close()


def alike(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """The share of answers that are the same on both sides; those that are not are printed."""
    differ = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    for a, b in differ:
        print(f"{a!r} instead of {b!r}")
    return 1 - len(differ) / len(ours)
