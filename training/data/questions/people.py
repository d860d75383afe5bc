"""What people wrote about a photograph: phrases, captions, questions, labels."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grounding.geometry import Box
from training.data.photos import boxed_phrases
from training.data.questions.question import Frame, Question
from training.data.questions.wording import bare, set_of, typed
from training.data.samples import PersonQuestion, Sample

# Phrases that say nothing of what to look for.
EMPTY = set_of(
    "something someone it him her them itself himself herself themselves he she they one ones "
    "other others another other one same each black white red blue green yellow brown pink orange "
    "purple gray grey tan background foreground front back side it's object thing picture camera "
    "area scene"
)
LABEL = (
    "what is this?", "what is in the picture?", "what is the main thing here?",
    "what does the picture show?", "name what you see",
)  # fmt: skip


def clear_phrases(sample: Sample) -> list[tuple[str, Box]]:
    """Phrases of the captions that speak of one box, in small letters without an article.

    Left out: pronouns and bare colours, and a phrase that another caption uses for other boxes.
    """
    meant: dict[str, set[Box]] = {}
    for words, boxes in boxed_phrases(sample):
        meant.setdefault(bare(words), set()).update(boxes)
    return [
        (phrase, next(iter(boxes)))
        for phrase, boxes in meant.items()
        if len(boxes) == 1 and phrase and phrase not in EMPTY
    ]


def people(frame: Frame) -> Question | None:
    """A question that a person asked, and the answer that the set gives."""
    asked = [qa for qa in frame.sample.questions if not _stated(qa.question)]
    return _vqa(frame, "people", asked)


def statement(frame: Frame) -> Question | None:
    """A statement about where two things are, to be judged (VSR, arXiv 2205.00363)."""
    return _vqa(frame, "statement", [qa for qa in frame.sample.questions if _stated(qa.question)])


def _stated(question: str) -> bool:
    return question.startswith("Is this right?")


def _vqa(frame: Frame, kind: str, asked: Sequence[PersonQuestion]) -> Question | None:
    if not asked:
        return None
    chosen = frame.rng.choice(asked)
    return Question("vqa", chosen.question, (), chosen.answer, kind)


def label(frame: Frame) -> Question | None:
    """The name of a photograph's one subject."""
    name = frame.sample.label
    if name is None:
        return None
    words = typed(frame.rng.choice(LABEL), frame.rng)
    return Question("vqa", words, (), name.replace("_", " "), "label")
