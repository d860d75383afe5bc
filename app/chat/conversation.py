"""A conversation as the window keeps it: turns, and the messages that the engine gets of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from app.chat.spans import AnswerText
from app.store.records import Correction
from engine.grounding.codec import PLAIN, Dialect, with_boxes
from engine.grounding.geometry import Box
from engine.types import AudioPart, ImagePart, Message, Part, RegionPart, TextPart

# For a model that does not hear: an earlier question that nobody had written down.
UNHEARD = "(spoken)"


class TurnState(Enum):
    """How far an answer is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    CUT_OFF = "cut off"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        return self not in (TurnState.WAITING, TurnState.RUNNING)

    @property
    def broken(self) -> bool:
        """Whether there would have been more of an answer, had nothing gone wrong."""
        return self in (TurnState.CUT_OFF, TurnState.FAILED)


@dataclass(slots=True)
class Turn:
    """One question and its answer; owned and changed by the controller alone.

    `parent` is the id of the turn before it (None: it is the first). `picture` is what the question
    is about (None: nothing), `attached` tells that it goes to the engine with this turn, because
    the conversation before did not end on it. `region` is the part of the picture that the words
    speak of. `numbered` holds the pictures that the engine got, by their numbers, and `tokens` how
    much of its context question and answer filled in the end. `tries` is how often the very same
    was answered in this place before. Where a person corrected the answer, `answer` shows the
    `correction`, and `written` is what the model wrote.

    `clips` are what was said. Where it was `transcribed`, the words are what was written down of
    it, and they alone go to the engine. `heard` is what the model heard in clips, once it was asked
    that, which is going on while it is `listening`.
    """

    id: str
    task: str
    words: str
    picture: Path | None
    attached: bool
    answer: AnswerText
    region: Box | None = None
    parent: str | None = None
    state: TurnState = TurnState.WAITING
    raw: str = ""
    stage: str = ""
    notes: list[str] = field(default_factory=list)
    numbered: tuple[Path, ...] = ()
    tokens: int = 0
    tries: int = 0
    written: AnswerText | None = None
    correction: Correction | None = None
    clips: tuple[Path, ...] = ()
    transcribed: bool = False
    heard: dict[Path, str] = field(default_factory=dict)
    listening: bool = False

    @property
    def pictured(self) -> Path | None:
        """The picture that its question shows: one that it brought, or has a region of."""
        return self.picture if self.attached or self.region is not None else None

    @property
    def told(self) -> bool:
        """Whether the engine hears of this turn again: it has something of an answer."""
        return bool(self.raw)

    @property
    def spoken(self) -> bool:
        """Whether its clips go to an engine that hears."""
        return bool(self.clips) and not self.transcribed

    @property
    def asked(self) -> str:
        """The question in words, as far as there are any: also those that were heard."""
        heard = [self.heard[clip] for clip in self.clips if self.heard.get(clip)]
        return " ".join(filter(None, [*(heard if self.spoken else ()), self.words]))


def messages(
    turns: Iterable[Turn],
    *,
    asking: Turn | None = None,
    dialect: Dialect = PLAIN,
    hears: bool = True,
) -> tuple[Message, ...]:
    """What the engine gets: the earlier turns with an answer, then the question of `asking`.

    An engine that does not hear gets what was heard in words.
    A corrected answer goes as if the model had written it, in its dialect: what follows builds on
    what the person knows to be true.
    """
    told: list[Message] = []
    for turn in turns:
        if turn is not asking and turn.told:
            told.append(question(turn, pictures_before=len(pictures(told)), hears=hears))
            told.append(Message("assistant", (TextPart(_told(turn, dialect)),)))
    if asking is not None:
        told.append(question(asking, pictures_before=len(pictures(told)), hears=hears))
    return tuple(told)


def _told(turn: Turn, dialect: Dialect) -> str:
    """A turn's answer with the boxes in it."""
    if turn.correction is None:
        return turn.raw
    phrases: dict[tuple[int, int], list[Box]] = {}
    bare: list[Box] = []
    for box in turn.correction.boxes:
        if box.start is None or box.end is None:
            bare.append(box.box)
        else:
            phrases.setdefault((box.start, box.end), []).append(box.box)
    found = [(start, end, boxes) for (start, end), boxes in phrases.items()]
    return with_boxes(dialect, turn.correction.text, found, bare)


def question(turn: Turn, *, pictures_before: int = 0, hears: bool = True) -> Message:
    """A turn's question, with its picture where it brings one, what was said, and its region of the
    newest picture.

    A picture that is not brought is the last of the `pictures_before`.
    """
    parts: list[Part] = []
    if turn.attached and turn.picture is not None:
        parts.append(ImagePart(turn.picture))
    newest = pictures_before + len(parts) - 1
    if turn.spoken and hears:
        parts += [AudioPart(clip) for clip in turn.clips]
    if turn.region is not None:
        parts.append(RegionPart(turn.region, newest))
    unheard = UNHEARD if turn.spoken else ""
    parts.append(TextPart(turn.words if hears else turn.asked or unheard))
    return Message("user", tuple(parts), turn.task)


def pictures(told: Iterable[Message]) -> list[Path]:
    """The pictures of a conversation by their numbers, which count the parts in order."""
    return [part.path for message in told for part in message.parts if isinstance(part, ImagePart)]


def last_picture(turns: Iterable[Turn]) -> Path | None:
    """The picture that the engine was told of last."""
    told = pictures(question(turn) for turn in turns if turn.told)
    return told[-1] if told else None


def number_pictures(turns: Iterable[Turn]) -> None:
    """Give kept turns, each after its parent, their `numbered` back."""
    told: dict[str | None, tuple[Path, ...]] = {None: ()}
    for turn in turns:
        before = told[turn.parent]
        brought = (turn.picture,) if turn.attached and turn.picture is not None else ()
        turn.numbered = (*before, *brought)
        told[turn.id] = turn.numbered if turn.told else before
