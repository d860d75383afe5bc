"""Captions, plain and grounded, and the same knowledge as a conversation would put it."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.grounding.geometry import Box
from training.data.questions.asking import counting_fact, existence_fact
from training.data.questions.names import drawings, expressions, title
from training.data.questions.question import Frame, Question
from training.data.questions.wording import (
    NUMBERS,
    enumerate_words,
    longest_first,
    plural,
    quantity,
    sentence,
    tidy_caption,
    typed,
    with_article,
)
from training.data.samples import GroundedCaption, Thing
from training.data.vocabulary import COLOURS, SHAPES, WORDS

CAPTION = (
    "", "", "describe this image", "briefly describe this image", "write a caption",
    "describe the picture in a sentence", "what does this picture show?", "describe this photo",
)  # fmt: skip
GROUNDING = (
    "", "", "describe this image in detail", "describe the picture and mark what you name",
    "what is in this picture, and where?", "describe this image and point at everything",
)  # fmt: skip
TELL = (
    "what is in this picture?", "what do you see?", "describe this picture.", "what is this?",
    "what is shown here?", "tell me about this picture", "what's in the image?", "describe this",
)  # fmt: skip


def caption(frame: Frame) -> Question | None:
    """One sentence: a person's, or the names of everything drawn."""
    answer = _caption(frame)
    if answer is None:
        return None
    words = typed(frame.rng.choice(CAPTION), frame.rng)
    return Question("caption", words, (), answer, "caption", names=_titles(frame))


def _caption(frame: Frame) -> str | None:
    if frame.sample.captions:
        return tidy_caption(frame.rng.choice(frame.sample.captions))
    if not (frame.drawn and frame.sample.things):
        return None
    groups = _groups(frame)
    return sentence(enumerate_words([quantity(name, len(group)) for name, group in groups]))


def _titles(frame: Frame) -> tuple[str, ...]:
    return tuple(name for name, _ in _groups(frame)) if frame.drawn else ()


def _groups(frame: Frame) -> list[tuple[str, list[Thing]]]:
    """Things of one title together, from left to right by the leftmost."""
    groups: dict[str, list[Thing]] = {}
    for thing in sorted(frame.sample.things, key=lambda thing: thing.box.x1 + thing.box.x2):
        groups.setdefault(title(thing), []).append(thing)
    return list(groups.items())


def grounding(frame: Frame) -> Question | None:
    """A caption in which each phrase has its boxes."""
    if frame.sample.grounded:
        answer, boxes = _grounded(frame, frame.rng.choice(frame.sample.grounded))
    elif frame.drawn and frame.sample.things:
        parts, boxes = [], []
        for name, group in _groups(frame):
            found = frame.point_all([thing.box for thing in group])
            words = quantity(name, len(group))
            parts.append(frame.dialect.phrase(words, found) if found else words)
            boxes.extend(found)
        answer = sentence(enumerate_words(parts))
    else:
        return None
    if not boxes:
        return None
    words = typed(frame.rng.choice(GROUNDING), frame.rng)
    return Question("grounding", words, (), answer, "grounding", tuple(boxes), _titles(frame))


def _grounded(frame: Frame, source: GroundedCaption) -> tuple[str, list[Box]]:
    parts: list[str] = []
    boxes: list[Box] = []
    at = 0
    for phrase in sorted(source.phrases, key=lambda phrase: phrase.start):
        if phrase.start < at:
            continue
        found = frame.point_all(phrase.boxes)
        words = source.caption[phrase.start : phrase.end]
        parts += [source.caption[at : phrase.start]]
        parts += [frame.dialect.phrase(words, found) if found else words]
        boxes.extend(found)
        at = phrase.end
    return tidy_caption("".join([*parts, source.caption[at:]])), boxes


def chat(frame: Frame) -> Question | None:
    """No task named: plain questions, answered in whole sentences."""
    makers = (_tell, _tell, _say_whether, _say_how_many)
    answered = frame.rng.choice(makers)(frame) or _tell(frame)
    if answered is None:
        return None
    words, answer = answered
    return Question("chat", typed(words, frame.rng), (), answer, "chat")


def _tell(frame: Frame) -> tuple[str, str] | None:
    answer = _caption(frame)
    return None if answer is None else (frame.rng.choice(TELL), answer)


def _say_whether(frame: Frame) -> tuple[str, str] | None:
    fact = existence_fact(frame)
    if fact is None:
        return None
    phrase, there = fact
    named = with_article(phrase)
    words = frame.rng.choice(("is there {}?", "do you see {} here?", "can you see {}?"))
    answer = f"Yes, there is {named}." if there else f"No, there is no {phrase} in the picture."
    return words.format(named), answer


def _say_how_many(frame: Frame) -> tuple[str, str] | None:
    fact = counting_fact(frame)
    if fact is None:
        return None
    name, count = fact
    verb, noun = ("is", name) if count == 1 else ("are", plural(name))
    words = f"how many {plural(name)} are there?"
    return words, f"There {verb} {NUMBERS[count] if count < len(NUMBERS) else count} {noun}."


def names_in(text: str) -> set[str]:
    """Titles of drawn things that a caption mentions, singular or plural."""
    pattern, titles = _mentions()
    return {titles[found.group().lower()] for found in pattern.finditer(text)}


@lru_cache(maxsize=1)
def _mentions() -> tuple[re.Pattern[str], dict[str, str]]:
    names = [
        *drawings(),
        *SHAPES,
        *(f"{colour} {shape}" for colour in COLOURS for shape in SHAPES),
        *(f"{name} face" for name in expressions()),
        *(f'word "{word}"' for word in WORDS),
    ]
    titles = {form.lower(): name for name in names for form in (plural(name), name)}
    return re.compile(longest_first(titles).pattern, re.IGNORECASE), titles
