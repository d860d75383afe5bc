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
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from engine.errors import BundleError
from engine.grounding.codec import Dialect
from engine.prompt.jinja import render_chat
from engine.prompt.tasks import TASKS, Task
from engine.prompt.template import (
    MediaSlot,
    PromptStyle,
    Segment,
    add_marked,
    add_text,
    recordings,
    said_in,
    words_in,
)
from engine.prompt.wording import Said
from engine.types import AudioPart, ImagePart, Message, Part, RegionPart, Role

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
    worded: bool = False,
) -> list[Segment]:
    """The conversation as segments; with `answer`, ready for the model to write the next turn.

    Raises BundleError where the template fails or does not write down what was said.
    """
    notes = _Notes()
    if style.system and not (messages and messages[0].role == "system"):
        notes.add("system", (Said(style.system),))
    for message in messages:
        regions = [part.box for part in message.parts if isinstance(part, RegionPart)]
        in_place: list[AudioPart] = []
        match message.role:
            case "user":
                said = said_in(message, regions, dialect, tasks, worded=worded)
                _, in_place = recordings(message, style, tasks)
            case "assistant":
                said = (Said(words_in(message), ours=True),)
            case "system":
                said = (Said(words_in(message)),)
        ahead = [part for part in message.parts if part not in in_place]
        notes.add(message.role, said, ahead, in_place)
    return _taken_apart(_written(notes.turns, chat, answer=answer), notes.parts, chat, dialect)


class _Notes:
    """The conversation as a template sees it, and what its marks stand for."""

    def __init__(self) -> None:
        self.turns: list[tuple[Role, str]] = []
        self.parts: list[tuple[Said, ...] | MediaSlot] = []
        self._images, self._recordings = count(), count()

    def add(
        self,
        role: Role,
        said: tuple[Said, ...],
        ahead: Sequence[Part] = (),
        in_place: Sequence[Part] = (),
    ) -> None:
        """One turn: its words, between the pictures and recordings in front and those behind."""
        first = len(self.parts)
        self.parts += [*self._slots(ahead), said, *self._slots(in_place)]
        marks = "".join(f"sightline{number}part" for number in range(first, len(self.parts)))
        self.turns.append((role, marks))

    def _slots(self, parts: Sequence[Part]) -> Iterator[MediaSlot]:
        for part in parts:
            if isinstance(part, ImagePart):
                yield MediaSlot("image", next(self._images), part.path)
            elif isinstance(part, AudioPart):
                yield MediaSlot("audio", next(self._recordings), part.path)


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
        "The model's chat template (`tokenizer.chat_template` of its GGUF) does not write down "
        "each message once, in order; choose another model, or one with a mended template."
    )


def _without_system(turns: Sequence[tuple[Role, str]]) -> list[tuple[Role, str]]:
    before = ""
    others: list[tuple[Role, str]] = []
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
    written: str,
    parts: Sequence[tuple[Said, ...] | MediaSlot],
    chat: ChatFormat,
    dialect: Dialect,
) -> list[Segment]:
    """The template's control tokens, the media, and all other text joined."""
    segments: list[Segment] = []
    for number, piece in enumerate(_MARK.split(written)):
        if number % 2 == 0:
            at = 0
            for found in chat.special.finditer(piece):
                add_text(segments, piece[at : found.start()])
                add_text(segments, found.group(), special=True)
                at = found.end()
            add_text(segments, piece[at:])
            continue
        part = parts[int(piece)]
        if isinstance(part, MediaSlot):
            segments.append(part)
            continue
        for said in part:
            if said.ours:
                add_marked(segments, said.text, dialect)
            else:
                add_text(segments, said.text)
    return segments
