"""Ultravox as published, with its Llama 3 -> a bundle that hears.

fixie-ai/ultravox-v0_4 to v0_6 with a Llama as language model, which is published separately
(`text_model_id`). The speech encoder is Whisper's; its weights are in the checkpoint where they
were trained further, else in Whisper's own folder (`audio_model_id`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.bundle import AdaptorFacts, Bundle, Manifest, SpeechFacts, write_bundle
from engine.models.speech import SpeechConfig
from engine.prompt.template import PromptStyle
from engine.types import Sampling
from training.convert.bundle import drafted
from training.convert.checkpoint import Checkpoint, check_tensors
from training.convert.configuration import built, read_json
from training.convert.language import read_config, write_language_model
from training.convert.stream import shapes_of, write_half
from training.errors import ConversionError

CONTEXT = 8192
"""More is not kept of a model's context; Llama 3.1 would take 16 GB for a whole one."""

SECONDS = 30.0
"""A longer recording is cut at a pause, where the published code cuts it anywhere."""

_NAMES = {
    "multi_modal_projector.ln_pre.weight": "before.weight",
    "multi_modal_projector.linear_1.weight": "widen.weight",
    "multi_modal_projector.ln_mid.weight": "middle.weight",
    "multi_modal_projector.linear_2.weight": "rows.weight",
    "multi_modal_projector.ln_post.weight": "end.weight",
}
_TOWER = "audio_tower."
_WHISPER = ("model.encoder.", "encoder.")
# What the chat templates of Llama 3.1 and later write in front of every system message.
_DATES = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"


def convert_ultravox(
    *, model: Path, llama: Path, quant: str, out: Path, whisper: Path | None = None
) -> Bundle:
    """The bundle of a published Ultravox at `out`: whole or not at all.

    `model` is Ultravox's own folder, `llama` that of its language model; `whisper`, a folder, is
    needed where Ultravox's own lacks the speech encoder. `quant` is F16, Q8_0, Q4_K_M ... Raises
    ConversionError where they are something else, damaged or don't fit each other, and what
    `quantize` raises.
    """
    facts = _facts(model)
    speech = _speech_config(model, facts, whisper)
    manifest = _manifest(model, facts, llama)
    weights = Checkpoint.open(model)
    with drafted(out) as draft:
        _write_speech(weights, speech, manifest, draft, whisper)
        target = draft / "llm.gguf"
        write_language_model(Checkpoint.open(llama), llama, target, quantization=quant)
        bundle = write_bundle(draft, manifest)
    return Bundle(out, bundle.manifest)


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    facts = read_json(path)
    wanted = {
        "model_type": "ultravox",
        "projector_act": "swiglu",
        "audio_latency_block_size": None,
        "num_projector_layers": 0,
    }
    usual = wanted | {"model_type": None}
    for key, value in wanted.items():
        if (facts.get(key, usual[key]) or value) != value:
            raise ConversionError(
                f"{path}: `{key}` is {facts.get(key)!r} and must be {value!r}; "
                "this model can't be converted here."
            )
    for key in ("stack_factor", "hidden_size"):
        if not isinstance(facts.get(key), int):
            raise ConversionError(f"{path} does not say `{key}`; download it again.")
    return facts


def _speech_config(folder: Path, facts: dict[str, Any], whisper: Path | None) -> dict[str, Any]:
    """Whisper's configuration, of Ultravox's own file or of Whisper's folder."""
    from transformers import WhisperConfig

    path, inner = folder / "config.json", facts.get("audio_config")
    if not isinstance(inner, dict) or "d_model" not in inner:
        if whisper is None:
            raise ConversionError(
                f"{folder} leaves the speech encoder to {facts.get('audio_model_id')}; give the "
                "folder of that, too (--whisper)."
            )
        path = whisper / "config.json"
        inner = read_json(path)
    if inner.get("model_type", "whisper") != "whisper":
        raise ConversionError(
            f"{path}: the speech encoder is no Whisper but {inner['model_type']!r}; this model "
            "can't be converted here."
        )
    found: dict[str, Any] = built(WhisperConfig, inner, path).to_dict()
    return found


def _manifest(folder: Path, facts: dict[str, Any], llama: Path) -> Manifest:
    language = read_config(llama)
    written = _chat_template(llama)
    if language.model_type != "llama" or (written and "<|start_header_id|>" not in written):
        raise ConversionError(
            f"{llama} is no Llama 3; take the language model that the Ultravox was made for "
            f"({facts.get('text_model_id')})."
        )
    middle = bool(facts.get("projector_ln_mid", False))
    return Manifest(
        name=folder.resolve().name,
        version="1",
        licence="MIT; Llama Community License",
        languages=("en",),
        context=min(CONTEXT, language.max_position_embeddings),
        n_embd=language.hidden_size,
        prompt=PromptStyle(
            template="llama-3",
            audio=("", ""),
            system=_DATES if "Cutting Knowledge Date" in written else None,
        ),
        tasks=("chat", "transcribe"),
        dialect="plain",
        worded=True,
        vision=None,
        speech=SpeechFacts(
            seconds=SECONDS,
            longer="cut",
            windows=None,
            filled=False,
            adaptor=AdaptorFacts(
                kind="ultravox",
                join=facts["stack_factor"],
                width=facts["hidden_size"],
                norm="middle" if middle else "end",
            ),
        ),
        sampling={"default": Sampling(max_tokens=512)},
    )


def _chat_template(folder: Path) -> str:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    path = folder / "tokenizer_config.json"
    return str(read_json(path).get("chat_template") or "") if path.is_file() else ""


def _write_speech(
    weights: Checkpoint,
    facts: dict[str, Any],
    manifest: Manifest,
    draft: Path,
    whisper: Path | None,
) -> None:
    """`speech/` and `adaptor.safetensors`, in half precision."""
    from transformers import WhisperFeatureExtractor

    from engine.models.speech import SpeechEncoder
    from engine.models.ultravox import UltravoxAdaptor

    speech = manifest.speech
    assert speech is not None
    encoder = shapes_of(lambda: SpeechEncoder(SpeechConfig.of(facts)), "encoder.")
    adaptor = shapes_of(
        lambda: UltravoxAdaptor(speech.adaptor, d_audio=facts["d_model"], n_embd=manifest.n_embd)
    )
    whole = weights.renamed(_own_name)
    hearing = whole
    if any(name.startswith(_TOWER) for name in weights.names()):
        check_tensors(whole.shapes(), encoder | adaptor, weights.where)
    else:
        check_tensors(whole.shapes(), adaptor, weights.where)
        if whisper is None:
            raise ConversionError(
                f"{weights.where} holds no speech encoder; give Whisper's folder, too (--whisper)."
            )
        hearing = Checkpoint.open(whisper).renamed(_encoder_name)
        check_tensors(hearing.shapes(), encoder, whisper)
    folder = draft / "speech"
    folder.mkdir()
    write_half(hearing, encoder, folder / "model.safetensors")
    write_half(whole, adaptor, draft / "adaptor.safetensors")
    (folder / "config.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    WhisperFeatureExtractor(feature_size=facts["num_mel_bins"]).save_pretrained(folder)


def _own_name(name: str) -> str:
    if name.startswith(_TOWER):
        return f"encoder.{name.removeprefix(_TOWER)}"
    return _NAMES.get(name, name)


def _encoder_name(name: str) -> str | None:
    """A Whisper's encoder, without its decoder."""
    for prefix in _WHISPER:
        if name.startswith(prefix):
            return f"encoder.{name.removeprefix(prefix)}"
    return None
