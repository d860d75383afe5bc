"""The values that cross the engine's borders: messages, requests, events and answers.

Everything here is frozen; a request goes in, a stream of events comes out, the last of which is
`Finished`. The wire form (JSON lines) of each is in `engine.protocol`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.grounding.geometry import Box

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words, as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture by its file. Pictures are numbered by their order in the conversation, from 0."""

    path: Path


@dataclass(frozen=True, slots=True)
class AudioPart:
    """A recording by its file.

    `growing` is one that is still being written (WAV, 16 kHz, mono, 16 bits; its header may say
    anything about its length): only what later sound can't change any more is made use of. In one
    that is `paused` nobody speaks just now: where that is quickly done it is all made use of, for
    it may have been the end.
    """

    path: Path
    growing: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class RegionPart:
    """A region of picture number `image` that the words speak of."""

    box: Box
    image: int = 0


Part = TextPart | ImagePart | AudioPart | RegionPart


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `task` is the id of the task the turn asks for (user turns only)."""

    role: Role
    parts: tuple[Part, ...]
    task: str = "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the next token is chosen. Temperature 0 is greedy and ignores all but the penalty."""

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0
    max_tokens: int = 256


@dataclass(frozen=True, slots=True)
class Request:
    """A question: the whole conversation, the last message being the user's.

    `sampling` None means the bundle's default for the task of the last message.
    """

    id: str
    messages: tuple[Message, ...]
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What an answer cost, in milliseconds; `first_token_ms` from the request's arrival on."""

    encode_ms: float = 0.0
    prefill_tokens: int = 0
    cached_tokens: int = 0
    prefill_ms: float = 0.0
    first_token_ms: float = 0.0
    decode_tokens: int = 0
    decode_tokens_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class GroundedBox:
    """A box and the words it belongs to (None where the answer is a box alone).

    `start` and `end` are character offsets of the phrase in the answer's clean text.
    """

    box: Box
    phrase: str | None = None
    image: int = 0
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More clean text, free of box markup."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class BoxFound:
    """A box is complete."""

    id: str
    box: GroundedBox


@dataclass(frozen=True, slots=True)
class Progress:
    """What the engine is doing before the first token: "encode", "prefill"; done 0..1."""

    id: str
    stage: str
    done: float


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence about something done on the person's behalf (old turns dropped, say)."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer. `text` is free of box markup, `raw` is what the model wrote."""

    text: str
    raw: str
    boxes: tuple[GroundedBox, ...] = ()
    malformed: int = 0
    finish: Finish = "stop"
    error: str | None = None
    stats: Stats = field(default_factory=Stats)


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every request, also of a failed or cancelled one."""

    id: str
    answer: Answer


Event = TextDelta | BoxFound | Progress | Notice | Finished


Device = Literal["auto", "cpu"]
"""Where a model runs: on a GPU where there is one, or on the processor in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How a model is loaded. `threads` None is one for each core worth it, `context`
    (in tokens) None is the model's own; more than the model's own is cut to that. `whisper` is the
    folder of the Whisper that writes down speech for a model without ears, None the one that comes
    with the program."""

    device: Device = "auto"
    threads: int | None = None
    context: int | None = None
    whisper: Path | None = None


AS_IT_SUITS = LoadOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What a person may want to know of a loaded engine; `context` is in tokens.

    `dialect` is how its model writes boxes, a name in `engine.grounding.codec.DIALECTS`. `sampling`
    holds, for every task by its id, how it is sampled where a request does not say. A model that
    `hears` takes recordings; `longest_s` is the longest one in seconds, None where a longer one is
    cut into several.
    """

    name: str
    version: str
    bundle: Path
    language_model: str
    context: int
    n_embd: int
    tasks: tuple[str, ...]
    sees: bool
    device: str
    sampling: Mapping[str, Sampling]
    dialect: str = "minigpt-v2"
    hears: bool = False
    longest_s: float | None = None
