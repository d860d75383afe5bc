"""`bundle.json`: what a bundle says about itself; the engine takes its facts from nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.bundle.names import alike, is_plain, one_line
from engine.errors import BundleError
from engine.files import read_short, write_whole
from engine.media.image import ImageGeometry, Resample, Resize
from engine.plain import PlainError, from_plain, parse_json, to_plain
from engine.prompt.template import PromptStyle
from engine.types import Sampling

SCHEMA = 1
_LONGEST = 1 << 22  # bytes of the file
_LONGEST_WORDS = 200  # of what it says about itself, in characters
_MOST_FILES = 1000
MANIFEST_NAME = "bundle.json"

MediaSense = Literal["pictures", "speech"]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of the bundle: its size in bytes and the SHA-256 of its content in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFacts:
    """What the region head passes on: at most `k` regions of score `threshold` and more (0..1).

    One of less than `relative` of the best one's score is left out as well. Of two that overlap by
    an IoU over `nms` the better one stays. They are listed in `order`. With `named`, what the class
    layer calls a region is written beside its row where the layer is at least that sure (0..1);
    without, no region has a name.
    """

    k: int
    threshold: float
    nms: float
    relative: float = 0.0
    order: Literal["best first", "left to right"] = "best first"
    named: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFacts:
    """A picture is seen whole and, larger, in tiles of the encoder's side (anyres of LLaVA-1.6).

    `sizes` are what it may be enlarged to, (height, width) in pixels, whole tiles each.
    """

    sizes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionFacts:
    """How pictures go in: an `ImageGeometry`; `join` x `join` neighbouring patches are one row.

    With the joining "line" they are as many patches that follow each other in a line instead, as in
    MiniGPT-v2's own code.
    Of an encoder of transformers the hidden states of `layer` are passed on, counted from the end:
    -1 is what it gives itself. The "mlp" projector of LLaVA is two linear layers with GELU between.
    """

    side: int
    resize: Resize
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    join: int
    regions: RegionFacts | None = None
    resample: Resample = "bilinear"
    layer: int = -1
    projector: Literal["linear", "mlp"] = "linear"
    tiles: TileFacts | None = None
    joining: Literal["square", "line"] = "square"

    @property
    def geometry(self) -> ImageGeometry:
        return ImageGeometry(self.side, self.resize, self.mean, self.std, self.resample)


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFacts:
    """How a recording is heard block by block, in seconds, so that what was heard early stays.

    Rows are computed for blocks of `block`; `before` is heard again in front of each and `after`
    behind it, for context.
    """

    block: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptorFacts:
    """What stands between the speech encoder and the language model.

    "linear" and "words" put `join` encoder frames side by side into one row; "words" has `layers`
    transformer layers of `heads` heads and `width` before its last linear layer. "whisper decoder"
    is LLaSM's: Whisper's decoder on `tokens` start tokens, its last hidden states, a linear layer.
    "ultravox" joins frames, too, and has a gate of `width` numbers between two linear layers; its
    second norm stands in the "middle" of them or at the "end". "telling" is a decoder that tells
    words of the language model one by one (`engine.models.telling`), behind `layers` of its own as
    the encoder's are; the more `sharpness`, the more a row is its likeliest word alone.
    """

    kind: Literal["linear", "words", "telling", "whisper decoder", "ultravox"]
    join: int = 4
    layers: int = 0
    heads: int = 6
    width: int = 384
    tokens: int = 64
    norm: Literal["middle", "end"] = "middle"
    sharpness: float = 1.0

    @property
    def rows_are_words(self) -> bool:
        """Each row is a word that was heard, not a stretch of time."""
        return self.kind in ("words", "telling")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechFacts:
    """How recordings go in: of at most `seconds`; a longer one is refused, or cut at pauses.

    `windows` None is Whisper's own way: every recording as a whole, `filled` up to 30 s.
    """

    seconds: float
    longer: Literal["refuse", "cut"]
    windows: WindowFacts | None
    adaptor: AdaptorFacts
    filled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`bundle.json` by its keys. `context` and `n_embd` are in tokens and in numbers of a row.

    `files` maps paths inside the bundle, with forward slashes. `sampling` maps a task's id, or
    "default", to how its answers are sampled. `unconstrained` are tasks answered without a grammar.
    A model that is `worded` knows no tags: `engine.prompt.wording` asks it in sentences.
    With `mmproj` the bundle's mmproj.gguf is its encoder, which takes what `senses` says; `vision`
    and `speech` are None then.
    """

    name: str
    version: str
    licence: str
    languages: tuple[str, ...]
    context: int
    n_embd: int
    prompt: PromptStyle
    tasks: tuple[str, ...]
    dialect: str
    worded: bool = False
    vision: VisionFacts | None
    speech: SpeechFacts | None = None
    unconstrained: tuple[str, ...] = ()
    mmproj: bool = False
    senses: tuple[MediaSense, ...] = ()
    sampling: Mapping[str, Sampling] = field(default_factory=dict)
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def sees(self) -> bool:
        """Whether it takes pictures, by whichever encoder."""
        return self.vision is not None or (self.mmproj and "pictures" in self.senses)

    @property
    def hears(self) -> bool:
        """Whether it takes recordings, by whichever encoder."""
        return self.speech is not None or (self.mmproj and "speech" in self.senses)

    @property
    def size(self) -> int:
        """Of all files together, in bytes."""
        return sum(facts.bytes for facts in self.files.values())

    def sampling_for(self, task: str) -> Sampling:
        """The bundle's sampling for the task, or its default."""
        return self.sampling.get(task) or self.sampling.get("default") or Sampling()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the bundle at `folder`, its types checked (its files are not looked at).

    Raises BundleError: no bundle there, not JSON, a newer schema, an unknown or missing key.
    """
    path = folder / MANIFEST_NAME
    if not folder.is_dir():
        raise BundleError(f"There is no bundle folder {folder}; check the path.")
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise BundleError(f"{path} is a link out of the bundle; put the file itself there.")
        plain = parse_json(read_short(path, at_most=_LONGEST))
    except FileNotFoundError:
        raise BundleError(
            f"{folder} is no model bundle: it has no {MANIFEST_NAME}; give a bundle's folder."
        ) from None
    except OSError as error:
        raise BundleError(f"{path} can't be read ({error.strerror}).") from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise BundleError(f"{path} is not valid JSON; install the bundle again.") from error
    _check_schema(path, plain)
    assert isinstance(plain, dict)
    try:
        manifest = from_plain(Manifest, _with_sampling_merged(plain))
    except PlainError as error:
        raise BundleError(f"{path}: {error}; correct it, or update Sightline.") from error
    check_words(path, manifest)
    return manifest


def save_manifest(folder: Path, manifest: Manifest) -> None:
    """Write `bundle.json`, whole or not at all."""
    plain = to_plain(manifest)
    first = {key: plain.pop(key) for key in ("schema", "name", "version")}
    text = json.dumps(first | plain, indent=1, ensure_ascii=False)
    write_whole(folder / MANIFEST_NAME, f"{text}\n".encode())


def _check_schema(path: Path, plain: object) -> None:
    schema = plain.get("schema") if isinstance(plain, dict) else None
    if isinstance(schema, bool) or not isinstance(schema, int) or schema < 1:
        raise BundleError(f"{path} is not a bundle's manifest: `schema` must be a number from 1.")
    if schema > SCHEMA:
        raise BundleError(
            f"{path} has schema {schema} and this program reads up to {SCHEMA}; update Sightline."
        )


def check_words(path: Path, manifest: Manifest) -> None:
    """What is shown to a person is one line of printable letters; names of files are names.

    Raises BundleError that names the manifest's `path`.
    """
    facts = {"name": manifest.name, "version": manifest.version, "licence": manifest.licence}
    facts |= {f"languages[{n}]": word for n, word in enumerate(manifest.languages)}
    for key, words in facts.items():
        if one_line(words, longest=_LONGEST_WORDS) != words:
            raise BundleError(
                f"{path}: `{key}` must be one line of at most {_LONGEST_WORDS} printable "
                f"characters, not {words!r:.60}; correct it."
            )
    if len(manifest.files) > _MOST_FILES:
        raise BundleError(
            f"{path} lists {len(manifest.files):,} files, and a bundle has no more than "
            f"{_MOST_FILES:,}."
        )
    for name in manifest.files:
        if not is_plain(name):
            raise BundleError(f"{path} lists {name!r:.220}, which is no path in a bundle.")
    if (twice := alike(manifest.files)) is not None:
        raise BundleError(f"{path} lists {twice!r} in two spellings, which may be one file.")


def _with_sampling_merged(plain: dict[str, Any]) -> dict[str, Any]:
    """A task's row in the file says only what differs from the row "default"."""
    sampling = plain.get("sampling")
    if not isinstance(sampling, dict) or not isinstance(sampling.get("default"), dict):
        return plain
    merged = {
        task: {**sampling["default"], **row} if isinstance(row, dict) else row
        for task, row in sampling.items()
    }
    return {**plain, "sampling": merged}
