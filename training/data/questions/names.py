"""What things are called, and names of things that are not in the picture."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from training.data.questions.companions import CLASSES, COMPANIONS, FREQUENT
from training.data.questions.kinds import ALSO
from training.data.questions.question import VISIBLE, Frame
from training.data.samples import Thing
from training.data.vocabulary import COLOURS, SHAPES, WORDS

DRAWINGS = Path(__file__).parents[1] / "drawings.json"  # name -> code point, relatives side by side
RELATED = 8  # names at most so many places apart in that list are alike


@lru_cache(maxsize=1)
def _drawings() -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = json.loads(DRAWINGS.read_text(encoding="utf-8"))
    return tuple(names["objects"]), tuple(names["expressions"])


def drawings() -> tuple[str, ...]:
    """The names of all drawings, relatives side by side."""
    return _drawings()[0]


def expressions() -> tuple[str, ...]:
    """What the drawn faces may express."""
    return _drawings()[1]


def title(thing: Thing) -> str:
    """What the thing is called in a list: "dog", "red circle", 'word "stop"', "happy face"."""
    match thing.kind:
        case "word":
            return f'word "{thing.name}"'
        case "face":
            return f"{thing.name} face"
        case "shape":
            return f"{thing.colour} {thing.name}" if thing.colour else thing.name
        case _:
            return thing.name


def answer_name(thing: Thing) -> str:
    """The exact answer to "what is this": the title, or the printed word alone."""
    return thing.name if thing.kind == "word" else title(thing)


def phrases(thing: Thing) -> tuple[str, ...]:
    """Noun phrases that fit the thing, the shortest that says enough first."""
    name = title(thing)
    if thing.kind == "word":
        return name, f'sign "{thing.name}"'
    if thing.kind != "shape":
        return (name,)
    found = [name, thing.name]
    if thing.size:
        found += [f"{thing.size} {name}", f"{thing.size} {thing.name}"]
    return tuple(found)


def fitting(thing: Thing) -> set[str]:
    """Everything the thing might be meant by: its phrases, its kind, looser and shorter names."""
    found = {*phrases(thing), *ALSO.get(thing.name, ())}
    if thing.kind == "object":
        words = thing.name.split(" ")
        found.update(" ".join(words[n:]) for n in range(1, len(words)))
        found.update(thing.name.split(" and "))
        found.add(thing.name.split(" of ")[0])
        found.add(thing.name.split(" with ")[0])
    else:
        found.add(thing.kind)
    return found


def unique_phrases(frame: Frame, things: Sequence[Thing]) -> list[tuple[Thing, list[str]]]:
    """Each thing that can be named alone, with the phrases that fit nothing else in the picture."""
    counts = Counter(phrase for thing in frame.things(VISIBLE) for phrase in fitting(thing))
    named = []
    for thing in things:
        alone = [phrase for phrase in phrases(thing) if counts[phrase] == 1]
        if alone:
            named.append((thing, alone))
    return named


def absent(frame: Frame) -> str | None:
    """A phrase that fits nothing in the picture, hard more often than not; None where none is sure.

    Drawn: a relative of something there, the same shape in another colour, another word. In a
    photograph: a class that is frequent, or likely beside what is there (after POPE,
    arXiv 2305.10355).
    """
    if not frame.sample.complete:
        return None
    present = {phrase for thing in frame.sample.things for phrase in fitting(thing)}
    propose = _absent_drawing if frame.drawn else _absent_class
    for _ in range(12):
        phrase = propose(frame)
        # "taxi" when there is a car in the picture: neither a sure yes nor a sure no
        if phrase not in present and present.isdisjoint(ALSO.get(phrase, ())):
            return phrase
    return None


def _absent_drawing(frame: Frame) -> str:
    rng, things = frame.rng, frame.sample.things
    draw = rng.random()
    if not things or draw < 0.15:
        return rng.choice(drawings())
    near = rng.choice(things)
    if draw < 0.25:
        return _other(rng.choice(("shape", "word", "face")), rng)
    if near.kind == "shape":
        if rng.random() < 0.5:
            return f"{rng.choice(tuple(COLOURS))} {near.name}"
        return f"{near.colour} {rng.choice(SHAPES)}"
    if near.kind != "object":
        return _other(near.kind, rng)
    order = drawings()
    try:
        at = order.index(near.name)
    except ValueError:  # a pack of another vocabulary: any name will do
        return rng.choice(order)
    return order[min(max(at + rng.randint(-RELATED, RELATED), 0), len(order) - 1)]


def _other(kind: str, rng: random.Random) -> str:
    match kind:
        case "shape":
            return f"{rng.choice(tuple(COLOURS))} {rng.choice(SHAPES)}"
        case "word":
            return f'word "{rng.choice(WORDS)}"'
        case _:
            return f"{rng.choice(expressions())} face"


def _absent_class(frame: Frame) -> str:
    rng = frame.rng
    draw = rng.random()
    known = [thing.name for thing in frame.things(VISIBLE) if COMPANIONS.get(thing.name)]
    if known and draw < 0.45:
        return rng.choice(COMPANIONS[rng.choice(sorted(set(known)))])
    return rng.choice(FREQUENT if draw < 0.75 else CLASSES)
