"""The model bundle: a folder with everything a model needs, nothing executable, no pickle.

    bundle.json             the manifest: facts of the model; its files with sizes and hashes
    llm.gguf                the language model, quantized, with its tokenizer
    vision/config.json      the vision encoder (and region head), unless the model is blind
    vision/model.safetensors
    projector.safetensors
    speech/config.json      the speech encoder, unless the model is deaf
    speech/preprocessor_config.json
    speech/model.safetensors
    adaptor.safetensors
    mmproj.gguf             eyes, ears or both in one file of llama.cpp's, instead of those above
    evaluation.json         what was measured on this very bundle

Opening one reads headers only: no torch, no llama.cpp, some milliseconds once the hashes are known.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs

from engine.bundle.checks import (
    CHECKS,
    EVALUATION,
    LANGUAGE_MODEL,
    PROJECTOR,
    VISION_WEIGHTS,
)
from engine.bundle.hashes import sha256_of
from engine.bundle.manifest import (
    MANIFEST_NAME,
    AdaptorFacts,
    FileFacts,
    Manifest,
    RegionFacts,
    SpeechFacts,
    TileFacts,
    VisionFacts,
    WindowFacts,
    read_manifest,
    save_manifest,
)
from engine.bundle.mmproj import MMPROJ
from engine.bundle.speech import ADAPTOR, SPEECH_WEIGHTS
from engine.errors import BundleError

__all__ = [
    "WHISPER_NAME",
    "AdaptorFacts",
    "Bundle",
    "FileFacts",
    "Manifest",
    "RegionFacts",
    "SpeechFacts",
    "TileFacts",
    "VisionFacts",
    "WindowFacts",
    "default_bundle",
    "default_whisper",
    "models_folder",
    "read_manifest",
    "write_bundle",
]

DEFAULT_NAME = "sightline-mini"
WHISPER_NAME = "whisper-tiny.en"
_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that passed its checks, and where its parts lie."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> Bundle:
        """The bundle at `path`. Raises BundleError that names the file and what is wrong."""
        manifest = read_manifest(path)
        for check in CHECKS.values():
            check(path, manifest)
        return cls(path, manifest)

    @property
    def language_model(self) -> Path:
        return self.path / LANGUAGE_MODEL

    @property
    def vision_weights(self) -> Path:
        return self.path / VISION_WEIGHTS

    @property
    def projector(self) -> Path:
        return self.path / PROJECTOR

    @property
    def speech_weights(self) -> Path:
        return self.path / SPEECH_WEIGHTS

    @property
    def adaptor(self) -> Path:
        return self.path / ADAPTOR

    @property
    def mmproj(self) -> Path:
        return self.path / MMPROJ

    def hashes(self, *parts: Path) -> list[str]:
        """What names the content of these files of the bundle."""
        names = [part.relative_to(self.path).as_posix() for part in parts]
        return [self.manifest.files[name].sha256 for name in names]

    def evaluation(self) -> Any:
        """What was measured on this bundle, as its `evaluation.json` has it; None without one."""
        if EVALUATION not in self.manifest.files:
            return None
        path = self.path / EVALUATION
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BundleError(f"{path} is not valid JSON; install the bundle again.") from error


def write_bundle(
    folder: Path, manifest: Manifest, *, read: Callable[[int], None] = lambda _count: None
) -> Bundle:
    """Finish a bundle whose files lie in `folder`: size and hash each, write `bundle.json` last.

    Whatever `manifest.files` holds is replaced. `read` is told how many bytes more are hashed.
    Raises BundleError where the bundle would not open.
    """
    files = {
        path.relative_to(folder).as_posix(): FileFacts(
            path.stat().st_size, sha256_of(path, read=read)
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MANIFEST_NAME, f"{MANIFEST_NAME}.new")
    }
    whole = replace(manifest, files=files)
    for check in CHECKS.values():
        check(folder, whole)
    save_manifest(folder, whole)
    return Bundle(folder, whole)


def models_folder() -> Path:
    """Where a person's bundles are installed, each in a folder of its own."""
    return platformdirs.user_data_path("sightline", appauthor=False) / "models"


def default_bundle() -> Path:
    """The bundle that is used where none is named; it is not opened here.

    The environment's SIGHTLINE_BUNDLE, else what the set-up made in this checkout, else the
    installed one. Raises BundleError where there is none.
    """
    chosen = os.environ.get("SIGHTLINE_BUNDLE")
    if chosen:
        return Path(chosen)
    return _at_hand("model", DEFAULT_NAME, MANIFEST_NAME, otherwise="name a bundle's folder")


def default_whisper() -> Path:
    """The Whisper, in transformers' form, that writes down speech for models without ears.

    The environment's SIGHTLINE_WHISPER, else what the set-up made in this checkout, else the
    installed one. Raises BundleError where there is none.
    """
    chosen = os.environ.get("SIGHTLINE_WHISPER")
    if chosen:
        return Path(chosen)
    return _at_hand("Whisper", WHISPER_NAME, "config.json", otherwise="type the question")


def _at_hand(what: str, name: str, mark: str, *, otherwise: str) -> Path:
    """The folder of that name, in the checkout or installed, that has the file `mark`."""
    places = (_CHECKOUT / "build" / name, models_folder() / name)
    for folder in places:
        if (folder / mark).is_file():
            return folder
    raise BundleError(
        f"There is no {what}: neither {places[0]} nor {places[1]} holds one; "
        f"run `make model` in the checkout, or {otherwise}."
    )
