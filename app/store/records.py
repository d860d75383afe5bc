"""The values that go into the store and come out of it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.grounding.geometry import Box
from engine.types import GroundedBox

# How many conversations of the list are read at a time.
PAGE = 100


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer in the order of its coming: some of its clean text, or a box."""

    text: str = ""
    box: GroundedBox | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person made of an answer: its clean text, and the boxes with their places in it."""

    text: str
    boxes: tuple[GroundedBox, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredClip:
    """A recording of a question: the name of an attachment (or the absolute path of a file that
    could not be kept), and what the model heard in it, once it was asked."""

    name: str
    heard: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTurn:
    """A question and its answer.

    `parent` is the id of the turn before it: turns with the same parent are branches. `picture` is
    the name of an attachment, or the absolute path of a file that is not kept yet; `region` is the
    part of it that the words speak of. `state` is the value of a `TurnState`. `tokens` is how much
    of the context question and answer ended at. `pieces` are what the model wrote, `correction`
    what stands in their place. `clips` are what was said; where it was `transcribed`, the words are
    what was written down of it, and the model got those alone.
    """

    id: str
    parent: str | None
    task: str
    words: str
    picture: str | None
    attached: bool
    state: str
    raw: str = ""
    notes: tuple[str, ...] = ()
    tokens: int = 0
    region: Box | None = None
    pieces: tuple[Piece, ...] = ()
    correction: Correction | None = None
    clips: tuple[StoredClip, ...] = ()
    transcribed: bool = False

    @property
    def asked(self) -> str:
        """The question in words: as typed or written down, else what was heard in its clips."""
        return self.words or " ".join(clip.heard for clip in self.clips if clip.heard)

    @property
    def shown(self) -> tuple[Piece, ...]:
        """The answer that is shown: the corrected one, where there is one."""
        if self.correction is None:
            return self.pieces
        return (Piece(self.correction.text), *(Piece(box=box) for box in self.correction.boxes))


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in the list. `changed` is ISO 8601, UTC; `excerpt` is where a search hit."""

    number: int
    title: str
    changed: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A whole conversation: its turns, each after its parent, and the last one of the branch that
    was shown."""

    title: str
    turns: tuple[StoredTurn, ...]
    leaf: str | None
