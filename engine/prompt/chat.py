"""A conversation in the format of the model's own chat template, the one inside its GGUF.

The template sees a private mark in the place of every text, picture and recording; what it writes
around them is taken apart again at the marks. So its own control tokens are known, and what a
person or a model wrote never becomes one. Media are marks in the text, as llama.cpp's own programs
put them: what has to stand around its rows, the encoder brings along.

As there, a message is one text where the template takes that, else a list with one text in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from engine.errors import BundleError
from engine.grounding.codec import Dialect
from engine.prompt.jinja import render_chat
from engine.prompt.tasks import TASKS, Task
from engine.prompt.tasks import find_task, instruction
from engine.prompt.template import MediaSlot, PromptStyle, Segment, TextSegment, _words as words_in
from engine.types import AudioPart, ImagePart, Message, Role

_MARK = re.compile(r"sightline(\d+)part")


@dataclass(frozen=True)
class ChatFormat:
    """A GGUF's chat template, and what it needs to know of the vocabulary.

    `control` are the texts of all control tokens, which no person types.
    """

    template: str
    bos: str
    eos: str
    control: frozenset[str]

    @cached_property
    def special(self) -> re.Pattern[str]:
        """Matches a control token, the longest that stands there, as llama.cpp looks for them."""
        longest_first = sorted(self.control, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    @cached_property
    def takes_text(self) -> bool:
        """Whether a message's content may be a text; else it is a list of parts."""
        return self._shows("sightline0part")

    def render(self, messages: Sequence[Mapping[str, Any]], *, answer: bool) -> str:
        """What the template writes. Raises BundleError where it can't."""
        return render_chat(
            self.template, messages, bos=self.bos, eos=self.eos, add_generation_prompt=answer
        )

    def _shows(self, text: str) -> bool:
        """Whether the template writes a message's text down."""
        try:
            return text in self.render([{"role": "user", "content": text}], answer=False)
        except BundleError:
            return False


def render_gguf(
    messages: Sequence[Message],
    chat: ChatFormat,
    style: PromptStyle,
    dialect: Dialect,
    *,
    answer: bool = False,
    tasks: Mapping[str, Task] = TASKS,
) -> list[Segment]:
    """The conversation as segments; with `answer`, ready for the model to write the next turn.

    Raises BundleError where the template fails or does not write down what was said.
    """
    notes = _Notes(dialect, tasks)
    if style.system and not (messages and messages[0].role == "system"):
        notes.system(style.system)
    for message in messages:
        notes.add(message)
    written = _written(notes.turns, chat, answer=answer)
    return list(_taken_apart(written, notes.parts, chat))


@dataclass(slots=True)
class _Notes:
    """The conversation as a template sees it, and what its marks stand for."""

    dialect: Dialect
    tasks: Mapping[str, Task]
    turns: list[tuple[Role, str]] = field(default_factory=list)
    parts: list[str | MediaSlot] = field(default_factory=list)
    _counts: dict[Literal["image", "audio"], int] = field(
        default_factory=lambda: {"image": 0, "audio": 0}
    )

    def system(self, words: str) -> None:
        self.turns.append(("system", self._mark(words)))

    def add(self, message: Message) -> None:
        """One turn: its pictures and recordings in their order, then its words."""
        marks = ""
        for part in message.parts:
            if isinstance(part, ImagePart):
                marks += self._media("image", part)
            elif isinstance(part, AudioPart):
                marks += self._media("audio", part)
        if message.role == "user":
            words = instruction(
                find_task(message.task, self.tasks), words_in(message), [], self.dialect
            )
        else:
            words = words_in(message)
        self.turns.append((message.role, marks + self._mark(words)))

    def _media(self, kind: Literal["image", "audio"], part: ImagePart | AudioPart) -> str:
        number = self._counts[kind]
        self._counts[kind] += 1
        return self._mark(MediaSlot(kind, number, part.path))

    def _mark(self, part: str | MediaSlot) -> str:
        self.parts.append(part)
        return f"sightline{len(self.parts) - 1}part"


def _written(turns: Sequence[tuple[Role, str]], chat: ChatFormat, *, answer: bool) -> str:
    """What the template makes of the turns, each of their marks once and in order.

    A template that knows no system message gets it in front of the first user's words.
    """
    marks = [mark for _, content in turns for mark in _MARK.findall(content)]
    problem: BundleError | None = None
    for listed in (turns, _without_system(turns)):
        try:
            written = chat.render([_message(turn, chat) for turn in listed], answer=answer)
        except BundleError as error:
            problem = problem or error
            continue
        if _MARK.findall(written) == marks:
            return written
    raise problem or BundleError(
        "The model's chat template (`tokenizer.chat_template` of its GGUF) does not write down each "
        "message once, in order; choose another model, or one of the same with a mended template."
    )


def _without_system(turns: Sequence[tuple[Role, str]]) -> list[tuple[Role, str]]:
    before, others = "", []
    for role, content in turns:
        if role == "system":
            before += f"{content}\n\n"
        elif role == "user":
            others.append((role, before + content))
            before = ""
        else:
            others.append((role, content))
    return others


def _message(turn: tuple[Role, str], chat: ChatFormat) -> dict[str, Any]:
    role, content = turn
    if chat.takes_text:
        return {"role": role, "content": content}
    return {"role": role, "content": [{"type": "text", "text": content}]}


def _taken_apart(
    written: str, parts: Sequence[str | MediaSlot], chat: ChatFormat
) -> Iterator[Segment]:
    """The segments: control tokens of the template, media, and all other text joined."""
    text = ""
    for number, piece in enumerate(_MARK.split(written)):
        if number % 2:
            part = parts[int(piece)]
            if isinstance(part, str):
                text += part
                continue
            yield from _text(text)
            text = ""
            yield part
            continue
        at = 0
        for found in chat.special.finditer(piece):
            yield from _text(text + piece[at : found.start()])
            yield TextSegment(found.group(), special=True)
            text, at = "", found.end()
        text += piece[at:]
    yield from _text(text)


def _text(text: str) -> Iterator[TextSegment]:
    if text:
        yield TextSegment(text)
