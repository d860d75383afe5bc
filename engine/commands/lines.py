"""Requests and answers as the command line writes them: one JSON object a line.

This form is a contract that other programs rely on; its keys are those of `RequestLine` and
`answer_line`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.plain import PlainError, from_plain, to_plain
from engine.prompt.tasks import typed_task
from engine.types import (
    Answer,
    AudioPart,
    ImagePart,
    Message,
    Part,
    RegionPart,
    Request,
    Sampling,
    TextPart,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A question as it is written: files by their paths, the region in 0..1 of the last picture."""

    image: tuple[Path, ...] = ()
    audio: tuple[Path, ...] = ()
    task: str = "chat"
    region: tuple[float, float, float, float] | None = None
    prompt: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None

    def request(self, name: str, sampling: Mapping[str, Sampling]) -> Request:
        """The request called `name`; `sampling` is what the bundle says for each task."""
        parts: list[Part] = [*map(ImagePart, self.image), *map(AudioPart, self.audio)]
        parts.append(TextPart(self.prompt))
        if self.region is not None:
            parts.append(RegionPart(Box(*self.region), max(0, len(self.image) - 1)))
        message = Message("user", tuple(parts), self.task)
        return Request(name, (message,), self._sampling(sampling))

    def spoken(self, words: Sequence[str]) -> RequestLine:
        """The same question with these words in place of its recordings, in front of the typed
        ones; a typed tag stays first."""
        task, typed = typed_task(self.prompt)
        pieces = (task.tag if task else "", *words, typed)
        return replace(self, audio=(), prompt=" ".join(filter(None, pieces)))

    @property
    def asked_task(self) -> str:
        """The id of the task, whether it was chosen or typed as a tag."""
        typed, _ = typed_task(self.prompt)
        return typed.id if typed and self.task == "chat" else self.task

    def _sampling(self, sampling: Mapping[str, Sampling]) -> Sampling | None:
        wanted = {
            "max_tokens": self.max_tokens, "temperature": self.temperature, "seed": self.seed,
        }  # fmt: skip
        changes: dict[str, Any] = {key: v for key, v in wanted.items() if v is not None}
        if not changes:
            return None
        return replace(sampling.get(self.asked_task, Sampling()), **changes)


def read_line(line: str) -> tuple[object, RequestLine | InputError]:
    """A line of a batch: its id (None where it has none) and the question, or what is wrong.

    `image` and `audio` may be one path or a list of paths.
    """
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError) as error:
        return None, InputError(f"This line is not JSON: {line.strip()!r:.80} ({error}).")
    if not isinstance(plain, dict):
        return None, InputError(f"This line is no JSON object with a question: {plain!r:.80}.")
    name = plain.pop("id", None)
    for key in ("image", "audio"):
        if isinstance(plain.get(key), str):
            plain[key] = [plain[key]]
    given = {key: value for key, value in plain.items() if value is not None}
    try:
        return name, from_plain(RequestLine, given)
    except PlainError as error:
        return name, InputError(f"The request can't be read: {error}.")


def answer_line(name: object, answer: Answer) -> str:
    """The answer to the request called `name`, as one line of JSON without its newline."""
    boxes = [
        {"phrase": found.phrase, "box": found.box.as_list(), "image": found.image}
        for found in answer.boxes
    ]
    plain = {
        "id": name,
        "text": answer.text,
        "raw": answer.raw,
        "boxes": boxes,
        "malformed": answer.malformed,
        "finish": answer.finish,
        "error": answer.error,
        "stats": {
            key: round(value, 3) if isinstance(value, float) else value
            for key, value in to_plain(answer.stats).items()
        },
    }
    return json.dumps(plain)
