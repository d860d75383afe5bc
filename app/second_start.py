"""One window for each person and data folder: a second start hands its files to the first.

The window listens at a place of its own, a local socket that nobody else may use. Qt's network
library is loaded only where there is somebody to talk to, or once the window was painted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.plain import PlainError, from_plain, to_plain

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

# How long a window may take to say that it has the files; after that a second one is opened.
PATIENCE_MS = 5_000
_TAKEN = b"taken\n"
# By what a desktop allows a window to come to the front; set in the environment of a start.
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class Handed:
    """What a second start hands over: absolute paths, and its desktop's token for the front."""

    files: tuple[Path, ...]
    token: str = ""


def place_of(folder: Path) -> str:
    """Where the window of this person and this data folder listens, as Qt names such places.

    A name on Windows; elsewhere a path in the person's own runtime folder where there is one.
    """
    # Not needed by a window that is only measured or drawn, and not before this.
    import getpass
    import hashlib
    import tempfile

    person = getpass.getuser() if sys.platform == "win32" else os.getuid()
    whole = f"{person}\0{folder.absolute().resolve()}"
    key = hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    name = f"sightline-{key}"
    if sys.platform == "win32":
        return name
    return str(Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / name)


def hand_over(place: str, files: Sequence[Path]) -> bool:
    """Give the files to the window that listens there; whether there is one and it took them."""
    socket = _connected(place)
    if socket is None:
        return False
    handed = Handed(tuple(path.absolute() for path in files), os.environ.get(_TOKEN, ""))
    socket.write(json.dumps(to_plain(handed)).encode() + b"\n")
    while not socket.canReadLine():
        if not socket.waitForReadyRead(PATIENCE_MS):
            return False
    return bytes(socket.readLine().data()) == _TAKEN


def _connected(place: str) -> QLocalSocket | None:
    """A connection to the window that listens there; None where there is none."""
    if sys.platform != "win32" and not _is_ours(Path(place)):
        return None
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(place)
    return socket if socket.waitForConnected(PATIENCE_MS) else None


def _is_ours(path: Path) -> bool:
    """Whether this person made the file: in a folder for all, another may have put one there."""
    try:
        return path.lstat().st_uid == os.getuid()
    except OSError:
        return False


class Reception(QObject):
    """Takes what later starts hand over; lives on the GUI thread.

    Signals:
        came(Handed): another start was made, with these files (or none).
    """

    came = Signal(object)

    def __init__(self, place: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self._server: QLocalServer | None = None

    def open(self) -> None:
        """Begin to listen, unless another window does there or the place can't be had.

        What a killed window left behind is cleared away.
        """
        if _connected(self._place) is not None:
            return
        from PySide6.QtNetwork import QLocalServer

        QLocalServer.removeServer(self._place)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        self._server.listen(self._place)

    def close(self) -> None:
        """Listen no more: a start from here on opens a window of its own."""
        if self._server is not None:
            self._server.close()

    def _greet(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)
        self._read()

    def _read(self) -> None:
        """Take what has come whole, from whoever it is."""
        from PySide6.QtNetwork import QLocalSocket

        for socket in self._server.findChildren(QLocalSocket) if self._server is not None else ():
            if socket.canReadLine():
                self._answer(socket)

    def _answer(self, socket: QLocalSocket) -> None:
        try:
            handed = from_plain(Handed, json.loads(bytes(socket.readLine().data())))
        except (ValueError, PlainError):
            socket.abort()
            return
        socket.write(_TAKEN)
        socket.flush()
        if handed.token:
            os.environ[_TOKEN] = handed.token
        self.came.emit(handed)
