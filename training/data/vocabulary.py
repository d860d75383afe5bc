"""The names that the region head tells apart: drawings, shapes, words, photographs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from training.data.photos import boxed_phrases, head_noun
from training.data.samples import Sample

SHAPES = ("circle", "square", "triangle", "star", "heart", "ring", "cross", "diamond", "rectangle")
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 40, 40),
    "orange": (245, 140, 30),
    "yellow": (250, 215, 50),
    "green": (50, 160, 70),
    "blue": (45, 95, 205),
    "purple": (130, 65, 175),
    "pink": (245, 140, 185),
    "brown": (125, 80, 45),
    "black": (25, 25, 28),
    "white": (248, 248, 246),
    "gray": (135, 138, 142),
}
WORDS = (
    "stop", "open", "closed", "exit", "sale", "hello", "taxi", "hotel", "cafe", "bank",
    "free", "new", "left", "right", "push", "pull", "danger", "school", "police", "bus",
    "music", "books", "pizza", "fish", "fruit", "milk", "water", "coffee", "garden", "park",
)  # fmt: skip

NOT_NAMES = {
    *COLOURS, "one", "two", "something", "someone", "others", "other", "tan", "end", "top", "side",
    "bottom", "middle", "back", "outside", "view", "set", "piece", "number", "male", "female",
    "closeup", "area",
}  # fmt: skip


def class_names(
    drawings: Iterable[str], expressions: Iterable[str], photos: Iterable[Sample], *, least: int
) -> tuple[str, ...]:
    """Every class once: drawings, expressions, shapes, words, object classes, frequent head nouns.

    `least` is how many boxes a head noun of the photographs' phrases must have to count.
    """
    classes: dict[str, None] = dict.fromkeys([*drawings, *expressions, *SHAPES, *WORDS])
    nouns: Counter[str] = Counter()
    for sample in photos:
        classes.update(dict.fromkeys(thing.name for thing in sample.things))
        nouns.update(head_noun(words) or "one" for words, _ in boxed_phrases(sample))
    classes.update(
        dict.fromkeys(
            noun for noun, n in nouns.most_common() if noun not in NOT_NAMES and n >= least
        )
    )
    return tuple(classes)
