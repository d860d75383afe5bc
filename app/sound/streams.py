"""PortAudio's open streams, of all of the program.

It is not made for several threads, and when it looks for devices it closes every stream that is
open, under the feet of whoever has it. So all of that is done under one lock.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any


class OpenStreams:
    """The streams that were opened and not closed. May be used on any thread.

    `lock` is held by whoever has PortAudio do something that it does to all of them.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self.streams: list[Any] = []

    def open(self, make: Callable[[], Any]) -> Any:
        """A stream that `make` gives, started. What can't be started is closed again.

        Raises what the binding raises.
        """
        with self.lock:
            stream = make()
            try:
                stream.start()
            except Exception:
                stream.close()
                raise
            self.streams.append(stream)
            return stream

    def close(self, stream: Any) -> None:
        with self.lock:
            self.streams.remove(stream)
            stream.close()


OPEN = OpenStreams()
