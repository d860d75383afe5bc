"""llama.cpp's projector file, `mmproj.gguf`: what it takes, and whether it fits the model.

Its keys are those that llama.cpp's converter writes (conversion/base.py, tools/mtmd/clip-impl.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.bundle.headers import GgufFacts
from engine.bundle.layers import AGAIN
from engine.bundle.manifest import MANIFEST_NAME, Manifest, MediaSense
from engine.errors import BundleError

MMPROJ = "mmproj.gguf"

_ARCHITECTURE = "clip"
_MERGED = 2  # patches a side, where the file does not say: clip.cpp's value for Qwen's encoders
_PADDED = frozenset(("qwen2vl_merger", "qwen2.5vl_merger", "qwen3vl_merger"))
_OLD_KEYS = frozenset(("clip.has_llava_projector", "clip.has_minicpmv_projector"))
_ENCODERS: tuple[tuple[MediaSense, str], ...] = (("pictures", "vision"), ("speech", "audio"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mmproj:
    """`projector` is llama.cpp's name for what joins the encoder to the language model.

    `n_embd` is the width of the rows it gives, 0 where the file does not say. `step` is the side of
    what becomes one row, in pixels of the picture as its encoder sees it, which keeps its shape and
    is `padded`.
    """

    projector: str
    senses: tuple[MediaSense, ...]
    n_embd: int
    step: int
    padded: bool


def is_mmproj(path: Path) -> bool:
    """Whether a GGUF is a projector file. Raises BundleError where it is no GGUF."""
    return GgufFacts.read(path).text("general.architecture") == _ARCHITECTURE


def read_mmproj(path: Path) -> Mmproj:
    """What the file says about itself. Raises BundleError where it is no projector file."""
    facts = GgufFacts.read(path)
    if facts.text("general.architecture") != _ARCHITECTURE:
        raise BundleError(
            f"{path} is no projector file (its architecture is "
            f"{facts.text('general.architecture', 'not said')!r:.60}, not {_ARCHITECTURE!r}); "
            "give the file that is named mmproj."
        )
    there = [pair for pair in _ENCODERS if facts.number(f"clip.has_{pair[1]}_encoder")]
    if not there:
        raise BundleError(f"{path} holds neither a vision nor an audio encoder; give another file.")
    usual = facts.text("clip.projector_type")
    kind = there[0][1]
    # llama.cpp's first converters wrote the width that CLIP's own text encoder has.
    is_old = not _OLD_KEYS.isdisjoint(facts.values)
    merged = facts.number("clip.vision.spatial_merge_size", _MERGED)
    projector = facts.text(f"clip.{kind}.projector_type", usual)
    return Mmproj(
        padded=projector in _PADDED,
        step=facts.number("clip.vision.patch_size") * merged,
        projector=projector,
        senses=tuple(sense for sense, _ in there),
        n_embd=0 if is_old else facts.number(f"clip.{kind}.projection_dim"),
    )


def check_mmproj(folder: Path, manifest: Manifest) -> None:
    """The projector file takes what the manifest says and gives rows of the model's width."""
    if not manifest.mmproj:
        return
    if manifest.vision is not None or manifest.speech is not None:
        raise BundleError(
            f"{folder / MANIFEST_NAME} names {MMPROJ} and other encoders as well; {AGAIN}."
        )
    path = folder / MMPROJ
    found = read_mmproj(path)
    missing = [sense for sense in manifest.senses if sense not in found.senses]
    if missing or not manifest.senses:
        raise BundleError(
            f"{path} takes {' and '.join(found.senses)} and the manifest says "
            f"{' and '.join(manifest.senses) or 'nothing'} (`senses`); {AGAIN}."
        )
    if found.n_embd not in (0, manifest.n_embd):
        raise BundleError(
            f"{path} gives rows of {found.n_embd} numbers and the language model takes "
            f"{manifest.n_embd}; give the mmproj file of this very model."
        )
