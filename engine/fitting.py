"""Making a conversation fit the context: whole turns go, the oldest first, and never in silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from engine.asking import pictures_of
from engine.errors import ContextError
from engine.types import Message

Measure = Callable[[Sequence[Message]], int]
"""How many tokens a conversation makes as a prompt."""


def fit(
    messages: Sequence[Message], measure: Measure, *, room: int
) -> tuple[list[Message], list[Message]]:
    """The messages that stay and those that had to go, for a prompt of at most `room` tokens.

    Turns without a picture go first: later questions mostly speak of the pictures. System messages
    and the question itself stay. Raises ContextError, saying by how much, where that is not enough.
    """
    kept, gone = list(messages), []
    while (length := measure(kept)) > room:
        turn = _dispensable(kept)
        if not turn:
            raise ContextError(
                f"The question takes {length:,} tokens and the model can read {room:,} besides its "
                f"answer: {length - room:,} too many; shorten it, or leave a picture or recording "
                "out."
            )
        gone += turn
        kept = [message for message in kept if not any(message is one for one in turn)]
    return kept, gone


def farewell(gone: Sequence[Message]) -> str:
    """The sentence that tells a person what the model can no longer see."""
    turns = sum(message.role == "user" for message in gone)
    text = f"The conversation is longer than the model can read; it no longer sees {_turns(turns)}"
    names = [picture.path.name for picture in pictures_of(gone)]
    if names:
        text += f", with the picture{'s' if len(names) > 1 else ''} {', '.join(names)}"
    return text + "."


def _turns(count: int) -> str:
    return "the oldest turn" if count == 1 else f"the {count} oldest turns"


def _dispensable(messages: Sequence[Message]) -> list[Message]:
    """The turn that goes next: a user's message and what follows it up to the next one's."""
    starts = [place for place, message in enumerate(messages) if message.role == "user"]
    turns = [
        [turn for turn in messages[start:end] if turn.role != "system"]
        for start, end in pairwise(starts)
    ]
    plain = [turn for turn in turns if not pictures_of(turn)]
    return next(iter(plain + turns), [])
