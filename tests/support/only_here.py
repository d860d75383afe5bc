"""Makes whatever would reach beyond this machine fail, loudly."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

HERE = ("127.0.0.1", "::1")


def allow_only_here(replace: Callable[[object, str, object], None] = setattr) -> None:
    """From now on a connection, or a name that is looked up, elsewhere raises AssertionError.

    `replace` is `setattr`, or a test's own that sets it back.
    """
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert address[0] in HERE, f"{address} was contacted"
        connect(self, address)

    def look_up_here(host: Any, *rest: Any, **named: Any) -> Any:
        assert host in HERE, f"{host} was looked up"
        return look_up(host, *rest, **named)

    replace(socket.socket, "connect", connect_here)
    replace(socket, "getaddrinfo", look_up_here)
