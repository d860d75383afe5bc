"""The person's folder of conversations, opened when it is first needed."""

from __future__ import annotations

from pathlib import Path

from app.store.attachments import Attachments
from app.store.conversations import Conversations
from app.store.database import Database

FILE = "conversations.sqlite3"
ATTACHMENTS = "attachments"


class Archive:
    """Owns the store of a folder, from its first use to `close`."""

    def __init__(self, folder: Path) -> None:
        self.attachments = Attachments(folder / ATTACHMENTS)
        self._path = folder / FILE
        self._opened: Conversations | None = None

    @property
    def conversations(self) -> Conversations:
        """The conversations; what an earlier run left is in order. Raises StoreError."""
        if self._opened is None:
            opened = Conversations(Database(self._path), self.attachments)
            if not opened.notice:
                opened.tidy()
            self._opened = opened
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None
