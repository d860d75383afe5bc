"""One endless, repeatable stream of pictures with questions: scenes, photographs and text.

Item i is a function of the mix and of i alone, so a run that stops goes on at the next item. Each
source gives its exact share of every `BLOCK` items; a set of photographs is gone through in a new
order each time.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from training.data.mirror import mirror
from training.data.photos import read_photos
from training.data.plain import PlainAnswer, read_answers
from training.data.questions import KINDS, Question, questions_for
from training.data.samples import Sample
from training.data.scenes import SpritePacks, scene
from training.data.sprites import installed_pack
from training.errors import ConfigError

BLOCK = 1000  # items in which each source has its exact share
DRAWN_PACK = Path("build/sprites")  # drawn from an installed font where no pack is given
SEEDS_APART = 10**9  # scenes from one seed of a mix to the next
TENTH = 10  # one in so many photographs with people's questions is kept for measuring
SCENES, TEXT, SPEECH = "scenes", "text", "speech"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MixConfig:
    """A mix: how often each source comes and each kind of question is asked.

    `sources` holds "scenes", "text" (the base model's own answers, no picture), "speech"
    (recordings, no picture) and sets of photographs by name; `kinds` are weights of
    `training.data.questions.KINDS`. `questions` are asked about each picture at most. `mirror` is
    the share of photographs shown mirrored.
    """

    sources: dict[str, float]
    kinds: dict[str, float]
    questions: int = 6
    mirror: float = 0.5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """Number `number` of a mix: a picture's sample, or a plain question with its answer.

    Or `heard`: how many items of recordings came before this one.
    """

    number: int
    sample: Sample | None = None
    plain: PlainAnswer | None = None
    heard: int | None = None


@dataclass(frozen=True)
class Mixture:
    """The stream of a mix. Use `open_mixture`, which reads what the mix names."""

    config: MixConfig
    draw_scene: Callable[[int], Sample] | None
    photos: Mapping[str, Sequence[Sample]]
    plain: Sequence[PlainAnswer]
    _shares: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_shares", _shares(self.config.sources))

    def item(self, number: int) -> Item:
        """Item `number`, from 0; the picture itself is drawn or decoded when it is opened."""
        source, turn = self._turn(number)
        if source == SCENES and self.draw_scene is not None:
            return Item(number, sample=self.draw_scene(turn))
        if source == TEXT:
            return Item(number, plain=_of_epoch(self.plain, f"{self.config.seed}:{source}", turn))
        if source == SPEECH:
            return Item(number, heard=turn)
        sample = _of_epoch(self.photos[source], f"{self.config.seed}:{source}", turn)
        mirrored = self._rng("mirror", number).random() < self.config.mirror
        return Item(number, sample=mirror(sample) if mirrored else sample)

    def questions(
        self, item: Item, dialect: Dialect, *, proposals: Sequence[Box] | None = None
    ) -> list[Question]:
        """The questions of an item about its picture; the same each time for the same proposals."""
        if item.sample is None:
            return []
        return questions_for(
            item.sample,
            self._rng("questions", item.number),
            dialect,
            count=self.config.questions,
            weights=self.config.kinds,
            proposals=proposals,
        )

    def _rng(self, use: str, number: int) -> random.Random:
        return random.Random(f"mix:{self.config.seed}:{use}:{number}")

    def _turn(self, number: int) -> tuple[str, int]:
        """The source of an item, and how many items of that source came before it."""
        block, place = divmod(number, BLOCK)
        order = _block(self.config.seed, tuple(self._shares.items()), block)
        source, before = order[place]
        return source, block * self._shares[source] + before


def open_mixture(
    config: MixConfig,
    *,
    sprites: Path | None = None,
    photos: Path | None = None,
    answers: Path | None = None,
) -> Mixture:
    """A mix with what it names read: sprite packs, shards of photographs, plain answers.

    Photographs kept for measuring are left out. Raises ConfigError for an unknown kind of question,
    impossible weights and a source whose folder or file is not given, DataError where one can't be
    read or holds nothing.
    """
    for kind in config.kinds:
        if kind not in KINDS:
            raise ConfigError(f"kinds: {kind!r} is unknown; there are {', '.join(KINDS)}")
    draw_scene: Callable[[int], Sample] | None = None
    sets: dict[str, list[Sample]] = {}
    plain: list[PlainAnswer] = []
    for source in _shares(config.sources):
        if source == SCENES:
            packs = SpritePacks.open(sprites or installed_pack(DRAWN_PACK))
            draw_scene = partial(_draw_scene, packs, config.seed)
        elif source == SPEECH:
            continue  # its shards are the stage's
        elif source == TEXT:
            plain = read_answers(_given(answers, source, "answers"))
        else:
            folder = _given(photos, source, "photos")
            sets[source] = [s for s in read_photos(folder, (source,)) if not kept_for_measuring(s)]
    return Mixture(config, draw_scene, sets, plain)


def kept_for_measuring(sample: Sample) -> bool:
    """Whether a photograph with people's questions is one of the tenth that is never trained on.

    Chosen by a hash of the key, so that every run on every machine keeps the same ones.
    """
    digest = hashlib.sha256(sample.key.encode()).digest()
    return sample.source == "daquar" and digest[0] % TENTH == 0


def _given(path: Path | None, source: str, name: str) -> Path:
    if path is None:
        raise ConfigError(f"sources: {source!r} has a weight, but no {name!r} path is given")
    return path


def _draw_scene(packs: SpritePacks, seed: int, turn: int) -> Sample:
    return scene(packs, "train", seed * SEEDS_APART + turn)


@lru_cache(maxsize=8)
def _block(
    seed: int, shares: tuple[tuple[str, int], ...], block: int
) -> tuple[tuple[str, int], ...]:
    """The sources of a block's items in order, each with its number within the block."""
    sources = [source for source, share in shares for _ in range(share)]
    random.Random(f"mix:{seed}:block:{block}").shuffle(sources)
    count = dict.fromkeys(dict(shares), -1)
    order = []
    for source in sources:
        count[source] += 1
        order.append((source, count[source]))
    return tuple(order)


def _shares(weights: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers of items of a block, by largest remainder; a wanted source has at least one."""
    wanted = {source: weight for source, weight in weights.items() if weight > 0}
    if not wanted or min(weights.values()) < 0:
        raise ConfigError(
            f"sources: weights of 0 and more, one of them over 0; got {dict(weights)}"
        )
    total = sum(wanted.values())
    exact = {source: weight / total * BLOCK for source, weight in wanted.items()}
    shares = {source: max(1, int(value)) for source, value in exact.items()}
    by_rest = sorted(exact, key=lambda source: (int(exact[source]) - exact[source], source))
    for place in range(max(0, BLOCK - sum(shares.values()))):
        shares[by_rest[place % len(by_rest)]] += 1
    largest = max(shares, key=lambda source: shares[source])
    shares[largest] -= sum(shares.values()) - BLOCK
    return shares


@lru_cache(maxsize=32)
def _order(seed: str, epoch: int, length: int) -> tuple[int, ...]:
    order = list(range(length))
    random.Random(f"order:{seed}:{epoch}").shuffle(order)
    return tuple(order)


def _of_epoch(items: Sequence[T], seed: str, turn: int) -> T:
    epoch, place = divmod(turn, len(items))
    return items[_order(seed, epoch, len(items))[place]]
