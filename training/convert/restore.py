"""An edition -> runs that training goes on from: `export` the other way round."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from training.convert.edition import VISION_CONFIG_NAME, Tensors, read_edition, read_weights
from training.convert.hearing import read_words
from training.errors import ConversionError
from training.language import LoraSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreConfig:
    """`eyes` gets the encoder and the region head, `joint` the projector and the LoRA, `ears` the
    adaptor where the edition has one."""

    edition: Path = Path("resources/models/sightline-mini")
    eyes: Path = Path("runs/eyes")
    joint: Path = Path("runs/edition")
    ears: Path = Path("runs/ears")


def restore(config: RestoreConfig) -> None:
    """Write both folders, in float32. Raises ConversionError where the edition can't be used."""
    edition = read_edition(config.edition)
    path = config.edition / VISION_CONFIG_NAME
    if edition.manifest.vision is None or edition.lora is None:
        raise ConversionError(f"{config.edition} has no eyes or no LoRA: nothing to go on from.")
    try:
        vision = json.loads(path.read_text(encoding="utf-8"))
        facts = {"variant": vision["kind"], "classes": vision["regions"]["classes"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConversionError(f"{path} can't be used: {error!r}.") from error
    eyes = {
        name.replace("regions.", "head.", 1) if name.startswith("regions.") else name: values
        for name, values in read_weights(config.edition, "vision").items()
    }
    _write(config.eyes, "eyes", eyes)
    facts["side"] = edition.manifest.vision.side
    (config.eyes / "eyes.json").write_text(json.dumps(facts), encoding="utf-8")
    _write(config.joint, "projector", read_weights(config.edition, "projector"))
    _write(config.joint, "lora", read_weights(config.edition, "lora"))
    if edition.ears is not None:
        tokens = np.asarray(read_words(config.edition), np.int32)
        _write(
            config.ears, "adaptor", {**read_weights(config.edition, "adaptor"), "tokens": tokens}
        )
    lora = LoraSettings(rank=edition.lora.rank, alpha=int(edition.lora.alpha))
    (config.joint / "lora.json").write_text(json.dumps(asdict(lora)), encoding="utf-8")


def _write(folder: Path, name: str, tensors: Tensors) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {
            key: np.ascontiguousarray(values, np.int32 if key == "tokens" else np.float32)
            for key, values in tensors.items()
        },
        folder / f"{name}.safetensors",
    )


def main(config: RestoreConfig) -> None:
    """The command `restore`."""
    restore(config)
    print(f"{config.eyes}, {config.joint}: training can go on from here", file=sys.stderr)
