"""One labelled picture, whatever it came from: a drawn scene or a photograph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from engine.grounding.geometry import Box


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in the picture with its box.

    `name` is what it is called; `colour` and `size` ("small" or "large") are known of drawn shapes
    only. `kind` is "object" (a drawing or a photographed thing), "shape", "word" (printed letters,
    the word itself is the name) or "face" (the name is the expression).
    """

    name: str
    box: Box
    kind: str = "object"
    colour: str | None = None
    size: str | None = None

    @property
    def label(self) -> str:
        """The shortest phrase that says all that is known: "large red circle", "dog"."""
        return " ".join(part for part in (self.size, self.colour, self.name) if part)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a caption (character offsets) and its boxes; no boxes where it has none."""

    start: int
    end: int
    kind: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class GroundedCaption:
    caption: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class PersonQuestion:
    """A question asked by a person about the picture, and the answer that the set gives."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the program was asked about the picture, and its corrected answer.

    `regions` are the boxes that the words speak of. `answer` is clean text: its boxes are those of
    `phrases`, and `boxes` without words.
    """

    task: str
    words: str
    regions: tuple[Box, ...]
    answer: str
    phrases: tuple[Phrase, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture and what is known of it.

    `source` is "scene", "flickr8k", "coco2017", "daquar", "imagenet" or "corrections". `complete`
    says that every visible thing is in `things` (scenes), or every one of a closed set of classes
    (coco2017), so that "no" and "none" can be answered. Where something was `asked`, that is asked
    again and nothing is made up. `open` gives the picture, RGB.
    """

    key: str
    source: str
    width: int
    height: int
    open: Callable[[], Image.Image] = field(compare=False, repr=False)
    things: tuple[Thing, ...] = ()
    captions: tuple[str, ...] = ()
    grounded: tuple[GroundedCaption, ...] = ()
    questions: tuple[PersonQuestion, ...] = ()
    asked: tuple[Asked, ...] = ()
    label: str | None = None
    complete: bool = False
