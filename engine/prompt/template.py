"""A conversation as the model was trained to read it: messages -> segments: text or a media slot.

One renderer for training, evaluation and inference: training tokenizes every segment and learns
from those marked `trained`; inference renders the same messages with `answer=True`, which ends in
the header that the model continues. A turn is its pictures and recordings in the order in which
they were added, then its instruction.

"gguf": the chat template inside the model's own file, see `engine.prompt.chat`.
"chatml": SmolLM2 and many others. "llama-2": MiniGPT-v2 (`[INST] <Img>` picture `</Img> [refer]
words [/INST]`, one BOS in front of the whole conversation, `</s>` behind each answer). "llasm" and
"llasm-baichuan": LLaSM's two, as its infer_tokenize.py writes them; in the first each turn has a
BOS, and the system message stands before all of them as well. "vicuna" and "mistral": LLaVA's, as
its conversation.py (`conv_vicuna_v1`, `conv_mistral_instruct`) writes them in training; a first
turn is what the chat template of the published files writes, which leaves out the ends of answers.
"llama-3": Llama 3's own, which Ultravox keeps. The space before an answer's first word is the one
that SentencePiece tokenizers put there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import BundleError
from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, Task, find_task
from engine.prompt.wording import Said, instruction
from engine.types import AudioPart, ImagePart, Message, RegionPart, TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The strings of a chat format. `special` are those that are one token each."""

    start: str
    system: tuple[str, str]
    user: tuple[str, str]
    assistant: tuple[str, str]
    between: str
    special: tuple[str, ...]
    system_inside: bool
    system_ahead: bool = False


TEMPLATES: dict[str, Template] = {
    "chatml": Template(
        start="",
        system=("<|im_start|>system\n", "<|im_end|>\n"),
        user=("<|im_start|>user\n", "<|im_end|>\n"),
        assistant=("<|im_start|>assistant\n", "<|im_end|>"),
        between="\n",
        special=("<|im_start|>", "<|im_end|>"),
        system_inside=False,
    ),
    "llama-2": Template(
        start="<s>",
        system=("<<SYS>>\n", "\n<</SYS>>\n\n"),
        user=("[INST] ", " [/INST]"),
        assistant=("", "</s>"),
        between="",
        special=("<s>", "</s>"),
        system_inside=True,
    ),
    "vicuna": Template(
        start="<s>",
        system=("", " "),
        user=("USER: ", " "),
        assistant=("ASSISTANT:", "</s>"),
        between="",
        special=("<s>", "</s>"),
        system_inside=False,
    ),
    "mistral": Template(
        start="<s>",
        system=("<<SYS>>\n", "\n<</SYS>>\n\n"),
        user=("[INST] ", " [/INST]"),
        assistant=("", " </s>"),
        between="",
        special=("<s>", "</s>"),
        system_inside=True,
    ),
    "llama-3": Template(
        start="<|begin_of_text|>",
        system=("<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>"),
        user=("<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
        assistant=("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
        between="",
        special=("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        system_inside=False,
    ),
    "llasm": Template(
        start="",
        system=("<<SYS>>\n", "\n<</SYS>>\n\n"),
        user=("<s>[INST] ", " [/INST]"),
        assistant=(" ", " </s>"),
        between="",
        special=("<s>", "</s>"),
        system_inside=True,
        system_ahead=True,
    ),
    "llasm-baichuan": Template(
        start="",
        system=("", ""),
        user=("USER:", ""),
        assistant=("ASSISTANT:", "</s>"),
        between="",
        special=("</s>",),
        system_inside=False,
    ),
}


GGUF_TEMPLATE = "gguf"
"""The id of a template that is not one of ours: the one in the language model's file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptStyle:
    """The manifest's `prompt`: template id, what stands around media, the system message if any.

    Words follow a picture or recording behind a space, unless what stands behind it ends in one.
    With `media_tokens` what stands around media is one token each. An answer ends before any of the
    `stop` strings, besides the template's own end of turn. With `region_rows` a region that the
    words speak of is its own row and its box, as inside a picture. With `audio_as_words` a
    recording stands where its words would, had they been typed, and as they would: with nothing
    around it.
    """

    template: str
    image: tuple[str, str] = ("<Img>", "</Img>")
    audio: tuple[str, str] = ("<au_start>", "<au_end>")
    system: str | None = None
    stop: tuple[str, ...] = ()
    region_rows: bool = False
    media_tokens: bool = False
    audio_as_words: bool = False


@dataclass(frozen=True, slots=True)
class TextSegment:
    """Text to tokenize, never with a BOS of the tokenizer's own.

    `trained` marks what the model has to write itself: the answer's words and the token that ends
    it. `special` marks a template's own token; in all other text, such a string is what a person
    typed and is tokenized letter by letter.
    """

    text: str
    trained: bool = False
    special: bool = False


@dataclass(frozen=True, slots=True)
class MediaSlot:
    """Where a picture or recording stands; `index` counts each kind over the conversation.

    `closing` is the text that ends it, the beginning of what stands behind it.
    """

    kind: Literal["image", "audio"]
    index: int
    path: Path
    closing: str = ""


@dataclass(frozen=True, slots=True)
class RegionSlot:
    """Where the row of a region of the picture at `path` stands, in front of the box itself."""

    path: Path
    box: Box


Segment = TextSegment | MediaSlot | RegionSlot


def render(
    messages: Sequence[Message],
    style: PromptStyle,
    dialect: Dialect,
    *,
    answer: bool = False,
    tasks: Mapping[str, Task] = TASKS,
    worded: bool = False,
) -> list[Segment]:
    """The conversation as segments; with `answer`, ready for the model to write the next turn.

    A model that is `worded` knows no tags and is asked in sentences. The text of an assistant's
    message is what the model wrote, markup included. Raises InputError for a task that the table
    does not have, BundleError for a template that does not exist.
    """
    if style.template not in TEMPLATES:
        known = ", ".join(TEMPLATES)
        raise BundleError(
            f'bundle.json asks for the prompt template "{style.template}", which this version does '
            f"not have (it has {known}); update the program or choose another bundle."
        )
    writer = _Writer(style, TEMPLATES[style.template], dialect, tasks, worded=worded)
    if style.system and not (messages and messages[0].role == "system"):
        writer.system(style.system)
    for message in messages:
        match message.role:
            case "system":
                writer.system(words_in(message))
            case "user":
                writer.user(message)
            case "assistant":
                writer.assistant(words_in(message))
    if answer:
        writer.header()
    return writer.segments


def words_in(message: Message) -> str:
    """What was typed or written, without the white space around it."""
    return " ".join(
        part.text.strip() for part in message.parts if isinstance(part, TextPart)
    ).strip()


def said_in(
    message: Message,
    regions: Sequence[Box],
    dialect: Dialect,
    tasks: Mapping[str, Task],
    *,
    worded: bool,
) -> tuple[Said, ...]:
    """A user's message as the instruction behind its pictures and recordings."""
    return instruction(
        find_task(message.task, tasks),
        words_in(message),
        regions,
        dialect,
        worded=worded,
        spoken=any(isinstance(part, AudioPart) for part in message.parts),
    )


def recordings(
    message: Message, style: PromptStyle, tasks: Mapping[str, Task]
) -> tuple[list[AudioPart], list[AudioPart]]:
    """A message's recordings: those in front of its instruction, and those in its words' place.

    One that is to be written down is not asked by, but about.
    """
    found = [part for part in message.parts if isinstance(part, AudioPart)]
    asks = style.audio_as_words and find_task(message.task, tasks).takes != "speech"
    return ([], found) if asks else (found, [])


class _Writer:
    """Puts turns together; neighbouring text of one kind becomes one segment."""

    def __init__(
        self,
        style: PromptStyle,
        template: Template,
        dialect: Dialect,
        tasks: Mapping[str, Task],
        *,
        worded: bool,
    ) -> None:
        self.segments: list[Segment] = []
        self._style = style
        self._template = template
        self._dialect = dialect
        self._tasks = tasks
        self._worded = worded
        self._media_paths: dict[str, list[Path]] = {"image": [], "audio": []}
        self._answered = False
        self._system = ""
        self._marks(template.start)

    def system(self, words: str) -> None:
        if self._template.system_ahead:
            self.segments.insert(0, TextSegment(words.join(self._template.system)))
        if self._template.system_inside:
            self._system = words
            return
        self._between()
        self._marks(self._template.system[0])
        self._text(words)
        self._marks(self._template.system[1])

    def user(self, message: Message) -> None:
        self._between()
        self._marks(self._template.user[0])
        if self._system:
            self._text(self._system.join(self._template.system))
            self._system = ""
        lead = ""
        ahead, in_place = recordings(message, self._style, self._tasks)
        for part in message.parts:
            if isinstance(part, ImagePart):
                lead = self._media("image", part.path, lead, self._style.image)
            elif part in ahead:
                lead = self._media("audio", part.path, lead, self._style.audio)
        regions = [part for part in message.parts if isinstance(part, RegionPart)]
        apart = regions if self._style.region_rows else []
        self._instruction(message, lead, [] if apart else [part.box for part in regions])
        for recording in in_place:
            self._media("audio", recording.path, "", ("", ""))
        for region in apart:
            self.segments.append(RegionSlot(self._media_paths["image"][region.image], region.box))
            self._marked(" " + self._dialect.box(region.box))
        self._marks(self._template.user[1])

    def assistant(self, words: str) -> None:
        self.header()
        self._marked(words, trained=True)
        self._marks(self._template.assistant[1], trained=True)
        self._answered = True

    def header(self) -> None:
        self._marks(self._template.assistant[0])

    def _instruction(self, message: Message, lead: str, regions: Sequence[Box]) -> None:
        said = said_in(message, regions, self._dialect, self._tasks, worded=self._worded)
        self._text(lead if said else "")
        for piece in said:
            if piece.ours:
                self._marked(piece.text)
            else:
                self._text(piece.text)

    def _media(
        self, kind: Literal["image", "audio"], path: Path, lead: str, around: tuple[str, str]
    ) -> str:
        """Writes the slot, `lead` in front; returns what comes before the next thing."""
        self._text(lead)
        self._text(around[0], special=self._style.media_tokens)
        self.segments.append(MediaSlot(kind, len(self._media_paths[kind]), path, around[1]))
        self._media_paths[kind].append(path)
        self._text(around[1], special=self._style.media_tokens)
        return "" if around[1][-1:].isspace() else " "

    def _between(self) -> None:
        if self._answered:
            self._text(self._template.between)
        self._answered = False

    def _marks(self, text: str, *, trained: bool = False) -> None:
        """Text of the template, in which its special tokens are tokens."""
        for piece in _split(text, self._template.special):
            self._text(piece, trained=trained, special=piece in self._template.special)

    def _marked(self, text: str, *, trained: bool = False) -> None:
        add_marked(self.segments, text, self._dialect, trained=trained)

    def _text(self, text: str, *, trained: bool = False, special: bool = False) -> None:
        add_text(self.segments, text, trained=trained, special=special)


def add_text(
    segments: list[Segment], text: str, *, trained: bool = False, special: bool = False
) -> None:
    """Puts text behind the segments; neighbours of one kind become one."""
    if not text:
        return
    last = segments[-1] if segments else None
    joins = isinstance(last, TextSegment) and not (last.special or special)
    if isinstance(last, TextSegment) and joins and last.trained == trained:
        segments.pop()
        text = last.text + text
    segments.append(TextSegment(text, trained, special))


def add_marked(
    segments: list[Segment], text: str, dialect: Dialect, *, trained: bool = False
) -> None:
    """The same for text in the model's dialect, in which the dialect's markers are tokens."""
    markers = dialect.markers
    for piece in _split(text, markers) if markers else [text]:
        add_text(segments, piece, trained=trained, special=piece in markers)


def _split(text: str, special: Sequence[str]) -> Iterator[str]:
    pattern = "|".join(map(re.escape, special))
    return filter(None, re.split(f"({pattern})", text))
