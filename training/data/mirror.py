"""A labelled photograph as a mirror shows it: twice the pictures, where the words allow it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from functools import partial

from PIL import Image, ImageOps

from engine.grounding.geometry import Box
from training.data.samples import Asked, GroundedCaption, Phrase, Sample

SIDED = re.compile(r"\b(?:left|right|leftmost|rightmost|clockwise|says?|reads?|word|letters?)\b")
STATED = "Is this right?"  # opens a statement to be judged, in which "right" is no side


def mirror(sample: Sample) -> Sample:
    """The sample with picture and boxes flipped, without the texts that would become untrue.

    Captions and questions that speak of left and right, or of something to be read, are dropped. A
    sample with printed words in it, or with no text left, comes back as it is.
    """
    if any(thing.kind == "word" for thing in sample.things):
        return sample
    flipped = dataclasses.replace(
        sample,
        key=f"{sample.key}:mirrored",
        open=partial(_open, sample.open),
        things=tuple(dataclasses.replace(t, box=_flip(t.box)) for t in sample.things),
        captions=tuple(caption for caption in sample.captions if not sided(caption)),
        grounded=tuple(_grounded(g) for g in sample.grounded if not sided(g.caption)),
        questions=tuple(qa for qa in sample.questions if not sided(f"{qa.question} {qa.answer}")),
        asked=tuple(_asked(a) for a in sample.asked if not sided(f"{a.words} {a.answer}")),
    )
    for before, after in (
        (sample.captions, flipped.captions),
        (sample.grounded, flipped.grounded),
        (sample.questions, flipped.questions),
        (sample.asked, flipped.asked),
    ):
        if before and not after:
            return sample
    return flipped


def sided(text: str) -> bool:
    """Whether a text may be untrue of the mirrored picture."""
    return SIDED.search(text.lower().replace(STATED.lower(), "")) is not None


def _grounded(source: GroundedCaption) -> GroundedCaption:
    return dataclasses.replace(source, phrases=_phrases(source.phrases))


def _asked(source: Asked) -> Asked:
    return dataclasses.replace(
        source,
        regions=tuple(map(_flip, source.regions)),
        phrases=_phrases(source.phrases),
        boxes=tuple(map(_flip, source.boxes)),
    )


def _phrases(phrases: Iterable[Phrase]) -> tuple[Phrase, ...]:
    return tuple(
        dataclasses.replace(phrase, boxes=tuple(map(_flip, phrase.boxes))) for phrase in phrases
    )


def _flip(box: Box) -> Box:
    return Box(1 - box.x2, box.y1, 1 - box.x1, box.y2)


def _open(draw: Callable[[], Image.Image]) -> Image.Image:
    return ImageOps.mirror(draw())
