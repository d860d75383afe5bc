"""The llama.cpp library itself: started once, with its log joined to ours."""

from __future__ import annotations

import ctypes
import logging
import os
import weakref
from collections import deque
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from llama_cpp import llama_cpp as api

from engine.inventory import Gpu

_log = logging.getLogger(__name__)

# The numbers are ggml.h's. llama.cpp tells at "info" what only its developers read, and a decode
# that was aborted is an error to it.
_DEBUG, _INFO, _WARN, _ERROR = 1, 2, 3, 4
_LEVELS: Final = {
    _DEBUG: logging.DEBUG,
    _INFO: logging.DEBUG,
    _WARN: logging.DEBUG,
    _ERROR: logging.INFO,
}
_CONTINUED: Final = 5
_GPU: Final = 1  # ggml-backend.h: a device with memory of its own

_complaints: deque[str] = deque(maxlen=12)


class _LogJoiner:
    """Puts the pieces of a log line together; llama.cpp prints a line in several calls."""

    def __init__(self) -> None:
        self._line = ""
        self._level = _INFO

    def __call__(self, level: int, text: bytes | None, _data: Any) -> None:
        if level != _CONTINUED:
            self._level = level
        self._line += (text or b"").decode("utf-8", "replace")
        if not self._line.endswith("\n"):
            return
        line, self._line = self._line.strip(), ""
        if self._level == _ERROR:
            _complaints.append(line)
        _log.log(_LEVELS.get(self._level, logging.DEBUG), "%s", line)


_joiner = _LogJoiner()
# The library keeps only the address: without this object its next line would be a crash.
_log_callback = api.llama_log_callback(_joiner)


@cache
def start() -> None:
    """Starts the library; every further call does nothing. Threads may call it at the same time."""
    # Else a crash calls a debugger, which takes seconds in which nobody knows that it happened.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    # At exit, what was made first goes last: models and contexts are freed before this.
    take_log(api.llama_log_set)
    api.llama_backend_init()


def take_log(give: Callable[[Any, Any], None]) -> None:
    """Joins the log of llama.cpp, or of a library built on it, to ours; `give` is its `log_set`."""
    give(_log_callback, ctypes.c_void_p(None))
    # A null callback means "print to standard error"; a callback into a gone interpreter, a crash.
    weakref.finalize(_joiner, give, api.llama_log_callback(), ctypes.c_void_p(None))


def complaints() -> str:
    """The library's latest error lines, joined; asking forgets them."""
    text = "; ".join(_complaints)
    _complaints.clear()
    return text


def out_of_memory(text: str) -> bool:
    """Whether error lines of the library speak of memory that could not be had."""
    lower = text.lower()
    return any(sign in lower for sign in ("alloc", "out of memory", "outofmemory", "memory slot"))


def gpus() -> tuple[Gpu, ...]:
    """The devices with memory of their own that llama.cpp would use, by ggml-backend.h."""
    start()
    ggml = api._lib  # the bindings leave these functions out
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    ggml.ggml_backend_dev_description.restype = ctypes.c_char_p
    for name in ("type", "description", "memory"):
        getattr(ggml, f"ggml_backend_dev_{name}").argtypes = [ctypes.c_void_p]
    ggml.ggml_backend_dev_memory.argtypes = [
        ctypes.c_void_p,
        *[ctypes.POINTER(ctypes.c_size_t)] * 2,
    ]
    found = []
    for number in range(ggml.ggml_backend_dev_count()):
        device = ggml.ggml_backend_dev_get(number)
        if ggml.ggml_backend_dev_type(device) == _GPU:
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            ggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
            name = ggml.ggml_backend_dev_description(device).decode("utf-8", "replace")
            found.append(Gpu(name, free.value, total.value))
    return tuple(found)


def has_gpu() -> bool:
    """Whether a GPU backend is compiled in and finds a device (CUDA, Metal, Vulkan and so on)."""
    start()
    return bool(api.llama_supports_gpu_offload())
