"""What the engine process and its client say to each other: JSON lines, one message a line.

To the engine `{"do": "answer", "request": {...}}`, from it `{"event": "text", "id": "7", ...}`.
The rest of a line is the message's dataclass as `engine.plain` writes it; large things travel as
files, by their paths.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from engine.errors import EngineError
from engine.plain import PlainError, from_plain, to_plain
from engine.types import (
    BoxFound,
    EngineInfo,
    Event,
    Finished,
    Message,
    Notice,
    Progress,
    Request,
    TextDelta,
)

T = TypeVar("T")


class ProtocolError(EngineError):
    """A line that is no message; the program's two sides do not fit together."""


@dataclass(frozen=True, slots=True)
class AnswerThis:
    """Answer the request, after those that came before it."""

    request: Request


@dataclass(frozen=True, slots=True)
class PrepareFor:
    """Compute ahead what a question that goes on from these messages will need."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class TranscribeThis:
    """Write down what is said in the recording, after the requests that came before."""

    id: str
    path: Path


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Stop the request at the next token, or do not begin it."""

    id: str


@dataclass(frozen=True, slots=True)
class CloseEngine:
    """Stop everything and end."""


Command = AnswerThis | PrepareFor | TranscribeThis | CancelRequest | CloseEngine


@dataclass(frozen=True, slots=True)
class Loading:
    """The engine is on its way: a sentence, and the share done, 0..1, where it is known."""

    text: str
    done: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine can answer."""

    info: EngineInfo


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine can't be loaded, and why."""

    error: str


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What was said in a recording, "" where nobody spoke; or why that can't be told."""

    id: str
    text: str
    error: str | None = None


HostEvent = Loading | Ready | Failed | Transcribed | Event

_COMMANDS: dict[str, type[Command]] = {
    "answer": AnswerThis,
    "prepare": PrepareFor,
    "transcribe": TranscribeThis,
    "cancel": CancelRequest,
    "close": CloseEngine,
}
_EVENTS: dict[str, type[HostEvent]] = {
    "loading": Loading,
    "ready": Ready,
    "failed": Failed,
    "transcribed": Transcribed,
    "text": TextDelta,
    "box": BoxFound,
    "progress": Progress,
    "notice": Notice,
    "finished": Finished,
}
_NAMES: dict[type, tuple[str, str]] = {
    **{kind: ("do", name) for name, kind in _COMMANDS.items()},
    **{kind: ("event", name) for name, kind in _EVENTS.items()},
}


def write_line(message: Command | HostEvent) -> bytes:
    """The message as one line of ASCII, with its newline."""
    key, name = _NAMES[type(message)]
    return json.dumps({key: name, **to_plain(message)}, separators=(",", ":")).encode() + b"\n"


def read_command(line: bytes) -> Command:
    """What a client says. Raises ProtocolError."""
    return _read(line, "do", _COMMANDS)


def read_event(line: bytes) -> HostEvent:
    """What the engine process says. Raises ProtocolError."""
    return _read(line, "event", _EVENTS)


def _read(line: bytes, key: str, kinds: Mapping[str, type[T]]) -> T:
    try:
        plain = json.loads(line)
        name = plain.pop(key)
        return from_plain(kinds[name], plain)
    except (ValueError, AttributeError, KeyError, TypeError, PlainError) as error:
        raise ProtocolError(
            f"This is no message of the engine's protocol: {line!r:.120}."
        ) from error
