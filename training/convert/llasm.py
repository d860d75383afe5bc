"""The published LLaSM (arXiv 2308.15930) and Whisper large-v2 -> a bundle that hears.

LLaSM-Cllama2 and LLaSM-Baichuan are folders in transformers' form: a Llama with three tokens more
and `model.mm_projector`, the adaptor behind Whisper's decoder (llasm.py of LinkSoul-AI/LLaSM). The
prompts are those of its infer_tokenize.py; which of the two a folder is, the size of its vocabulary
tells.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.bundle import AdaptorFacts, Bundle, Manifest, SpeechFacts, write_bundle
from engine.bundle.speech import ADAPTOR, SPEECH_WEIGHTS
from engine.prompt.template import PromptStyle
from engine.types import Sampling
from training.convert.bundle import drafted
from training.convert.checkpoint import Checkpoint, Shape, check_tensors
from training.convert.configuration import built, read_json
from training.convert.hearing import write_speech_facts
from training.convert.language import read_config, write_language_model
from training.convert.stream import shapes_of, write_half
from training.errors import ConversionError

if TYPE_CHECKING:
    from transformers import WhisperConfig

AUDIO_TOKENS = ("<au_patch>", "<au_start>", "<au_end>")
TASKS = ("chat",)
SYSTEM = (
    "You are a helpful language and speech assistant. You are able to understand the speech "
    "content that the user provides, and assist the user with a variety of tasks using natural "
    "language."
)
SECONDS = 30.0
_LLAMA_TOKENS = 64_000  # Baichuan-7B has as many, Llama 2 half of them
_ADAPTOR = {"model.mm_projector.weight": "rows.weight", "model.mm_projector.bias": "rows.bias"}
# The decoder's last layer is its table of tokens; it is not needed for hidden states.
_NOT_USED = "proj_out.weight"


def convert_llasm(*, model: Path, whisper: Path, quant: str, out: Path) -> Bundle:
    """The bundle at `out`, whole or not at all.

    `model` and `whisper` are folders. Raises ConversionError where they are something else, damaged
    or don't fit each other, and what `quantize` raises.
    """
    config, hearing = read_config(model), read_whisper_config(whisper)
    weights = Checkpoint.open(model)
    own = weights.renamed(lambda name: name if name in _ADAPTOR else None)
    shapes: tuple[Shape, ...] = ((config.hidden_size, hearing.d_model), (config.hidden_size,))
    check_tensors(own.shapes(), dict(zip(_ADAPTOR, shapes, strict=True)), model)
    adaptor = own.renamed(_ADAPTOR.get)
    ears = whisper_weights(whisper, hearing)
    facts = read_json(model / "config.json")
    tokens = facts.get("audio_token_len", 64)
    if not isinstance(tokens, int) or not 0 < tokens <= hearing.max_target_positions:
        raise ConversionError(
            f"{model / 'config.json'}: `audio_token_len` can't be {tokens!r}; {whisper} has places "
            f"for {hearing.max_target_positions}."
        )
    with drafted(out) as draft:
        write_speech_facts(hearing, draft)
        write_half(ears, ears.names(), draft / SPEECH_WEIGHTS)
        write_half(adaptor, adaptor.names(), draft / ADAPTOR)
        write_language_model(
            weights.renamed(lambda name: None if name in _ADAPTOR else name),
            model,
            draft / "llm.gguf",
            quantization=quant,
            extra=AUDIO_TOKENS,
        )
        manifest = _manifest(
            baichuan=config.vocab_size >= _LLAMA_TOKENS,
            context=config.max_position_embeddings,
            n_embd=config.hidden_size,
            tokens=tokens,
        )
        bundle = write_bundle(draft, manifest)
    return Bundle(out, bundle.manifest)


def read_whisper_config(folder: Path) -> WhisperConfig:
    """What the Whisper in `folder` is. Raises ConversionError where it is none."""
    from transformers import WhisperConfig

    path = folder / "config.json"
    facts = read_json(path)
    if facts.pop("model_type", None) != "whisper":
        raise ConversionError(f"{path} describes no Whisper; give Whisper large-v2's folder.")
    config: WhisperConfig = built(WhisperConfig, facts, path)
    return config


def whisper_weights(folder: Path, config: WhisperConfig) -> Checkpoint:
    """Encoder and decoder under the engine's names, checked. Raises ConversionError."""
    from transformers import WhisperModel

    found = Checkpoint.open(folder).renamed(
        lambda name: None if name == _NOT_USED else name.removeprefix("model.")
    )
    check_tensors(found.shapes(), shapes_of(lambda: WhisperModel(config)), folder)
    return found


def _manifest(*, baichuan: bool, context: int, n_embd: int, tokens: int) -> Manifest:
    return Manifest(
        name="llasm-baichuan" if baichuan else "llasm-cllama2",
        version="1",
        licence="openrail; the language model's own licence",
        languages=("zh", "en"),
        context=context,
        n_embd=n_embd,
        prompt=PromptStyle(
            template="llasm-baichuan" if baichuan else "llasm",
            audio=AUDIO_TOKENS[1:],
            system=SYSTEM,
            media_tokens=True,
        ),
        tasks=TASKS,
        dialect="plain",
        vision=None,
        speech=SpeechFacts(
            seconds=SECONDS,
            longer="refuse",
            windows=None,
            adaptor=AdaptorFacts(kind="whisper decoder", tokens=tokens),
        ),
        sampling={"default": Sampling(max_tokens=512)},
    )
