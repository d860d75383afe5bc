"""What must hold before a bundle is used. Each check raises BundleError that names what failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from engine.bundle.hashes import sha256_of
from engine.bundle.headers import read_gguf_header, read_shapes
from engine.bundle.layers import AGAIN, check_layer, read_object
from engine.bundle.manifest import MANIFEST_NAME, Manifest, VisionFacts
from engine.bundle.mmproj import MMPROJ, check_mmproj
from engine.bundle.speech import SPEECH_FILES, check_speech
from engine.errors import BundleError
from engine.grounding.codec import DIALECTS
from engine.prompt.template import GGUF_TEMPLATE, TEMPLATES

LANGUAGE_MODEL = "llm.gguf"
VISION_CONFIG = "vision/config.json"
VISION_WEIGHTS = "vision/model.safetensors"
PROJECTOR = "projector.safetensors"
EVALUATION = "evaluation.json"

_HARMLESS = {".gguf", ".json", ".md", ".safetensors", ".txt"}

Check = Callable[[Path, Manifest], None]


def check_files(folder: Path, manifest: Manifest) -> None:
    """Every file is there with its size, none leads out of the folder or could run or unpickle."""
    for name, facts in manifest.files.items():
        path = _inside(folder, name)
        if not path.is_file():
            raise BundleError(f"{path} is missing; {AGAIN}.")
        size = path.stat().st_size
        if size != facts.bytes:
            state = "cut short" if size < facts.bytes else "changed"
            raise BundleError(
                f"{path} is {state}: it has {size:,} bytes instead of {facts.bytes:,}; {AGAIN}."
            )
    needed = [LANGUAGE_MODEL]
    if manifest.vision is not None:
        needed += [VISION_CONFIG, VISION_WEIGHTS, PROJECTOR]
    if manifest.speech is not None:
        needed += SPEECH_FILES
    if manifest.mmproj:
        needed.append(MMPROJ)
    for name in needed:
        if name not in manifest.files:
            raise BundleError(f"{folder / MANIFEST_NAME} does not list {name}; {AGAIN}.")


def check_hashes(folder: Path, manifest: Manifest, *, fresh: bool = False) -> None:
    """Every file has the content that the manifest says; `fresh` reads them all again."""
    for name, facts in manifest.files.items():
        path = folder / name
        try:
            found = sha256_of(path, fresh=fresh)
        except OSError as error:
            raise BundleError(f"{path} can't be read ({error.strerror}); {AGAIN}.") from error
        if found != facts.sha256:
            raise BundleError(
                f"{path} was changed or damaged: its SHA-256 is {found[:12]}..., "
                f"not {facts.sha256[:12]}...; {AGAIN}."
            )


def check_prompt(folder: Path, manifest: Manifest) -> None:
    """The program knows the bundle's prompt template and its dialect of boxes."""
    for key, value, known in (
        ("prompt.template", manifest.prompt.template, (*TEMPLATES, GGUF_TEMPLATE)),
        ("dialect", manifest.dialect, DIALECTS),
    ):
        if value not in known:
            raise BundleError(
                f"{folder / MANIFEST_NAME} has `{key}` {value!r} and this program knows "
                f"{', '.join(known)}; update Sightline."
            )


def check_language_model(folder: Path, manifest: Manifest) -> None:
    """The language model is a GGUF of the manifest's width, long enough, with its tokenizer."""
    path = folder / LANGUAGE_MODEL
    header = read_gguf_header(path)
    if header.n_embd != manifest.n_embd:
        raise BundleError(
            f"{path} has rows of {header.n_embd} numbers and the manifest says "
            f"{manifest.n_embd} (`n_embd`); {AGAIN}."
        )
    if not header.vocabulary:
        raise BundleError(f"{path} has no tokenizer; convert the model again with its tokenizer.")
    if not 0 < manifest.context <= header.context:
        raise BundleError(
            f"{path} reads {header.context} tokens and the manifest says {manifest.context} "
            f"(`context`); {AGAIN}."
        )


def check_vision(folder: Path, manifest: Manifest) -> None:
    """The projector takes what the vision encoder gives and gives what the language model takes."""
    if manifest.vision is None:
        return
    for key in ("side", "join"):
        value = getattr(manifest.vision, key)
        if value < 1:
            raise BundleError(
                f"{folder / MANIFEST_NAME}: `vision.{key}` can't be {value}; {AGAIN}."
            )
    path = folder / PROJECTOR
    shapes = read_shapes(path)
    config = _vision_config(folder)
    patch = manifest.vision.join**2 * _encoder_width(folder, config)
    by = "the vision encoder"
    check_layer(path, shapes, "patches.weight", given=manifest.n_embd, taken=patch, by=by)
    _check_kinds(folder, manifest.vision, manifest.n_embd, config)
    if manifest.vision.regions is not None:
        head = config.get("regions")
        if not isinstance(head, dict) or not {"classes", "width"} <= head.keys():
            raise BundleError(
                f"{folder / VISION_CONFIG} does not say what the region head is "
                f"(`regions` with `classes` and `width`); {AGAIN}."
            )
        check_layer(path, shapes, "regions.weight", given=manifest.n_embd, taken=None, by=by)


def _check_kinds(folder: Path, vision: VisionFacts, n_embd: int, config: dict[str, Any]) -> None:
    """What only some encoders and projectors have: a layer of theirs, a second one, tiles."""
    layers = config.get("num_hidden_layers")
    deepest = layers if isinstance(layers, int) else 1
    if not -deepest <= vision.layer < 0:
        raise BundleError(
            f"{folder / MANIFEST_NAME}: the vision encoder has {deepest} layers and `vision.layer` "
            f"is {vision.layer}; {AGAIN}."
        )
    path = folder / PROJECTOR
    shapes = read_shapes(path)
    if vision.projector == "mlp":
        by = "its first layer"
        check_layer(path, shapes, "second.weight", given=n_embd, taken=n_embd, by=by)
    if vision.tiles is None:
        return
    if not vision.tiles.sizes or any(
        length < vision.side or length % vision.side
        for size in vision.tiles.sizes
        for length in size
    ):
        raise BundleError(
            f"{folder / MANIFEST_NAME}: `vision.tiles.sizes` must be whole tiles of {vision.side} "
            f"pixels; {AGAIN}."
        )
    if shapes.get("newline") != (n_embd,):
        raise BundleError(f"{path} has no row of {n_embd} numbers `newline`; {AGAIN}.")


CHECKS: dict[str, Check] = {
    "files": check_files,
    "hashes": check_hashes,
    "prompt": check_prompt,
    "language model": check_language_model,
    "vision": check_vision,
    "speech": check_speech,
    "mmproj": check_mmproj,
}


def _inside(folder: Path, name: str) -> Path:
    """Where a file of the manifest lies. Raises BundleError where that is not in the bundle."""
    parts = PurePosixPath(name).parts
    path = folder / name
    if not parts or ".." in parts or parts[0] == "/" or re.search(r"[\\:\0]", name):
        raise BundleError(f"{folder / MANIFEST_NAME} lists {name!r}, which is no path in a bundle.")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BundleError(f"{path} is a link out of the bundle; put the file itself there.")
    if path.suffix not in _HARMLESS:
        raise BundleError(
            f"{path} is of a kind that no bundle holds ({', '.join(sorted(_HARMLESS))} are); "
            "it is not opened. Ask for the weights as safetensors or GGUF."
        )
    return path


def _vision_config(folder: Path) -> dict[str, Any]:
    path = folder / VISION_CONFIG
    config = read_object(path)
    if not ({"kind", "model_type"} & config.keys()):
        raise BundleError(f"{path} does not say what the encoder is (`model_type`); {AGAIN}.")
    return config


def _encoder_width(folder: Path, config: dict[str, Any]) -> int:
    """Channels of the encoder's last map: by its weights for EfficientNet-Lite, else its config."""
    shapes = read_shapes(folder / VISION_WEIGHTS)
    if "model_type" in config:
        width = config.get("hidden_size")
        if not isinstance(width, int):
            raise BundleError(
                f"{folder / VISION_CONFIG} does not say how wide the encoder is (`hidden_size`); "
                f"{AGAIN}."
            )
        return width
    shape = shapes.get("encoder.head.bias")
    if shape is None:
        raise BundleError(f"{folder / VISION_WEIGHTS} holds no {config['kind']}; {AGAIN}.")
    return shape[0]
