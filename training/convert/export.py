"""What a run has trained -> an edition: gathered by name, in half precision, ready to commit."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.bundle import Manifest, RegionFacts, SpeechFacts, VisionFacts
from engine.prompt.tasks import find_task
from engine.types import Sampling
from training.convert.edition import (
    FACTS_NAME,
    VISION_CONFIG_NAME,
    Edition,
    Tensors,
    check_size,
    read_weights,
    save_edition,
    write_weights,
)
from training.convert.hearing import WORDS_NAME
from training.convert.merge import LoraFacts
from training.convert.telling import further_layers
from training.data.speech.listening import SPEECH, WORDS
from training.errors import ConversionError
from training.eyes import geometry_of
from training.steps.joint import REGIONS, STYLE

_KEPT = ("README.md", "evaluation.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportConfig:
    """Which run becomes which edition.

    `eyes` holds `eyes.safetensors` and `eyes.json`; `joint` holds `projector.safetensors`,
    `lora.safetensors` and `lora.json`, and eyes of its own where the run has tuned them further;
    `ears`, if the model hears, holds `adaptor.safetensors`.
    The manifest's facts that no file of the run says are given here.
    """

    eyes: Path
    joint: Path
    ears: Path | None = None
    out: Path = Path("resources/models/sightline-mini")
    name: str = "sightline-mini"
    version: str = "1"
    licence: str = "research and education only, see the model card"
    languages: tuple[str, ...] = ("en",)
    base: str = "language-model"
    quantization: str = "Q8_0"
    context: int = 4096
    n_embd: int = 576
    dialect: str = "minigpt-v2"
    tasks: tuple[str, ...] = (
        "chat", "vqa", "caption", "grounding", "refer", "identify", "detection", "expression",
    )  # fmt: skip
    join: int = 2
    regions: RegionFacts = REGIONS


def export(config: ExportConfig) -> Edition:
    """Write the edition's folder, whole or not at all; its card and figures stay.

    Raises ConversionError for a missing or damaged file, a tensor that belongs nowhere, numbers
    that float16 can't hold, and an edition that is too large.
    """
    eyes = config.joint if (config.joint / "eyes.json").exists() else config.eyes
    facts = _read_json(eyes / "eyes.json")
    vision = _vision_weights(read_weights(eyes, "eyes"), eyes)
    adaptor = None if config.ears is None else read_weights(config.ears, "adaptor")
    edition = Edition(
        base=config.base,
        quantization=config.quantization,
        manifest=_manifest(config, int(facts["side"]), _speech(adaptor)),
        lora=_lora_facts(config.joint),
        ears="speech-encoder" if config.ears is not None else None,
    )
    config.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.out.parent, prefix=".exporting-") as temporary:
        draft = Path(temporary) / "edition"
        draft.mkdir()
        write_weights(draft, "vision", vision)
        write_weights(draft, "projector", read_weights(config.joint, "projector"))
        if edition.lora is not None:
            write_weights(draft, "lora", read_weights(config.joint, "lora"))
        if adaptor is not None:
            words = json.dumps(adaptor.pop("tokens").tolist())
            (draft / WORDS_NAME).write_text(words + "\n", encoding="utf-8")
            write_weights(draft, "adaptor", adaptor)
        width = vision["regions.objectness.weight"].shape[1]
        regions = {"classes": facts["classes"], "width": width}
        text = json.dumps({"kind": facts["variant"], "regions": regions}, ensure_ascii=False)
        (draft / VISION_CONFIG_NAME).write_text(text + "\n", encoding="utf-8")
        save_edition(draft, edition)
        check_size(draft)
        _move(draft, config.out)
    return edition


def _vision_weights(tensors: Tensors, folder: Path) -> Tensors:
    """Training's `encoder.*` and `head.*` as the bundle's `encoder.*` and `regions.*`."""
    named: Tensors = {}
    for name, values in tensors.items():
        first, _, rest = name.partition(".")
        if first not in ("encoder", "head"):
            raise ConversionError(f"{folder}: {name!r} belongs to no encoder and to no head.")
        named[name if first == "encoder" else f"regions.{rest}"] = values
    return named


def _lora_facts(folder: Path) -> LoraFacts | None:
    path = folder / "lora.json"
    if not path.exists():
        return None
    facts = _read_json(path)
    return LoraFacts(int(facts["rank"]), float(facts["alpha"]))


def _speech(adaptor: Tensors | None) -> SpeechFacts | None:
    """How an adaptor hears: one that `tell` has trained, or `listen`."""
    if adaptor is None:
        return None
    if "fresh" not in adaptor:
        return replace(SPEECH, adaptor=WORDS)
    return replace(SPEECH, adaptor=replace(SPEECH.adaptor, layers=further_layers(adaptor)))


def _manifest(config: ExportConfig, side: int, speech: SpeechFacts | None) -> Manifest:
    geometry = geometry_of(side)
    tasks = config.tasks if speech is None else (*config.tasks, "transcribe")
    return Manifest(
        name=config.name,
        version=config.version,
        licence=config.licence,
        languages=config.languages,
        context=config.context,
        n_embd=config.n_embd,
        prompt=STYLE,
        tasks=tasks,
        dialect=config.dialect,
        vision=VisionFacts(
            side=geometry.side,
            resize=geometry.resize,
            mean=geometry.mean,
            std=geometry.std,
            join=config.join,
            regions=config.regions,
        ),
        speech=speech,
        sampling={
            "default": Sampling(),
            **{task: Sampling(max_tokens=find_task(task).max_tokens) for task in tasks},
        },
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConversionError(f"{path} can't be read: {error}") from error
    return facts


def _move(draft: Path, out: Path) -> None:
    """The weights and facts of the draft into `out`; `edition.json` goes last."""
    out.mkdir(exist_ok=True)
    for old in out.iterdir():
        if old.is_file() and old.name not in _KEPT:
            old.unlink()
    for path in sorted(draft.iterdir(), key=lambda path: path.name == FACTS_NAME):
        shutil.move(path, out / path.name)


def main(config: ExportConfig) -> None:
    """The command `export`."""
    export(config)
    size = check_size(config.out)
    print(f"{config.out}: {size / 2**20:.1f} MiB", file=sys.stderr)
