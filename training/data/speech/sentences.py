"""What is said in training: instructions, captions, plain sentences, names, numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.grounding.codec import DIALECTS
from training.data.mixture import DRAWN_PACK, kept_for_measuring
from training.data.photos import read_photos
from training.data.plain import plain_questions, read_answers
from training.data.questions import questions_for
from training.data.questions.aloud import untagged
from training.data.questions.wording import NUMBERS
from training.data.samples import Sample
from training.data.scenes import SpritePacks, scene
from training.data.sprites import installed_pack

DIALECT = DIALECTS["minigpt-v2"]
SETS = ("flickr8k-train", "coco-train", "daquar-train")

# How often each kind of sentence is said.
SHARES = {"instruction": 0.42, "photograph": 0.1, "caption": 0.2, "plain": 0.1, "words": 0.12,
          "numbers": 0.06}  # fmt: skip
KINDS = {
    "refer": 4, "extreme": 2, "refer-none": 1, "detection": 3, "detection-none": 0.7,
    "existence": 3, "counting": 2, "several": 1, "colour": 1, "relation": 1, "position": 1,
    "reading": 0.3, "people": 4,
}  # fmt: skip
_LONGEST = 160  # letters: some ten seconds
_QUESTION = re.compile(
    r"(?:what|which|who|whose|where|when|why|how|is|are|was|were|do|does|did|can|could|will|would"
    r"|has|have|should)\b"
)
DIGITS = ("zero", *NUMBERS[1:10])
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")


def heard_as(text: str) -> str:
    """The words as they are written down when heard: small letters, no marks but ' - , and ?

    A question ends in its mark, whether or not it was typed with one: nobody can hear the
    difference. Digits are written as words are, one by one.
    """
    words = re.sub(r"\d", lambda digit: f" {DIGITS[int(digit[0])]} ", text)
    words = words.lower().replace("’", "'")
    words = re.sub(r"[^a-z',\- ]+", " ", words)
    words = re.sub(r"(?<![a-z])['\-]+|['\-]+(?![a-z])", " ", words)
    words = re.sub(r"\s+,", ",", " ".join(words.split())).strip(" ,-")
    return f"{words}?" if _QUESTION.match(words) else words


@dataclass(frozen=True)
class Sentences:
    """An endless, repeatable stream of sentences; `vocabulary` are words said in no order, so that
    each of them is met. Use `open`."""

    packs: SpritePacks
    photos: Mapping[str, Sequence[Sample]]
    plain: Sequence[str]
    vocabulary: Sequence[str]
    shares: Mapping[str, float] = field(default_factory=lambda: SHARES)
    seed: int = 0
    _captions: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        told = [c for samples in self.photos.values() for s in samples for c in s.captions]
        object.__setattr__(self, "_captions", told)

    @classmethod
    def open(
        cls,
        *,
        sprites: Path | None,
        photos: Path,
        answers: Path | None,
        vocabulary: Sequence[str],
        shares: Mapping[str, float] = SHARES,
    ) -> Sentences:
        """Raises DataError where a folder or file can't be read."""
        sets = {
            name: [s for s in read_photos(photos, (name,)) if not kept_for_measuring(s)]
            for name in SETS
        }
        plain = list(plain_questions(measured=False))
        if answers is not None:
            told = " ".join(answer.answer for answer in read_answers(answers))
            plain = [*plain, *re.split(r"(?<=[.!?])\s+", told)]
        packs = SpritePacks.open(sprites or installed_pack(DRAWN_PACK))
        return cls(packs, sets, [s for s in plain if _sayable(s)], vocabulary, shares)

    def sentence(self, number: int) -> str:
        """Sentence `number`, from 0."""
        rng = random.Random(f"sentence:{self.seed}:{number}")
        while True:
            kind = rng.choices(tuple(self.shares), tuple(self.shares.values()))[0]
            said = self._of_kind(kind, rng)
            if _sayable(said):
                return said

    def _of_kind(self, kind: str, rng: random.Random) -> str:
        match kind:
            case "instruction":
                return _instruction(scene(self.packs, "train", rng.randrange(10**8)), rng)
            case "photograph":
                return _instruction(rng.choice(self.photos[rng.choice(SETS)]), rng)
            case "caption":
                return rng.choice(self._captions)
            case "plain":
                return rng.choice(self.plain)
            case "words":
                return " ".join(self._word(rng) for _ in range(rng.randint(2, 8)))
            case _:
                return _numbers(rng)

    def _word(self, rng: random.Random) -> str:
        """The earlier in the vocabulary, the likelier."""
        return self.vocabulary[int(len(self.vocabulary) * rng.random() ** _COMMON_FIRST)]


def _instruction(sample: Sample, rng: random.Random) -> str:
    questions = questions_for(sample, rng, DIALECT, count=1, weights=KINDS)
    if not questions:
        return ""
    asked = questions[0]
    return (untagged(asked, rng) if rng.random() < _UNTAGGED else asked).words


_UNTAGGED = 0.3
_COMMON_FIRST = 1.5


def _numbers(rng: random.Random) -> str:
    def one() -> str:
        draw = rng.random()
        if draw < 0.5:
            return rng.choice(("zero", *NUMBERS[1:]))
        if draw < 0.7:
            return rng.choice((*_TEENS, *_TENS, "hundred", "thousand"))
        return f"{rng.choice(_TENS)} {rng.choice(NUMBERS[1:10])}"

    return " ".join(one() for _ in range(rng.randint(1, 6)))


def _sayable(text: str) -> bool:
    """Short enough, of words alone, and not in two ways to say."""
    return (
        bool(heard_as(text)) and len(text) <= _LONGEST and not re.search(r"[\d/&%$#@*_=<>{}]", text)
    )
