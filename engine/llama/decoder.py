"""The session's text decoder: a GGUF file, its context and its sampler, behind one class."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.llama.context import Context
from engine.llama.hardware import usable_threads
from engine.llama.model import Model
from engine.llama.sampler import Sampler
from engine.prompt.chat import ChatFormat
from engine.seams import Cancelled, Prefilled, Run
from engine.types import Sampling

if TYPE_CHECKING:
    from engine.llama.mtmd import Mtmd


class LlamaDecoder:
    """A `TextDecoder` over llama.cpp. Not for two threads at once.

    `n_ctx` is the context wanted; the machine's memory may allow less, see the property. `gpu`
    False keeps it on the processor; `exact` attends in float32, slowly, for comparisons. With
    `mmproj`, that file is `senses`, freed with the rest. Raises BundleError where a file can't be
    loaded and ResourceError where memory runs out.
    """

    def __init__(
        self,
        path: Path,
        *,
        n_ctx: int,
        threads: int | None = None,
        gpu: bool = True,
        exact: bool = False,
        mmproj: Path | None = None,
    ) -> None:
        self.model = Model(path, gpu=gpu)
        self.threads = threads or usable_threads()
        self.senses: Mtmd | None = None
        try:
            if mmproj is not None:
                from engine.llama.mtmd import Mtmd  # a library of its own, which few models need

                self.senses = Mtmd(mmproj, self.model, threads=self.threads)
            block = self.senses.block() if self.senses else 0
            self.context = Context(
                self.model, n_ctx=n_ctx, threads=self.threads, block=block, exact=exact
            )
        except BaseException:
            self._free()
            raise
        self.n_ctx = self.context.n_ctx
        self.n_embd = self.model.n_embd
        self.bos = self.model.bos

    @property
    def chat(self) -> ChatFormat | None:
        """The chat template inside the file; None where it has none."""
        return self.model.chat

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """Token ids; markers such as <|im_end|> are one token only where `special`."""
        return self.model.tokenize(text, special=special)

    def prefill(
        self, prompt: Sequence[Run], *, cancelled: Cancelled
    ) -> Generator[float, None, Prefilled]:
        """Reads the prompt, reusing the longest prefix that an earlier call left in the cache."""
        return self.context.read(prompt, cancelled=cancelled)

    def stream(
        self,
        sampling: Sampling,
        *,
        grammar: str | None = None,
        shown: Sequence[str] = (),
        at_least: int = 0,
    ) -> Generator[bytes, None, None]:
        """The answer to the prompt read last, a token's bytes at a time, until the turn ends.

        A control token has no bytes, unless its text is one of `shown`. The turn and its
        first statement end after `at_least` tokens, where no grammar asks for its end.
        """
        model, context = self.model, self.context
        with Sampler(model, sampling, grammar=grammar, at_least=at_least) as sampler:
            while not model.ends_turn(token := sampler.next(context)):
                yield model.piece(token) or model.marker(token, shown)
                context.step(token)

    def close(self) -> None:
        """Gives the memory back; further calls are errors."""
        self.context.close()
        self._free()

    def _free(self) -> None:
        if self.senses is not None:
            self.senses.close()
        self.model.close()
