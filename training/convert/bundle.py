"""An edition and its base -> a bundle: merged, quantized, with its manifest and hashes.

Needs neither torch nor transformers, except for ears. The bundle is put together beside its place
and appears there whole; one that was made from the same inputs is kept.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from safetensors.numpy import save_file

from engine.bundle import Bundle, write_bundle
from engine.errors import BundleError
from engine.llama.quantize import quantize
from training.convert.edition import (
    VISION_CONFIG_NAME,
    Edition,
    pieces,
    read_edition,
    read_weights,
)
from training.convert.gguf_writer import write_merged
from training.convert.merge import read_lora
from training.errors import ConversionError
from training.parts import fetch, find

ORIGIN_NAME = "origin.json"
_RECIPE = 1  # raised when the same inputs give another bundle
_NOT_COMPARED = {"README.md"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConfig:
    """`edition` is the folder of trained parts, `out` the bundle's; `quantization` (F16, Q8_0,
    Q5_1, Q4_K_M ...) replaces the edition's own; `force` builds also where nothing has changed."""

    edition: Path = Path("resources/models/sightline-mini")
    out: Path = Path("build/sightline-mini")
    quantization: str | None = None
    force: bool = False


def build(config: BuildConfig) -> Bundle:
    """The bundle of an edition, made where it is not there yet from these very inputs.

    Raises ConversionError, PartError or BundleError: what can't be used and the way out; what
    stood at `out` is then as it was.
    """
    edition = read_edition(config.edition)
    if config.quantization:
        edition = replace(edition, quantization=config.quantization)
    origin = origin_of(config.edition, edition)
    if not config.force and (kept := _kept(config.out, origin)) is not None:
        return kept
    with drafted(config.out) as draft:
        _write_language_model(config.edition, edition, draft / "llm.gguf")
        if edition.manifest.vision is not None:
            _write_vision(config.edition, draft)
        if edition.ears is not None:
            _write_ears(config.edition, edition, draft)
        evaluation = config.edition / "evaluation.json"
        if evaluation.exists():
            shutil.copyfile(evaluation, draft / evaluation.name)
        (draft / ORIGIN_NAME).write_text(json.dumps(origin, indent=1) + "\n", encoding="utf-8")
        bundle = write_bundle(draft, edition.manifest)
    return Bundle(config.out, bundle.manifest)


@contextmanager
def drafted(place: Path) -> Iterator[Path]:
    """A new folder beside `place` for a bundle's files; it is put there when the block is done.

    Where the block fails or is killed, what stood at `place` is as it was.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".building-") as temporary:
        draft = Path(temporary) / "bundle"
        draft.mkdir()
        yield draft
        _put_in_place(draft, place, Path(temporary) / "old")


def origin_of(folder: Path, edition: Edition) -> dict[str, str]:
    """What the bundle is made from: name -> hash, for every file of the edition and the base."""
    origin = {"recipe": str(_RECIPE), "quantization": edition.quantization}
    origin["base"] = find(edition.base).sha256
    if edition.ears is not None:
        origin["ears"] = find(edition.ears).sha256
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in _NOT_COMPARED:
            origin[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return origin


def model_hash(bundle: Bundle) -> str:
    """One hash of what computes the answers: weights, their config and the manifest's facts.

    Measurements name it; it does not change when they are put into the bundle.
    """
    files = {
        name: facts.sha256
        for name, facts in bundle.manifest.files.items()
        if name not in ("evaluation.json", ORIGIN_NAME)
    }
    words = json.dumps(sorted(files.items())) + repr(replace(bundle.manifest, files={}))
    return hashlib.sha256(words.encode()).hexdigest()


def _kept(folder: Path, origin: dict[str, str]) -> Bundle | None:
    try:
        if json.loads((folder / ORIGIN_NAME).read_text(encoding="utf-8")) != origin:
            return None
        return Bundle.open(folder)
    except (OSError, ValueError, BundleError):
        return None


def _write_language_model(folder: Path, edition: Edition, target: Path) -> None:
    lora = None
    if edition.lora is not None:
        files = pieces(folder, "lora")
        if not files:
            raise ConversionError(f"{folder} holds no lora.safetensors; export a run there first.")
        lora = read_lora(files, edition.lora)
    whole = target if edition.quantization == "F16" else target.parent.parent / "merged.gguf"
    write_merged(fetch(edition.base), lora, whole)
    if whole != target:
        quantize(whole, target, edition.quantization)
        whole.unlink()


def _write_vision(folder: Path, draft: Path) -> None:
    vision = draft / "vision"
    vision.mkdir()
    try:
        shutil.copyfile(folder / VISION_CONFIG_NAME, vision / "config.json")
    except FileNotFoundError:
        raise ConversionError(
            f"{folder} holds no {VISION_CONFIG_NAME}; export a run there first."
        ) from None
    save_file(read_weights(folder, "vision"), vision / "model.safetensors")
    save_file(read_weights(folder, "projector"), draft / "projector.safetensors")


def _write_ears(folder: Path, edition: Edition, draft: Path) -> None:
    from training.convert.ct2_reader import read_whisper
    from training.convert.hearing import write_ears

    assert edition.ears is not None
    write_ears(folder, fetch(edition.base), read_whisper(fetch(edition.ears)), draft)


def _put_in_place(draft: Path, place: Path, aside: Path) -> None:
    """Two renames: whoever opens the bundle meanwhile finds the old one, the new one or none."""
    if place.exists():
        place.rename(aside)
    try:
        draft.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise


def main(config: BuildConfig) -> None:
    """The command `build`."""
    start = time.monotonic()
    bundle = build(config)
    took = time.monotonic() - start
    print(
        f"{bundle.path}: {bundle.manifest.name} {bundle.manifest.version}, "
        f"{bundle.manifest.size / 1e6:.0f} MB, {took:.0f} s",
        file=sys.stderr,
    )
