"""The files that belong to conversations, kept by content: one picture or recording, one file."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from time import time
from uuid import uuid4

from app.store.errors import StoreError
from app.texts import translate
from engine.files import write_whole

_ABANDONED_S = 3600.0  # a copy that is older was killed; a younger one may be another window's


class Attachments:
    """Owns a folder of files named by the sha256 of what is in them. May be used on any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """The file of a name that `keep` gave; an absolute path stays what it is."""
        return self._folder / name

    def name(self, path: Path) -> str | None:
        """The name of a file that is in the folder already."""
        return path.name if path.parent == self._folder else None

    def keep(self, path: Path) -> str:
        """Copy a file into the folder; gives its name there. Raises StoreError."""
        try:
            with path.open("rb") as file:
                name = hashlib.file_digest(file, "sha256").hexdigest() + path.suffix.lower()
            kept = self._folder / name
            if not kept.exists():
                self._folder.mkdir(parents=True, exist_ok=True)
                unfinished = kept.with_suffix(f".{uuid4().hex}.part")
                shutil.copyfile(path, unfinished)
                unfinished.replace(kept)
        except OSError as error:
            broken = translate("store", "{name} can't be kept with the conversation: {reason}.")
            raise StoreError(broken.format(name=path.name, reason=error.strerror)) from error
        return name

    def keep_content(self, content: bytes, suffix: str) -> Path:
        """A file with this content; the same content gives the same file. Raises StoreError."""
        ending = suffix.lower() if suffix[1:].isalnum() else ""
        kept = self._folder / (hashlib.sha256(content).hexdigest() + ending)
        try:
            if not kept.exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                write_whole(kept, content)
        except OSError as error:
            broken = translate("store", "The file can't be kept in {folder}: {reason}.")
            raise StoreError(broken.format(folder=self._folder, reason=error.strerror)) from error
        return kept

    def tidy(self) -> None:
        """Delete what is left of copies that were killed."""
        for part in self._folder.glob("*.part"):
            with suppress(OSError):
                if part.stat().st_mtime < time() - _ABANDONED_S:
                    part.unlink()

    def remove(self, name: str) -> None:
        """Delete a kept file; a file outside the folder is left alone."""
        path = self._folder / name
        if path.parent == self._folder:
            path.unlink(missing_ok=True)
