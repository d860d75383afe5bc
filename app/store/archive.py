"""The person's folder of conversations, opened when it is first needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.store.attachments import Attachments
    from app.store.conversations import Conversations

FILE = "conversations.sqlite3"
ATTACHMENTS = "attachments"
RECORDINGS = "recordings"


class Archive:
    """Owns the store of a folder, from its first use to `close`.

    Before that nothing of it is even loaded: the window is painted sooner without.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: Conversations | None = None

    @cached_property
    def attachments(self) -> Attachments:
        """The files of the conversations."""
        from app.store.attachments import Attachments

        return Attachments(self._folder / ATTACHMENTS)

    @property
    def recordings(self) -> Path:
        """The folder of what is being recorded, and is not kept with a conversation yet."""
        return self._folder / RECORDINGS

    @property
    def conversations(self) -> Conversations:
        """The conversations; what an earlier run left is in order. Raises StoreError."""
        if self._opened is None:
            from app.store.conversations import Conversations
            from app.store.database import Database

            opened = Conversations(Database(self._folder / FILE), self.attachments)
            if not opened.notice:
                opened.tidy()
            self._opened = opened
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None
