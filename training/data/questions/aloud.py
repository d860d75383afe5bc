"""Questions as people say them: aloud instead of typed, and often without a task's tag."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from engine.prompt.tasks import find_task
from training.data.questions.question import Question

LEADS = ("where is", "where is", "where is", "show me", "point at", "find", "point to",
         "can you find", "please show me", "look for")  # fmt: skip
"""What people put in front of a thing when no tag says that it is to be pointed at."""

_PLURAL_LEADS = ("where are", "show me", "find", "find all", "point at all", "look for")
_HAS_LEAD = re.compile(
    r"(?:where|show|point|find|can|please|look|locate|give|detect|which|what|is|are)\b"
)
_POINTING = ("refer", "detection")


@dataclass(frozen=True, slots=True, kw_only=True)
class AloudConfig:
    """Shares of the questions about pictures: `spoken` are said, the others typed. Of the spoken
    ones `untagged` and of the typed ones `bare` come without their task's tag."""

    spoken: float = 0.0
    untagged: float = 0.4
    bare: float = 0.0


def aloud(question: Question, rng: random.Random, config: AloudConfig) -> Question:
    """The question, perhaps said, perhaps as a chat without a tag."""
    spoken = rng.random() < config.spoken
    changed = replace(question, spoken=spoken, words=question.words or _default(question))
    if rng.random() < (config.untagged if spoken else config.bare):
        return untagged(changed, rng)
    return changed if spoken else question


def untagged(question: Question, rng: random.Random) -> Question:
    """What is to be pointed at, asked for in a chat: the words alone say what is wanted.

    Other tasks' answers have a form that words alone don't ask for.
    """
    if question.task not in _POINTING:
        return question
    words = question.words
    if not _HAS_LEAD.match(words.lower()):
        leads = LEADS if question.task == "refer" else _PLURAL_LEADS
        words = f"{rng.choice(leads)} {words}"
    return replace(question, task="chat", words=words)


def _default(question: Question) -> str:
    return find_task(question.task).default_instruction
