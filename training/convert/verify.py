"""Is what the engine runs what was trained? PyTorch against llama.cpp, and their tokenizers.

Both sides get the same prompts (the engine's own) and the same weights: base and LoRA merged and
rounded to float16. PyTorch computes with them in float32, and so does llama.cpp's attention here,
which in use rounds keys and values: what is compared is the model.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from engine.bundle import Bundle
from engine.encode import picture_encoder
from engine.grounding.geometry import Box
from engine.llama.decoder import LlamaDecoder
from engine.models.eyes import Eyes
from engine.prompt.tasks import TASKS
from engine.prompting import Prompter
from engine.seams import Run, TokenRun, never
from engine.types import ImagePart, Message, Part, RegionPart, Sampling, TextPart
from training.convert.bundle import BuildConfig, build
from training.convert.edition import pieces, read_edition
from training.convert.gguf_reader import read_language_model, read_tokenizer
from training.convert.merge import merge_into, read_lora
from training.data.plain import plain_questions
from training.errors import ConversionError
from training.parts import fetch

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

ENOUGH = 0.99
_CONTEXT = 1024
_NAMES = (
    "person", "cat", "dog", "cup", "red shape", "book", "window", "white flower", "helmet", "spoon",
)  # fmt: skip
_REGION = Box(0.25, 0.2, 0.75, 0.8)
# Blocks of Unicode that strings are drawn from; ASCII comes more often.
_BLOCKS = (
    (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x5FF), (0x600, 0x6FF),
    (0x900, 0xAFF), (0x2000, 0x2BFF), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0x1F300, 0x1F6FF),
    (0x01, 0x10FFFF),
)  # fmt: skip
_SURROGATES = range(0xD800, 0xE000)
_JOINTS = (" ", "  ", "\n", "\n\n", "\t", " \n", "'s", " the", "12", "<|im_end|>", "{<12><34>}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyConfig:
    """How many prompts (half of them about `pictures`), tokens of each answer, and strings."""

    edition: Path = Path("resources/models/sightline-mini")
    pictures: Path = Path("resources/examples")
    prompts: int = 200
    tokens: int = 24
    strings: int = 10_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of `count` comparisons, those that `differ`: what was given, and both outcomes."""

    count: int
    differ: tuple[str, ...]

    @property
    def share(self) -> float:
        return 1 - len(self.differ) / max(1, self.count)


def compare_tokenizers(
    theirs: Callable[[str], list[int]], ours: Callable[[str], list[int]], *, count: int, seed: int
) -> Agreement:
    """Two tokenizers on `count` strings; special markers are one token for both."""
    strings = random_strings(count, random.Random(f"strings:{seed}"))
    differ = [repr(text) for text in strings if theirs(text) != ours(text)]
    return Agreement(len(strings), tuple(differ))


def random_strings(count: int, rng: random.Random) -> list[str]:
    """Strings of up to 60 characters from all over Unicode, ASCII and awkward joints among them."""
    return [
        "".join(_random_characters(rng, rng.randint(0, 60))).replace("\0", "") for _ in range(count)
    ]


def _random_characters(rng: random.Random, length: int) -> Iterator[str]:
    for _ in range(length):
        code = rng.randint(*rng.choice(_BLOCKS))
        yield "�" if code in _SURROGATES else chr(code)
        if rng.random() < 0.15:
            yield rng.choice(_JOINTS)


def compare_answers(
    model: LlamaForCausalLM, decoder: LlamaDecoder, prompts: Sequence[list[Run]], *, tokens: int
) -> Agreement:
    """The greedy answers of both sides to the same prompts, token by token."""
    differ = []
    for prompt in tqdm(prompts, unit="prompt", desc="verify", disable=None):
        theirs = [decoder.model.piece(token) for token in _greedy(model, decoder, prompt, tokens)]
        _drain(decoder, prompt)
        answer = decoder.stream(Sampling())
        ours = [piece for piece, _ in zip(answer, range(tokens), strict=False)]
        answer.close()
        if ours != theirs:
            differ.append(f"{b''.join(ours)!r} instead of {b''.join(theirs)!r}")
    return Agreement(len(prompts), tuple(differ))


def _drain(decoder: LlamaDecoder, prompt: list[Run]) -> None:
    for _ in decoder.prefill(prompt, cancelled=never):
        pass


def _greedy(
    model: LlamaForCausalLM, decoder: LlamaDecoder, prompt: list[Run], most: int
) -> Iterator[int]:
    """The most likely next token, again and again, until the turn ends."""
    import torch

    embed = model.get_input_embeddings()
    blocks = [
        embed(torch.tensor(run.ids)) if isinstance(run, TokenRun) else torch.from_numpy(run.array)
        for run in prompt
    ]
    rows = torch.cat(blocks)[None]  # [1, T, n_embd]
    past = None
    for _ in range(most):
        with torch.inference_mode():
            out = model(inputs_embeds=rows, past_key_values=past, use_cache=True, logits_to_keep=1)
        token = int(out.logits[0, -1].argmax())
        if decoder.model.ends_turn(token):
            return
        yield token
        past = out.past_key_values
        rows = embed(torch.tensor([[token]]))


def fixed_prompts(
    bundle: Bundle, decoder: LlamaDecoder, pictures: Sequence[Path], count: int
) -> list[list[Run]]:
    """Prompts as the engine makes them: plain questions, and every task on each picture."""
    prompter = Prompter(decoder, bundle.manifest, TASKS)
    views = {}
    asked: list[Message] = []
    if bundle.manifest.vision is not None:
        encoder = picture_encoder(bundle, Eyes.load(bundle.path, bundle.manifest))
        views = {path: encoder.encode_image(path) for path in pictures} if encoder else {}
        asked = [message for path in pictures for message in _about(path)][: count // 2]
    for question in plain_questions(measured=True)[: count - len(asked)]:
        asked.append(Message("user", (TextPart(question),)))
    return [prompter.question([message], views, max_tokens=64)[0] for message in asked]


def _about(picture: Path) -> Iterator[Message]:
    def ask(task: str, *parts: Part) -> Message:
        return Message("user", (ImagePart(picture), *parts), task=task)

    yield ask("caption")
    yield ask("grounding")
    yield ask("identify", RegionPart(_REGION))
    for name in _NAMES:
        yield ask("refer", TextPart(f"the {name}"))
        yield ask("detection", TextPart(f"{name}s"))
        yield ask("vqa", TextPart(f"is there a {name}?"))
        yield ask("chat", TextPart(f"what can you say about the {name}?"))


def trained_model(folder: Path) -> LlamaForCausalLM:
    """The edition's language model in PyTorch: merged, rounded to float16, held as float32."""
    import torch

    edition = read_edition(folder)
    model = read_language_model(fetch(edition.base))
    if edition.lora is not None:
        merge_into(model, read_lora(pieces(folder, "lora"), edition.lora))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.copy_(parameter.half().float())
    return model


def verify(config: VerifyConfig) -> tuple[Agreement, Agreement]:
    """How far answers and tokenizers agree, for one edition at float16."""
    pictures = sorted(config.pictures.glob("*.jpg"))
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary) / "bundle"
        bundle = build(BuildConfig(edition=config.edition, out=place, quantization="F16"))
        decoder = LlamaDecoder(bundle.language_model, n_ctx=_CONTEXT, exact=True)
        try:
            tokenizer = read_tokenizer(bundle.language_model)
            tokens = compare_tokenizers(
                lambda text: list(tokenizer(text, add_special_tokens=False).input_ids),
                lambda text: decoder.tokenize(text, special=True),
                count=config.strings,
                seed=config.seed,
            )
            prompts = fixed_prompts(bundle, decoder, pictures, config.prompts)
            model = trained_model(config.edition)
            return compare_answers(model, decoder, prompts, tokens=config.tokens), tokens
        finally:
            decoder.close()


def main(config: VerifyConfig) -> None:
    """The command `verify`. Raises ConversionError where the two sides are not the same model."""
    answers, strings = verify(config)
    for found, what in ((answers, "prompts answered"), (strings, "strings tokenized")):
        print(f"{found.count - len(found.differ)} of {found.count} {what} alike")
        for difference in found.differ[:10]:
            print(f"  {difference}", file=sys.stderr)
    if answers.share < ENOUGH or strings.differ:
        raise ConversionError(f"{config.edition}: the engine does not run what was trained.")
