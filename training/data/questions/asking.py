"""Questions about what is there, with short answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from training.data.questions.names import absent, phrases, title, unique_phrases
from training.data.questions.question import CLEAR, VISIBLE, Frame, Question
from training.data.questions.relations import SIDES, SPOKEN, clearly, nearest
from training.data.questions.wording import plural, typed, with_article
from training.data.samples import Thing

MOST = 8  # nobody counts a crowd
UNCOUNTED = ("word", "sign")
HOW_MANY = (
    "how many {many} are there?", "how many {many} are there?", "how many {many} do you see?",
    "how many {many} are in the picture?", "count the {many}", "what is the number of {many}?",
)  # fmt: skip
IS_THERE = (
    "is there {a}?", "is there {a} in the picture?", "is there {a} here?", "do you see {a}?",
    "can you see {a}?", "does the picture show {a}?", "{a} in this picture?",
)  # fmt: skip
COLOUR = ("what colour is the {name}?", "what color is the {name}?", "which colour is the {name}?")
NEXT = (
    "what is {side} the {name}?",
    "what is there {side} the {name}?",
    "which thing is {side} the {name}?",
)
PRINTED = (
    "what word is printed?", "what does it say?", "what is written here?", "read the word",
    "which word is in the picture?",
)  # fmt: skip


def _vqa(frame: Frame, kind: str, words: str, answer: str) -> Question:
    return Question("vqa", typed(words, frame.rng), (), answer, kind)


def existence(frame: Frame) -> Question | None:
    """Is it there? Half of the answers are no."""
    asked = existence_fact(frame)
    if asked is None:
        return None
    phrase, there = asked
    words = frame.rng.choice(IS_THERE).format(a=with_article(phrase))
    return _vqa(frame, "existence", words, "yes" if there else "no")


def existence_fact(frame: Frame) -> tuple[str, bool] | None:
    """A phrase, and whether it fits something in the picture."""
    if not frame.sample.complete:
        return None
    if frame.rng.random() < 0.5:
        missing = absent(frame)
        return None if missing is None else (missing, False)
    titles = sorted({title(thing): thing for thing in frame.things(VISIBLE)}.items())
    if not titles:
        return None
    return frame.rng.choice(phrases(frame.rng.choice(titles)[1])), True


def counting(frame: Frame) -> Question | None:
    """How many are there? Sometimes none, sometimes all things together."""
    asked = counting_fact(frame)
    if asked is None:
        return None
    name, count = asked
    words = frame.rng.choice(HOW_MANY).format(many=plural(name))
    return _vqa(frame, "counting", words, str(count))


def several(frame: Frame) -> Question | None:
    """How many are there of what is there more than once? Of counting, what takes most practice."""
    names = sorted(name for name, n in _counts(frame).items() if 1 < n <= MOST)
    names = [name for name in names if not name.startswith(UNCOUNTED)]
    if not (frame.sample.complete and names):
        return None
    name = frame.rng.choice(names)
    words = frame.rng.choice(HOW_MANY).format(many=plural(name))
    return _vqa(frame, "several", words, str(_counts(frame)[name]))


def counting_fact(frame: Frame) -> tuple[str, int] | None:
    """A name, and of how many things in the picture it is true."""
    if not frame.sample.complete:
        return None
    draw = frame.rng.random()
    if draw < 0.12:
        missing = absent(frame)
        return None if missing is None or missing.startswith("word") else (missing, 0)
    if frame.drawn and draw < 0.25:
        return "thing", len(frame.sample.things)
    counts = _counts(frame)
    many = sorted(name for name, n in counts.items() if 1 < n <= MOST)
    single = sorted(name for name, n in counts.items() if n == 1 and not name.startswith("word"))
    names = many if many and (frame.rng.random() < 0.65 or not single) else single
    names = [name for name in names if not name.startswith(UNCOUNTED)]
    if not names:
        return None
    name = frame.rng.choice(names)
    return name, counts[name]


def _counts(frame: Frame) -> Counter[str]:
    """How many things each phrase is true of."""
    counts = Counter(phrase for thing in frame.sample.things for phrase in phrases(thing))
    for thing in frame.sample.things:  # too small to be counted: nobody could say how many
        if not frame.drawn and thing.box.area < VISIBLE:
            counts.pop(thing.name, None)
    return counts


def colour(frame: Frame) -> Question | None:
    """The colour of the only shape of its kind."""
    shapes = Counter(thing.name for thing in frame.sample.things)
    known = [t for t in frame.sample.things if t.colour and shapes[t.name] == 1]
    if not known:
        return None
    thing = frame.rng.choice(known)
    words = frame.rng.choice(COLOUR).format(name=thing.name)
    return _vqa(frame, "colour", words, thing.colour or "")


def relation(frame: Frame) -> Question | None:
    """What is left of, right of, above, below a thing."""
    if not frame.drawn:
        return None
    anchors = unique_phrases(frame, frame.sample.things)
    if not anchors:
        return None
    anchor, alone = frame.rng.choice(anchors)
    sides = list(SIDES)
    frame.rng.shuffle(sides)
    for side in sides:
        found = nearest(anchor, frame.sample.things, side)
        if found is not None:
            spoken = frame.rng.choice(SPOKEN[side])
            words = frame.rng.choice(NEXT).format(side=spoken, name=frame.rng.choice(alone))
            return _vqa(frame, "relation", words, title(found))
    return None


def position(frame: Frame) -> Question | None:
    """Is one thing left of another? Half of the answers are no."""
    known = unique_phrases(frame, frame.things(CLEAR)) if frame.sample.complete else []
    if len(known) < 2:
        return None
    (first, first_named), (second, second_named) = frame.rng.sample(known, k=2)
    side = _side(frame, first, second)
    if side is None:
        return None
    right = frame.rng.random() < 0.5
    asked = side if right else OPPOSITE[side]
    spoken = frame.rng.choice(SPOKEN[asked])
    words = f"is the {frame.rng.choice(first_named)} {spoken} the {frame.rng.choice(second_named)}?"
    return _vqa(frame, "position", words, "yes" if right else "no")


OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}


def _side(frame: Frame, first: Thing, second: Thing) -> str | None:
    sides: Sequence[str] = tuple(SIDES) if frame.drawn else ("left of", "right of")
    return next((side for side in sides if clearly(first.box, second.box, side)), None)


def reading(frame: Frame) -> Question | None:
    """The printed word, where there is one."""
    words = [thing for thing in frame.sample.things if thing.kind == "word"]
    if len(words) != 1:
        return None
    return _vqa(frame, "reading", frame.rng.choice(PRINTED), words[0].name)
