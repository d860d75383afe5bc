"""A training run as archives of limited size, to go on elsewhere, and back again.

The volumes `pack.tar.000`, `pack.tar.001` ... are one tar archive cut at a size, with an index of
their hashes, so a machine without this program unpacks them too: `cat pack.tar.* | tar x`. There,
`SIGHTLINE_PARTS=parts` and the folders `photos` and `sprites` are all that a run needs besides its
Python packages.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training.errors import DataError
from training.parts import fetch

INDEX_NAME = "pack.json"
_VOLUME = "pack.tar.{:03d}"
_MEGABYTE = 1_000_000
_CHUNK_BYTES = 1 << 20
_CODE = ("pyproject.toml", "constraints.txt", "engine", "training", "resources/examples")
_NOT_CODE = {"__pycache__"}
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackConfig:
    """What goes into the archives in `out`, each of at most `limit_mb` megabytes.

    To take a run away: everything. To bring it back: `code=false parts=[] runs=[...] limit_mb=16`.
    Folders of runs keep their path where that lies below the working folder.
    """

    out: Path
    runs: tuple[Path, ...] = ()
    code: bool = True
    parts: tuple[str, ...] = ("language-model", "vision-encoder")
    photos: Path | None = None
    sprites: Path | None = None
    limit_mb: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackConfig:
    """`archives` is the folder with the volumes and their index; files in `into` are replaced."""

    archives: Path
    into: Path = Path()


class _Volumes(io.RawIOBase):
    """A file to write to that becomes several of at most `limit` bytes."""

    def __init__(self, folder: Path, limit: int) -> None:
        super().__init__()
        self.index: list[dict[str, str | int]] = []
        self._folder = folder
        self._limit = limit
        self._buffer = bytearray()

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._buffer += data
        while len(self._buffer) >= self._limit:
            self._cut(self._limit)
        return len(data)

    def finish(self) -> None:
        if self._buffer:
            self._cut(len(self._buffer))

    def _cut(self, size: int) -> None:
        content = bytes(self._buffer[:size])
        del self._buffer[:size]
        name = _VOLUME.format(len(self.index))
        (self._folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        self.index.append({"name": name, "bytes": size, "sha256": digest})


def pack(config: PackConfig) -> list[Path]:
    """Write the volumes and their index; the same input gives the same bytes.

    Raises DataError for a folder that is missing, and PartError where a part can't be had.
    """
    files = dict(sorted(_contents(config)))
    config.out.mkdir(parents=True, exist_ok=True)
    for old in [*config.out.glob("pack.tar.*"), config.out / INDEX_NAME]:
        old.unlink(missing_ok=True)
    volumes = _Volumes(config.out, config.limit_mb * _MEGABYTE)
    with tarfile.open(fileobj=volumes, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, path in files.items():
            with path.open("rb") as file:
                member = tarfile.TarInfo(name)
                member.size = path.stat().st_size
                member.mode = 0o644
                tar.addfile(member, file)
    volumes.finish()
    (config.out / INDEX_NAME).write_text(json.dumps({"volumes": volumes.index}, indent=1) + "\n")
    return [config.out / str(entry["name"]) for entry in volumes.index]


def _contents(config: PackConfig) -> Iterator[tuple[str, Path]]:
    """Name in the archive and file, for everything."""
    if config.code:
        for name in _CODE:
            yield from _below(_ROOT / name, name)
    for part in config.parts:
        path = fetch(part)
        yield f"parts/{path.name}", path
    for name, folder in (("photos", config.photos), ("sprites", config.sprites)):
        if folder is not None:
            yield from _below(folder, name)
    for run in config.runs:
        yield from _below(run, _kept_path(run))


def _below(path: Path, name: str) -> Iterator[tuple[str, Path]]:
    """A file, or all files of a folder, under `name`."""
    if path.is_file():
        yield name, path
        return
    if not path.is_dir():
        raise DataError(f"{path}: there is no such file or folder to pack")
    for file in path.rglob("*"):
        if file.is_file() and _NOT_CODE.isdisjoint(file.parts):
            yield f"{name}/{file.relative_to(path).as_posix()}", file


def _kept_path(run: Path) -> str:
    try:
        return run.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return f"runs/{run.name}"


def unpack(config: UnpackConfig) -> int:
    """Check every volume, then write the files; how many there were.

    Raises DataError, before anything is written, for a volume that is missing or changed, and for
    a name in the archive that leads out of the folder.
    """
    volumes = list(_checked(config.archives))
    names = [member.name for _, member in _members(volumes)]
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise DataError(f"{config.archives}: {name!r} leads out of the folder; don't unpack it")
    for tar, member in _members(volumes):
        source = tar.extractfile(member)
        if source is None:
            raise DataError(f"{config.archives}: {member.name!r} is no plain file")
        target = config.into / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.part")
        with draft.open("wb") as file:
            shutil.copyfileobj(source, file, _CHUNK_BYTES)
        draft.replace(target)
    return len(names)


def _checked(folder: Path) -> Iterator[Path]:
    try:
        index = json.loads((folder / INDEX_NAME).read_text())["volumes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder / INDEX_NAME}: no index of packed volumes: {error}") from error
    for entry in index:
        path = folder / entry["name"]
        if not path.is_file():
            raise DataError(f"{path} is missing; bring all volumes that {INDEX_NAME} lists")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry["sha256"]:
                raise DataError(f"{path} was changed or cut short on its way; bring it again")
        yield path


class _Joined(io.RawIOBase):
    """Volumes read one after the other as one file."""

    def __init__(self, volumes: Sequence[Path]) -> None:
        super().__init__()
        self._left = list(volumes)
        self._open = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        data = b""
        while len(data) < size:
            more = self._open.read(size - len(data))
            if more:
                data += more
            elif self._left:
                self._open = io.BytesIO(self._left.pop(0).read_bytes())
            else:
                break
        return data


def _members(volumes: Sequence[Path]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    with tarfile.open(fileobj=_Joined(volumes), mode="r|") as tar:
        for member in tar:
            yield tar, member


def main_pack(config: PackConfig) -> None:
    """The command `pack`."""
    volumes = pack(config)
    size = sum(path.stat().st_size for path in volumes)
    print(f"{config.out}: {len(volumes)} archives, {size / _MEGABYTE:.0f} MB", file=sys.stderr)


def main_unpack(config: UnpackConfig) -> None:
    """The command `unpack`."""
    print(f"{config.into.resolve()}: {unpack(config)} files", file=sys.stderr)
