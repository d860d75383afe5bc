"""Questions that the program was asked, with the answers that a person corrected: word for word."""

from __future__ import annotations

from engine.grounding.codec import detections, with_boxes
from engine.grounding.geometry import Box
from training.data.questions.question import Frame, Question
from training.data.samples import Asked

# The kind of question that each task's is, with boxes in the answer and without.
_KINDS: dict[str, tuple[str, str]] = {
    "refer": ("refer", "refer-none"),
    "detection": ("detection", "detection-none"),
    "grounding": ("grounding", "caption"),
    "caption": ("caption", "caption"),
    "vqa": ("people", "people"),
    "chat": ("chat", "chat"),
    "identify": ("identify", "identify"),
    "expression": ("expression", "expression"),
}


def kind_of(source: Asked) -> str | None:
    """Which kind of question this is, so that a mix weighs it among its like."""
    pointing = bool(source.boxes or any(phrase.boxes for phrase in source.phrases))
    kinds = _KINDS.get(source.task)
    return None if kinds is None else kinds[not pointing]


def asked(kind: str, frame: Frame) -> Question | None:
    """One of the questions of this kind that were asked about the picture.

    None where there is none, and where no proposal fits what the answer points at: the model could
    only guess.
    """
    like = [source for source in frame.sample.asked if kind_of(source) == kind]
    return _question(kind, frame, frame.rng.choice(like)) if like else None


def _question(kind: str, frame: Frame, source: Asked) -> Question | None:
    found: list[tuple[int, int, tuple[Box, ...]]] = []
    boxes: list[Box] = []
    for phrase in source.phrases:
        pointed = frame.point_all(phrase.boxes)
        found.append((phrase.start, phrase.end, pointed))
        boxes.extend(pointed)
    bare = frame.point_all(source.boxes)
    boxes.extend(bare)
    wanted = len(source.boxes) + sum(len(phrase.boxes) for phrase in source.phrases)
    if wanted and not boxes:
        return None
    if source.task == "detection" and found:
        named = [(source.answer[start:end], pointed) for start, end, pointed in found]
        answer = detections(frame.dialect, named)
    else:
        answer = with_boxes(frame.dialect, source.answer, found, bare)
    return Question(source.task, source.words, source.regions, answer, kind, tuple(boxes))
