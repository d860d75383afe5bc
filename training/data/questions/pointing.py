"""Questions answered with boxes, and questions about a box."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grounding.codec import NOTHING, detections
from engine.grounding.geometry import Box
from training.data.photos import head_noun
from training.data.questions.companions import COMPANIONS
from training.data.questions.names import absent, answer_name, phrases, title, unique_phrases
from training.data.questions.people import clear_phrases
from training.data.questions.question import CLEAR, VISIBLE, Frame, Question
from training.data.questions.relations import (
    EXTREMES,
    SIDES,
    SPOKEN,
    clearly,
    standing_out,
    towards,
)
from training.data.questions.wording import enumerate_words, plural, set_of, typed, with_article
from training.data.samples import Thing

TRIES = 3  # things tried until one is found among the proposals
NOT_FOUND = 0.1  # share of the things that no proposal fits that are asked for all the same
JITTER = 0.06  # how far, in shares of the box, a person's rectangle misses the thing's edges
POINT = (
    "{the}", "{the}", "{the}", "{bare}", "{bare}", "{a}", "where is {the}?", "find {the}",
    "point to {the}", "show me {the}", "locate {the}", "give me the location of {the}",
)  # fmt: skip
WHAT = (
    "what is this", "what is this?", "what is this?", "what is in this box?", "name this",
    "what object is this?", "identify this", "what do you see here?",
)  # fmt: skip
DESCRIBE = ("describe this", "describe this in a few words", "who or what is here?")
FEELING = (
    "how does this face feel", "what expression is this?", "how does this person feel?",
    "which emotion does this face show?", "what is the mood of this face?",
)  # fmt: skip
ALL = (
    "{names}", "{names}", "{names}", "find all {names}", "{names} in the picture",
    "show me the {names}", "where are the {names}?", "detect {names}", "mark every {one}",
)  # fmt: skip

# Words for people in captions, which the object classes call by one name.
PERSON = set_of(
    "man woman boy girl child person baby lady guy kid toddler skateboarder snowboarder surfer "
    "skier biker climber hiker cyclist bicyclist rider player male female adult someone"
)
CLASS_OF = {"bike": "bicycle", "puppy": "dog", "poodle": "dog", "plane": "airplane"}


def refer(frame: Frame) -> Question | None:
    """A phrase that fits one thing -> its box."""
    first = _named if frame.sample.things else _phrase
    others = (_named, _related, _extreme) if frame.drawn else (_extreme,)
    for _ in range(TRIES):
        found = frame.rng.choice((first, *others))(frame) or first(frame)
        if found is None:
            return None
        phrase, box = found
        pointed = frame.point(box)
        if pointed is not None:
            return _point(frame, "refer", phrase, (pointed,))
    return _point(frame, "refer", phrase, ()) if frame.rng.random() < NOT_FOUND else None


def extreme(frame: Frame) -> Question | None:
    """The largest, leftmost ... of several -> its box; what takes most practice of `refer`."""
    found = _extreme(frame)
    pointed = frame.point(found[1]) if found else None
    return _point(frame, "extreme", found[0], (pointed,)) if found and pointed else None


def refer_none(frame: Frame) -> Question | None:
    """A phrase that fits nothing in the picture -> none."""
    phrase = absent(frame)
    return None if phrase is None else _point(frame, "refer-none", phrase, ())


def _point(frame: Frame, kind: str, phrase: str, boxes: tuple[Box, ...]) -> Question:
    form = frame.rng.choice(POINT)
    # A caption's phrase may be of the kind that takes no "a": grass, sunglasses, two dogs.
    one = with_article(phrase) if frame.sample.things else phrase
    words = form.format(the=f"the {phrase}", bare=phrase, a=one)
    answer = frame.dialect.boxes(boxes) if boxes else NOTHING
    return Question("refer", typed(words, frame.rng), (), answer, kind, boxes)


def _named(frame: Frame) -> tuple[str, Box] | None:
    known = unique_phrases(frame, frame.things(CLEAR))
    if not known:
        return None
    thing, alone = frame.rng.choice(known)
    return frame.rng.choice(alone), thing.box


def _phrase(frame: Frame) -> tuple[str, Box] | None:
    known = clear_phrases(frame.sample)
    return frame.rng.choice(known) if known else None


def _related(frame: Frame) -> tuple[str, Box] | None:
    """ "cup left of the dog": the only cup, or thing, to that side of the only dog."""
    anchors = unique_phrases(frame, frame.sample.things)
    if not anchors:
        return None
    anchor, alone = frame.rng.choice(anchors)
    side = frame.rng.choice(tuple(SIDES))
    others = [thing for thing in frame.sample.things if thing is not anchor]
    found = []
    for thing in others:
        if clearly(thing.box, anchor.box, side):
            for phrase in (title(thing), "thing"):
                alike = [t for t in others if phrase in ("thing", *phrases(t))]
                if sum(towards(t.box, anchor.box, side) > -0.02 for t in alike) == 1:
                    found.append((phrase, thing.box))
    if not found:
        return None
    phrase, box = frame.rng.choice(found)
    spoken = frame.rng.choice(SPOKEN[side])
    return f"{phrase} {spoken} the {frame.rng.choice(alone)}", box


def _extreme(frame: Frame) -> tuple[str, Box] | None:
    """ "largest circle", "leftmost thing": one that stands out among its like."""
    groups = _groups(frame.things(VISIBLE))
    if frame.drawn:
        groups["thing"] = list(frame.sample.things)
    else:
        # In a photograph of a crowd nobody can tell which one is the leftmost.
        groups = {name: group for name, group in groups.items() if len(group) <= 5}
    least = 0.0 if frame.drawn else CLEAR
    found = [
        (name, extreme, thing.box)
        for name, group in sorted(groups.items())
        for extreme in EXTREMES
        if (thing := standing_out(group, extreme)) is not None and thing.box.area >= least
    ]
    if not found:
        return None
    name, extreme, box = frame.rng.choice(found)
    return f"{frame.rng.choice(EXTREMES[extreme])} {name}", box


def _groups(things: Sequence[Thing]) -> dict[str, list[Thing]]:
    """The things by each phrase that fits them."""
    groups: dict[str, list[Thing]] = {}
    for thing in things:
        for phrase in phrases(thing):
            groups.setdefault(phrase, []).append(thing)
    return groups


def detection(frame: Frame) -> Question | None:
    """One or two names -> every box of each, by name."""
    groups = _titled(frame.things(CLEAR))
    if not groups or not frame.sample.complete:
        return None
    names = sorted(groups)
    asked = frame.rng.sample(names, k=min(len(names), frame.rng.choice((1, 1, 2))))
    if len(asked) == 1 and frame.rng.random() < 0.15:
        missing = absent(frame)
        asked += [missing] if missing else []
        frame.rng.shuffle(asked)
    return _detect(frame, "detection", asked, groups)


def detection_none(frame: Frame) -> Question | None:
    """One or two names of things that are not there -> none."""
    asked = {name for _ in range(frame.rng.choice((1, 1, 2))) if (name := absent(frame))}
    return _detect(frame, "detection-none", sorted(asked), {}) if asked else None


def _titled(things: Sequence[Thing]) -> dict[str, list[Box]]:
    groups: dict[str, list[Box]] = {}
    for thing in things:
        groups.setdefault(title(thing), []).append(thing.box)
    return groups


def _detect(
    frame: Frame, kind: str, asked: Sequence[str], groups: dict[str, list[Box]]
) -> Question | None:
    found = [(name, frame.point_all(groups.get(name, ()))) for name in asked]
    boxes = tuple(box for _, each in found for box in each)
    if not boxes and kind == "detection" and frame.rng.random() >= NOT_FOUND:
        return None
    form = frame.rng.choice(ALL)
    if form == "{names}":
        join = frame.rng.choice((", ", " and "))
        many = frame.rng.random() < 0.6
        words = join.join(plural(name) if many else name for name in asked)
    else:
        joined = enumerate_words([plural(name) for name in asked])
        words = form.format(names=joined, one=" and ".join(asked))
    answer = detections(frame.dialect, found)
    return Question("detection", typed(words, frame.rng), (), answer, kind, boxes)


def identify(frame: Frame) -> Question | None:
    """A box -> what is in it."""
    things = frame.things(CLEAR)
    if things:
        thing = frame.rng.choice(things)
        return _about_box(frame, "identify", WHAT, thing.box, answer_name(thing))
    known = clear_phrases(frame.sample)
    if not known:
        return None
    phrase, box = frame.rng.choice(known)
    noun = head_noun(phrase)
    name = "person" if noun in PERSON else CLASS_OF.get(noun, noun)
    if name in COMPANIONS and frame.rng.random() < 0.5:
        return _about_box(frame, "identify", WHAT, box, name)
    return _about_box(frame, "identify", DESCRIBE, box, phrase)


def expression(frame: Frame) -> Question | None:
    """A box around a face -> the word for its feeling."""
    faces = [thing for thing in frame.sample.things if thing.kind == "face"]
    if not faces:
        return None
    face = frame.rng.choice(faces)
    question = _about_box(frame, "expression", FEELING, face.box, face.name)
    if len(faces) == 1 and frame.rng.random() < 0.3:
        return Question("expression", question.words, (), face.name, "expression")
    return question


def _about_box(frame: Frame, kind: str, forms: Sequence[str], box: Box, answer: str) -> Question:
    """The box is the thing's, a proposal's, or drawn by a hand that is a little off."""
    if frame.proposals is not None:
        found = frame.point(box) if frame.rng.random() < 0.6 else None
        box = found or _by_hand(frame, box)
    words = typed(frame.rng.choice(forms), frame.rng)
    return Question(kind, words, (box,), answer, kind)


def _by_hand(frame: Frame, box: Box) -> Box:
    wide, tall = (box.x2 - box.x1) * JITTER, (box.y2 - box.y1) * JITTER
    draw = frame.rng.uniform
    return Box.tidy(
        box.x1 + draw(-wide, wide),
        box.y1 + draw(-tall, tall),
        box.x2 + draw(-wide, wide),
        box.y2 + draw(-tall, tall),
    )
