"""What models there are, and which could be: each asked of a run of the engine's command line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.models.child import COMMAND, Child, Ended
from app.texts import marked, translate
from engine.catalogue import Catalogue
from engine.inventory import Inventory
from engine.plain import PlainError, from_plain

_NO_LIST = marked("models", "The models can't be listed: {reason}")
_NO_CATALOGUE = marked("models", "What can be installed can't be listed: {reason}")


class Reader(QObject):
    """Asks for one JSON value of a type of the engine's, and tells; lives on the GUI thread.

    `broken` is the sentence for what can't be found out, with a {reason}.

    Signals:
        found(object): what is there now, of the type `kind`.
        failed(str): it could not be found out, with one sentence.
    """

    found = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        kind: type[Any],
        words: Sequence[str],
        *,
        broken: str,
        command: Sequence[str] = COMMAND,
    ) -> None:
        super().__init__()
        self._kind = kind
        self._words = words
        self._broken = broken
        self._command = command
        self._child: Child | None = None
        self._said = b""
        self._again = False

    @property
    def busy(self) -> bool:
        """Whether it is still being found out."""
        return self._child is not None

    def ask(self) -> None:
        """Find out how it is now; one that is still being asked may not have seen that."""
        if self._child is not None:
            self._again = True
            return
        self._said = b""
        self._child = Child(self._words, command=self._command, parent=self)
        self._child.said.connect(self._hear)
        self._child.over.connect(self._read)
        self._child.start()

    def close(self) -> None:
        """Nobody wants to know any more."""
        self._again = False
        if self._child is not None:
            self._child.close()

    def _hear(self, line: bytes) -> None:
        self._said += line

    def _read(self, ended: Ended) -> None:
        if self._child is not None:
            self._child.deleteLater()
            self._child = None
        if self._again:
            self._again = False
            self.ask()
            return
        try:
            self.found.emit(from_plain(self._kind, json.loads(self._said)))
        except (ValueError, PlainError):
            self.failed.emit(translate("models", self._broken).format(reason=ended.complaint))


def inventory_reader(command: Sequence[str] = COMMAND) -> Reader:
    """Asks which models this machine has, as an Inventory."""
    return Reader(Inventory, ("list", "--json"), broken=_NO_LIST, command=command)


def catalogue_reader(command: Sequence[str] = COMMAND) -> Reader:
    """Asks which could be installed, as a Catalogue; no network is needed for that."""
    return Reader(Catalogue, ("catalogue", "--json"), broken=_NO_CATALOGUE, command=command)
