"""Which files of a repository a model needs; nothing else of it is downloaded, never a pickle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.bundle.manifest import MANIFEST_NAME
from engine.catalogue import Entry, Kind
from engine.errors import HubError

ALLOWED = (".gguf", ".safetensors", ".json", ".txt", ".model", ".jinja")
_IN_BUNDLES = (*ALLOWED, ".md")  # texts of a bundle; nothing opens them
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
CONFIG = "config.json"
_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PART = re.compile(r"-(\d{5})-of-(\d{5})(\.gguf|\.safetensors)$")
# In these orders, where nothing was asked for.
_QUANTIZATIONS = ("Q4_K_M", "Q8_0")
_PROJECTORS = ("Q8_0", "F16", "BF16")
_QUANTIZATION = re.compile(r"(?:^|[-._/])(I?Q\d\w*|B?F16|F32|MXFP4\w*)(?=[-./]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file as the hub describes it.

    `sha256` is of the content, for a large file; a small one has `blob`, git's hash of it.
    """

    name: str
    bytes: int
    sha256: str | None = None
    blob: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is downloaded. Of GGUFs, `models` are the language model in its parts.

    Whether a checkpoint is a "whisper" is known for certain when its config.json was read.
    """

    kind: Kind
    files: tuple[HubFile, ...]
    models: tuple[HubFile, ...] = ()
    mmproj: HubFile | None = None

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files)


def choose(repository: str, files: Sequence[HubFile], wanted: str | None) -> Choice:
    """What to download of a repository; `wanted` is a GGUF file of it or a quantization.

    Raises HubError where it holds nothing that Sightline runs, or more than one thing that fits.
    """
    for file in files:
        _check_name(repository, file.name)
    by_name = {file.name: file for file in files}
    ggufs = [file for file in files if file.name.endswith(".gguf")]
    if wanted is not None and not ggufs:
        raise HubError(f"{repository} has no GGUF files to choose {wanted} from; leave it out.")
    if MANIFEST_NAME in by_name:
        there = [file for file in files if file.name.endswith(_IN_BUNDLES)]
        return Choice(kind="bundle", files=_small_first(there))
    if ggufs:
        return _choose_gguf(repository, ggufs, wanted)
    if CONFIG in by_name and _weights(files):
        return Choice(kind="whisper", files=_whisper_files(files))
    if any(file.name.endswith(_PICKLES) for file in files):
        pickle = next(file.name for file in files if file.name.endswith(_PICKLES))
        raise HubError(
            f"{repository} holds its weights as a pickle ({pickle}), which can run code when it is "
            "read, so it is not downloaded; look for the model as GGUF or safetensors."
        )
    raise HubError(
        f"{repository} holds no model that can be installed: neither a Sightline bundle, nor GGUF "
        "files, nor a Whisper; other checkpoints are converted first (docs/models.md)."
    )


def choose_listed(entry: Entry, files: Sequence[HubFile]) -> Choice:
    """The files of a catalogue's entry, which must be on the hub what the catalogue says.

    Raises HubError where one is missing there, or another file by now.
    """
    by_name = {file.name: file for file in files}
    for listed in entry.files:
        found = by_name.get(listed.name)
        if found is None or (listed.sha256 and found.sha256 != listed.sha256):
            state = "is not there any more" if found is None else "is another file now"
            raise HubError(
                f"{listed.name} of {entry.repository} {state}; update Sightline, or install "
                f"{entry.repository} by that name if you trust it."
            )
    if entry.kind != "gguf":
        return choose(entry.repository, files, None)
    listed_files = tuple(by_name[listed.name] for listed in entry.files)
    models = tuple(file for file in listed_files if not _is_mmproj(file))
    mmproj = next(filter(_is_mmproj, listed_files), None)
    return Choice(kind="gguf", files=listed_files, models=models, mmproj=mmproj)


def _choose_gguf(repository: str, ggufs: Sequence[HubFile], wanted: str | None) -> Choice:
    groups: dict[str, list[HubFile]] = {}
    for file in sorted(ggufs, key=lambda file: file.name):
        if not _is_mmproj(file):
            groups.setdefault(_PART.sub(".gguf", file.name), []).append(file)
    models = tuple(groups[_pick(repository, list(groups), wanted)])
    of = _PART.search(models[0].name)
    if of and [int(_number(file)) for file in models] != list(range(1, int(of[2]) + 1)):
        raise HubError(f"{repository} lacks parts of {models[0].name}; choose another file of it.")
    projectors = sorted(filter(_is_mmproj, ggufs), key=_rank)
    mmproj = projectors[0] if projectors else None
    files = models if mmproj is None else (*models, mmproj)
    return Choice(kind="gguf", files=files, models=models, mmproj=mmproj)


def _pick(repository: str, names: list[str], wanted: str | None) -> str:
    if wanted is not None and wanted.lower().endswith(".gguf"):
        whole = _PART.sub(".gguf", wanted)
        found = [name for name in names if whole in (name, PurePosixPath(name).name)]
    elif wanted is not None:
        found = [name for name in names if _quantization(name) == wanted.upper()]
    else:
        found = names if len(names) == 1 else []
        for quantization in _QUANTIZATIONS:
            found = found or [name for name in names if _quantization(name) == quantization]
    if len(found) == 1:
        return found[0]
    asked = f"no {wanted}" if wanted else "no Q4_K_M"
    state = f"{len(found)} files that fit" if found else asked
    kinds = sorted({_quantization(name) for name in names} - {""})
    offered = ", ".join(found or kinds or names) or "no language model"
    raise HubError(
        f"{repository} has {state} (it has: {offered}); say which one, {repository}:FILE.gguf or "
        f"{repository}:QUANTIZATION."
    )


def _quantization(name: str) -> str:
    found = _QUANTIZATION.findall(PurePosixPath(name).name) or _QUANTIZATION.findall(name)
    return str(found[-1]).upper() if found else ""


def _is_mmproj(file: HubFile) -> bool:
    return "mmproj" in file.name.lower()


def _rank(file: HubFile) -> tuple[int, int]:
    """Projectors by what they hold, then the smaller one."""
    kind = _quantization(file.name)
    place = _PROJECTORS.index(kind) if kind in _PROJECTORS else len(_PROJECTORS)
    return place, file.bytes


def _number(file: HubFile) -> str:
    found = _PART.search(file.name)
    return found[1] if found else "0"


def _weights(files: Sequence[HubFile]) -> list[HubFile]:
    """The safetensors at the top of a repository, in one file or in parts with their index."""
    single = [file for file in files if file.name == _WEIGHTS]
    if single:
        return single
    stem = _WEIGHTS.removesuffix(".safetensors")
    parts = [f for f in files if _PART.search(f.name) and _PART.sub("", f.name) == stem]
    index = [file for file in files if file.name == _INDEX]
    return [*index, *parts] if index and parts else []


def _whisper_files(files: Sequence[HubFile]) -> tuple[HubFile, ...]:
    """Weights and every text at the top; config.json first, which says whether it is a Whisper."""
    texts = [
        file
        for file in files
        if "/" not in file.name
        and file.name.endswith((".json", ".txt"))
        and ".index." not in file.name
    ]
    return _small_first([*texts, *_weights(files)])


def _small_first(files: Sequence[HubFile]) -> tuple[HubFile, ...]:
    first = (CONFIG, MANIFEST_NAME)
    return tuple(sorted(files, key=lambda file: (file.name not in first, file.bytes)))


def _check_name(repository: str, name: str) -> None:
    """No name of a repository's may lead out of the folder that it is downloaded to."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/" or re.search(r"[\\:\0]", name):
        raise HubError(f"{repository} lists {name!r}, which is no path in a repository.")
