"""Labelled pictures for tests of what is asked about them; the pixels hardly matter."""

from __future__ import annotations

import random

from PIL import Image

from engine.grounding.geometry import Box
from training.data.samples import GroundedCaption, PersonQuestion, Phrase, Sample, Thing


def _blank() -> Image.Image:
    picture = Image.new("RGB", (80, 60), "white")
    picture.paste("red", (0, 0, 20, 20))
    return picture


def drawn(*things: Thing, key: str = "eval-1") -> Sample:
    """A scene with exactly these things in it."""
    return Sample(key, "scene", 80, 60, _blank, things=things, complete=True)


def photographed(*things: Thing, key: str = "p1") -> Sample:
    """A photograph with boxes of object classes."""
    return Sample(
        key,
        "coco2017",
        80,
        60,
        _blank,
        things=things,
        complete=True,
        captions=("a street scene .",),
    )


DOG_BOX, BALL_BOX, GRASS_BOX = Box(0.1, 0.2, 0.5, 0.7), Box(0.6, 0.6, 0.7, 0.7), Box(0, 0.5, 1, 1)


def captioned() -> Sample:
    """A photograph with two captions, one of them grounded."""
    caption = "A brown dog chases two balls on the grass ."
    phrases = (
        Phrase(0, 11, "animals", (DOG_BOX,)),
        Phrase(19, 28, "other", (BALL_BOX, Box(0.8, 0.6, 0.9, 0.7))),
        Phrase(32, 41, "scene", (GRASS_BOX,)),
    )
    return Sample(
        "f1",
        "flickr8k",
        500,
        333,
        _blank,
        captions=(caption, "a dog runs to the left ."),
        grounded=(GroundedCaption(caption, phrases),),
    )


def asked(*pairs: tuple[str, str], key: str = "d1") -> Sample:
    """A photograph with people's questions."""
    questions = tuple(PersonQuestion(question, answer) for question, answer in pairs)
    return Sample(key, "daquar", 80, 60, _blank, questions=questions)


ROOM = drawn(
    Thing("dog", Box(0.05, 0.40, 0.25, 0.60)),
    Thing("circle", Box(0.40, 0.40, 0.50, 0.50), kind="shape", colour="red", size="small"),
    Thing("cup of coffee", Box(0.70, 0.05, 0.80, 0.15)),
    Thing("cup of coffee", Box(0.70, 0.70, 0.98, 0.98)),
    Thing("stop", Box(0.10, 0.80, 0.30, 0.90), kind="word"),
    Thing("happy", Box(0.10, 0.05, 0.25, 0.20), kind="face"),
)


def random_scene(rng: random.Random) -> Sample:
    """A scene of up to eight things of every kind, wherever they fall."""
    kinds = (
        lambda box: Thing(rng.choice(("dog", "taxi", "jeans", "tree", "pine tree")), box),
        lambda box: Thing("happy", box, kind="face"),
        lambda box: Thing("exit", box, kind="word"),
        lambda box: Thing("star", box, kind="shape", colour="blue", size="large"),
    )
    return drawn(*(rng.choice(kinds)(_random_box(rng)) for _ in range(rng.randint(0, 8))))


def _random_box(rng: random.Random) -> Box:
    left, top = rng.uniform(0, 0.8), rng.uniform(0, 0.8)
    return Box(left, top, left + rng.uniform(0.05, 0.2), top + rng.uniform(0.05, 0.2))
