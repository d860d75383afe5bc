"""A hub on 127.0.0.1 that speaks the protocol as huggingface_hub 2.4 uses it.

`GET /api/models/<owner>/<name>[/revision/<rev>]?blobs=true` lists the files; `HEAD` and `GET` of
`/<owner>/<name>/resolve/<rev>/<path>` redirect a large file to another path as the hub does to its
store (X-Repo-Commit, X-Linked-Size, X-Linked-Etag), which grants ranges. Faults are set by a test.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1000  # bytes from which a file is kept as LFS
_BLOCK, _AT_ONCE = 4096, 1 << 18  # bytes, through the gate and without one


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: method, path, the `Range` it came with, and how many bytes of a file it got."""

    method: str
    path: str
    range: str | None
    sent: int
    authorization: str | None


@dataclass
class HubServer:
    """`files` by repository and path. Faults: `gated` and `private` repositories; `lies`, files
    whose hash is told wrongly; `cuts`, after how many bytes each next answer breaks off;
    `gate`, which each block waits for; `busy`, how many answers are 503 first.
    """

    files: dict[str, dict[str, bytes]]
    gated: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    lies: set[str] = field(default_factory=set)
    cuts: list[int] = field(default_factory=list)
    gate: threading.Semaphore | None = None
    busy: int = 0
    ranges: bool = True
    token: str = "good"  # noqa: S105
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    def sent(self, name: str) -> list[tuple[str | None, int]]:
        """The range and the bytes of every answer that gave something of the file."""
        return [(a.range, a.sent) for a in self.asked if a.path.endswith(name) and a.sent]

    def listing(self, repository: str) -> dict[str, object]:
        """What the API says of a repository."""
        siblings = []
        for name, content in self.files[repository].items():
            blob = _sha1(b"blob %d\0" % len(content) + content)
            told: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": blob}
            if len(content) >= LARGE:
                wrong = b"!" if name in self.lies else b""
                sha256 = hashlib.sha256(content + wrong).hexdigest()
                told["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
            elif name in self.lies:
                told["blobId"] = "0" * 40
            siblings.append(told)
        return {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": siblings}


@contextmanager
def serving(hub: HubServer) -> Iterator[HubServer]:
    """The hub at a port of 127.0.0.1, until the block ends."""

    class Handler(_Handler):
        server_hub = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hub
    finally:
        if hub.gate is not None:
            hub.gate.release(1 << 20)
        server.shutdown()
        thread.join()
        server.server_close()


def _sha1(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_hub: HubServer
    _sent = 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing on standard error; the server keeps its own record."""

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub, self._sent = self.server_hub, 0
        # A proxy is asked for whole addresses.
        path = unquote(urlsplit(self.path).path)
        try:
            if hub.busy:
                hub.busy -= 1
                self._refuse(503, "", "busy")
            elif path.startswith("/api/models/"):
                self._list(path.removeprefix("/api/models/"))
            else:
                self._file(path)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            hub.asked.append(
                Asked(
                    self.command,
                    self.path,
                    self.headers.get("Range"),
                    self._sent,
                    self.headers.get("Authorization"),
                )
            )

    def _list(self, path: str) -> None:
        repository, _, _revision = path.partition("/revision/")
        if self._may(repository, listing=True):
            body = json.dumps(self.server_hub.listing(repository)).encode()
            self._head(200, {"Content-Type": "application/json"}, len(body))
            self.wfile.write(body)

    def _file(self, path: str) -> None:
        repository, _, rest = path.lstrip("/").partition("/resolve/")
        stored = repository.startswith("store/")
        repository = repository.removeprefix("store/")
        name = rest.partition("/")[2]
        if not (stored or self._may(repository)):
            return
        content = self.server_hub.files.get(repository, {}).get(name)
        if content is None:
            self._refuse(404, "EntryNotFound", "Entry not found")
            return
        large = len(content) >= LARGE
        told = {"X-Repo-Commit": COMMIT, "ETag": f'"{_sha1(content)}"'}
        if large and not stored:
            told |= {
                "X-Linked-Size": str(len(content)),
                "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
                "Location": f"{self.server_hub.address}/store{path}",
            }
            self._head(302, told, 0)
            return
        self._give(content, told)

    def _give(self, content: bytes, told: dict[str, str]) -> None:
        hub, start = self.server_hub, 0
        asked = self.headers.get("Range")
        if asked and hub.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(content):
                self._head(416, {"Content-Range": f"bytes */{len(content)}"}, 0)
                return
            told["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self._head(206 if "Content-Range" in told else 200, told, len(content) - start)
        if self.command == "HEAD":
            return
        end = start + hub.cuts.pop(0) if hub.cuts else len(content)
        step = _BLOCK if hub.gate is not None else _AT_ONCE
        for at in range(start, min(end, len(content)), step):
            if hub.gate is not None:
                hub.gate.acquire()
            block = content[at : min(at + step, end)]
            self.wfile.write(block)
            self.wfile.flush()
            self._sent += len(block)
        if end < len(content):
            self.close_connection = True

    def _may(self, repository: str, *, listing: bool = False) -> bool:
        hub = self.server_hub
        given = self.headers.get("Authorization")
        known = given == f"Bearer {hub.token}"
        if given and not known:
            self._refuse(401, "", "Invalid credentials in Authorization header")
        elif repository not in hub.files:
            self._refuse(404 if known else 401, "RepoNotFound", "Repository not found")
        elif repository in hub.private and not known:
            self._refuse(401, "RepoNotFound", "Repository not found")
        elif repository in hub.gated and not listing:
            self._refuse(403 if known else 401, "GatedRepo", "Access is restricted")
        else:
            return True
        return False

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._head(status, {"X-Error-Code": code, "X-Error-Message": message}, 0)

    def _head(self, status: int, told: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in told.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
