"""Any GGUF, with the mmproj file that belongs to it, becomes a bundle.

The manifest is made from what the two files say about themselves and from a small table of families
(`engine.bundle.families`); nothing is loaded. The bundle is put together beside its place and
appears there whole.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.bundle import Bundle, write_bundle
from engine.bundle.checks import LANGUAGE_MODEL
from engine.bundle.families import (
    NO_BOXES,
    can_be_encoded_once,
    dialect_of,
    template_without_one,
)
from engine.bundle.hashes import moved
from engine.bundle.headers import GgufFacts, read_gguf_header, read_gguf_texts
from engine.bundle.manifest import MANIFEST_NAME, Manifest
from engine.bundle.mmproj import MMPROJ, Mmproj, is_mmproj, read_mmproj
from engine.bundle.names import is_plain, one_line
from engine.errors import BundleError
from engine.prompt.template import GGUF_TEMPLATE, PromptStyle
from engine.prompt.wording import tasks_in_words
from engine.types import Sampling

_LONGEST_CONTEXT = 32_768
"""Tokens. Models that read more are common; the cache for it is set aside when they are loaded."""

_ANSWER_TOKENS = 1024
_LONGEST_FOLDER = 80
_LANGUAGES = 100  # that are shown, of however many a file lists
_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
_BLOCK = 1 << 23  # bytes that are copied at once
_TEMPLATE_KEY = "tokenizer.chat_template"


Told = Callable[[int, int], None]
"""Is told how far an import is: bytes done, of how many."""


def unheard(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


def import_gguf(
    gguf: Path,
    mmproj: Path | None,
    *,
    into: Path,
    name: str | None = None,
    told: Told = unheard,
) -> Bundle:
    """A bundle in the folder `into` from a language model and its projector file, if it has one.

    The files are linked there where the disk allows it, else copied; they stay where they are as
    well. Raises BundleError: a file that can't be used, two that do not belong together, a model
    of that name that is there already.
    """
    manifest = _manifest(gguf, mmproj, name)
    target = into / folder_name(manifest.name)
    files = {gguf: LANGUAGE_MODEL} if mmproj is None else {gguf: LANGUAGE_MODEL, mmproj: MMPROJ}
    # Each byte is brought, then hashed.
    count = _Count(2 * sum(file.stat().st_size for file in files), told)
    with _draft(target) as draft:
        for file, place in files.items():
            _bring(file, draft / place, count)
        written = write_bundle(draft, manifest, read=count.add).manifest
    return Bundle(target, written)


def import_folder(folder: Path, *, into: Path, told: Told = unheard) -> Bundle:
    """A bundle in the folder `into` from a bundle that lies elsewhere, or from a folder of GGUFs.

    The second holds one language model and at most one mmproj file. Raises BundleError as
    `import_gguf` does.
    """
    if (folder / MANIFEST_NAME).is_file():
        return _import_bundle(folder, into, told)
    if not folder.is_dir():
        raise BundleError(f"There is no folder {folder}; check the path.")
    files = sorted(path for path in folder.iterdir() if path.suffix == ".gguf" and path.is_file())
    projectors = [path for path in files if is_mmproj(path)]
    models = [path for path in files if path not in projectors]
    for what, found in (("language model", models), ("mmproj file", projectors)):
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            raise BundleError(
                f"{folder} holds more than one {what} ({names}); name the files that you want."
            )
    if not models:
        raise BundleError(
            f"{folder} holds no model: neither a {MANIFEST_NAME} nor a language model's GGUF file; "
            "give another folder."
        )
    return import_gguf(models[0], next(iter(projectors), None), into=into, told=told)


def _import_bundle(folder: Path, into: Path, told: Told) -> Bundle:
    manifest = Bundle.open(folder).manifest
    target = into / folder_name(manifest.name)
    count = _Count(manifest.size, told)
    with _draft(target) as draft:
        for name in (MANIFEST_NAME, *manifest.files):
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            _bring(folder / name, draft / name, count)
        Bundle.open(draft)
    return Bundle(target, manifest)


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A folder beside `target` that becomes it when all went well. Raises BundleError."""
    if target.exists():
        raise BundleError(
            f"There is a model at {target} already; remove it first, or import with another name."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".importing-") as temporary:
            draft = Path(temporary) / "bundle"
            draft.mkdir()
            yield draft
            draft.rename(target)
            # Else gigabytes are hashed once more when the model is first loaded.
            moved(draft, target)
    except OSError as error:
        raise BundleError(f"{target} can't be written ({error.strerror or error}).") from error


class _Count:
    """Adds up the bytes that are done, and tells."""

    def __init__(self, total: int, told: Told) -> None:
        self._total = total
        self._told = told
        self._done = 0
        told(0, total)

    def add(self, count: int) -> None:
        self._done += count
        self._told(min(self._done, self._total), self._total)


def _bring(source: Path, target: Path, count: _Count) -> None:
    """The file at another place of the same content: linked, or copied where that can't be."""
    whole = source.resolve()  # a link to a link would lead out of the bundle
    try:
        os.link(whole, target)
    except OSError:
        # A file without a buffer may write less than it is given, when the disk is full.
        with whole.open("rb", buffering=0) as there, target.open("wb") as here:
            while block := there.read(_BLOCK):
                here.write(block)
                count.add(len(block))
    else:
        count.add(whole.stat().st_size)


def _manifest(gguf: Path, mmproj: Path | None, name: str | None) -> Manifest:
    if _SPLIT.search(gguf.name):
        raise BundleError(
            f"{gguf} is one part of several; join them with llama.cpp's llama-gguf-split --merge."
        )
    facts = GgufFacts.read(gguf)
    header = read_gguf_header(gguf)
    if is_mmproj(gguf):
        raise BundleError(f"{gguf} is a projector file, no language model; give the model as well.")
    projector = read_mmproj(mmproj) if mmproj is not None else None
    if projector is not None and not can_be_encoded_once(projector.projector):
        raise BundleError(
            f"{mmproj} is of a kind that this program can't use ({projector.projector}); "
            "choose another model."
        )
    dialect = dialect_of(projector.projector) if projector else NO_BOXES
    return Manifest(
        name=name or one_line(facts.text("general.name") or gguf.stem),
        version=one_line(facts.text("general.version")),
        licence=one_line(facts.text("general.license", "not said")),
        languages=tuple(map(one_line, read_gguf_texts(gguf, "general.languages")[:_LANGUAGES])),
        context=min(header.context, _LONGEST_CONTEXT),
        n_embd=header.n_embd,
        prompt=_style(gguf, facts, header.architecture),
        tasks=_tasks(projector, dialect),
        dialect=dialect,
        worded=True,
        vision=None,
        mmproj=projector is not None,
        senses=projector.senses if projector else (),
        sampling={"default": Sampling(max_tokens=_ANSWER_TOKENS)},
    )


def _style(gguf: Path, facts: GgufFacts, architecture: str) -> PromptStyle:
    """The file's own chat template, or that of its family; media bring their own marks."""
    if facts.text(_TEMPLATE_KEY):
        template: str | None = GGUF_TEMPLATE
    else:
        template = template_without_one(architecture)
    if template is None:
        raise BundleError(
            f"{gguf} has no chat template (`{_TEMPLATE_KEY}`), so that it is not known how to talk "
            "to it; look for a file of the same model that has one, mostly named Instruct or Chat."
        )
    return PromptStyle(template=template, image=("", ""), audio=("", ""))


def _tasks(projector: Mmproj | None, dialect: str) -> tuple[str, ...]:
    senses = projector.senses if projector else ()
    tasks = tasks_in_words(dialect) if "pictures" in senses else ("chat",)
    return (*tasks, "transcribe") if "speech" in senses else tasks


def folder_name(name: str) -> str:
    """The model's name as a folder's: letters, digits, points and dashes."""
    folder = re.sub(r"[^\w.]+", "-", name).lower()[:_LONGEST_FOLDER].strip("-.") or "model"
    return folder if is_plain(folder) else f"model-{folder}"  # a device of Windows
