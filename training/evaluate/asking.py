"""Questions through the engine, picture by picture, and the replies kept for the next slice."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.plain import from_plain, to_plain
from engine.types import (
    AudioPart,
    Event,
    Finished,
    ImagePart,
    Message,
    Part,
    RegionPart,
    Request,
    TextPart,
)
from training.data.questions import Question
from training.data.samples import Sample
from training.errors import DataError
from training.evaluate.benchmark import Reply


class Answering(Protocol):
    """What is measured; `engine.Engine` is one."""

    def answer(self, request: Request) -> Iterator[Event]: ...


@dataclass(slots=True)
class Kept:
    """Replies by key, one JSON line each in `path`; what a killed slice wrote half is dropped."""

    path: Path
    replies: dict[str, Reply] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Kept:
        """What an earlier slice has left. Raises DataError where a whole line is not a reply."""
        kept = cls(path)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            return kept
        text = path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            path.write_text(whole, encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                plain = json.loads(line)
                key = plain.pop("key")
                kept.replies[key] = from_plain(Reply, plain)
            except (ValueError, KeyError, AttributeError) as error:
                raise DataError(f"{path}, line {number}: not a reply; delete the file") from error
        return kept

    def add(self, key: str, reply: Reply) -> None:
        """Remember a reply, at once on disk."""
        self.replies[key] = reply
        line = json.dumps({"key": key, **to_plain(reply)}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def key_of(sample: Sample, question: Question) -> str:
    """Names a question about a picture by all that the model is told."""
    told = [question.task, question.words, [box.as_list() for box in question.regions]]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
    return f"{sample.key}:{digest}"


def ask(
    engine: Answering,
    sample: Sample,
    questions: Mapping[str, Question],
    folder: Path,
    *,
    clips: Mapping[str, Path] | None = None,
) -> dict[str, Reply]:
    """A reply for each question about one picture, which the engine encodes and reads once.

    The words of a question whose key is in `clips` are said in that recording and not written. The
    picture is written to `folder` for as long as this takes.
    """
    path = folder / f"{file_name(sample.key)}.png"
    sample.open().save(path, compress_level=1)
    said = clips or {}
    try:
        return {
            key: reply(engine, message_of(question, path, clip=said.get(key)))
            for key, question in questions.items()
        }
    finally:
        path.unlink()


def file_name(key: str) -> str:
    """A key as a file may be called."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", key)


def reply(engine: Answering, message: Message) -> Reply:
    """What the engine answers to a message by itself."""
    for event in engine.answer(Request("evaluate", (message,))):
        if isinstance(event, Finished):
            answer = event.answer
            return Reply(answer.text, answer.boxes, answer.malformed, answer.error)
    raise DataError("The engine ended an answer without saying so.")


def message_of(question: Question, picture: Path, *, clip: Path | None = None) -> Message:
    """The question as a person would send it: typed, or said in `clip`."""
    parts: list[Part] = [ImagePart(picture)]
    parts += [RegionPart(box) for box in question.regions]
    if clip is not None:
        parts.append(AudioPart(clip))
    elif question.words:
        parts.append(TextPart(question.words))
    return Message("user", tuple(parts), task=question.task)


def errors_in(replies: Sequence[Reply]) -> int:
    """How many questions the engine could not answer."""
    return sum(reply.error is not None for reply in replies)
