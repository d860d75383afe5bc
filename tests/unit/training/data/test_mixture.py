from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from engine.grounding.codec import DIALECTS
from tests.support.pictures import ROOM, captioned
from training.data.mixture import (
    BLOCK,
    Item,
    MixConfig,
    Mixture,
    kept_for_measuring,
    open_mixture,
)
from training.data.plain import PlainAnswer
from training.data.samples import Sample
from training.errors import ConfigError, DataError

MINIGPT = DIALECTS["minigpt-v2"]
KINDS = {"refer": 2.0, "caption": 1.0}


def photo(key: str) -> Sample:
    return Sample(key, "flickr8k", 10, 10, lambda: Image.new("RGB", (4, 4)), captions=(key,))


def numbered_scene(number: int) -> Sample:
    return Sample(f"train-{number}", "scene", 10, 10, lambda: Image.new("RGB", (4, 4)))


def mixture(seed: int = 0, **sources: float) -> Mixture:
    config = MixConfig(sources=sources, kinds=KINDS, seed=seed, mirror=0.0)
    photos = {name: [photo(f"{name}-{n}") for n in range(7)] for name in ("cats", "dogs")}
    plain = [PlainAnswer(f"question {n}", "answer") for n in range(5)]
    return Mixture(config, numbered_scene, photos, plain)


def key_of(item: Item) -> str:
    if item.sample:
        return item.sample.key
    assert item.plain
    return item.plain.prompt


def test_every_block_holds_the_exact_shares() -> None:
    mix = mixture(scenes=5, cats=3, dogs=1.5, text=0.5)
    for block in range(2):
        keys = [key_of(mix.item(block * BLOCK + n)) for n in range(BLOCK)]
        assert Counter(key.partition("-")[0].partition(" ")[0] for key in keys) == {
            "train": 500, "cats": 300, "dogs": 150, "question": 50,
        }  # fmt: skip


def test_an_item_is_the_same_whenever_and_in_whatever_order_it_is_asked_for() -> None:
    numbers = list(range(0, 3000, 7))
    first = {n: key_of(mixture(scenes=1, cats=1).item(n)) for n in numbers}
    random.Random(1).shuffle(numbers)
    again = mixture(scenes=1, cats=1)
    assert {n: key_of(again.item(n)) for n in numbers} == first
    assert [key_of(mixture(seed=1, scenes=1, cats=1).item(n)) for n in range(20)] != [
        first[n] for n in range(0, 140, 7)
    ]


def test_every_photograph_comes_once_before_any_comes_again() -> None:
    mix = mixture(cats=1)
    keys = [key_of(mix.item(n)) for n in range(21)]
    epochs = [keys[0:7], keys[7:14], keys[14:21]]
    assert all(len(set(epoch)) == 7 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_scenes_never_come_twice() -> None:
    mix = mixture(scenes=1, dogs=1)
    keys = [key for n in range(2 * BLOCK) if (key := key_of(mix.item(n))).startswith("train")]
    assert len(set(keys)) == len(keys) == BLOCK


def test_a_small_source_is_not_rounded_away() -> None:
    mix = mixture(scenes=10_000, dogs=1)
    assert sum(key_of(mix.item(n)).startswith("dogs") for n in range(BLOCK)) == 1


def test_photographs_are_mirrored_by_the_share_that_is_asked_for() -> None:
    config = MixConfig(sources={"cats": 1}, kinds=KINDS, mirror=0.25)
    mix = Mixture(config, None, {"cats": [photo("a cat")]}, ())
    mirrored = sum(key_of(mix.item(n)).endswith(":mirrored") for n in range(800))
    assert 150 < mirrored < 250


def test_questions_are_the_same_for_the_same_proposals() -> None:
    mix = mixture(scenes=1)
    item = Item(5, sample=ROOM)
    assert mix.questions(item, MINIGPT) == mix.questions(item, MINIGPT)
    assert mix.questions(item, MINIGPT) != mix.questions(Item(6, sample=ROOM), MINIGPT)
    proposals = [thing.box for thing in ROOM.things]
    assert all(
        set(question.boxes) <= set(proposals)
        for question in mix.questions(item, MINIGPT, proposals=proposals)
    )
    assert mix.questions(Item(5, plain=PlainAnswer("a", "b")), MINIGPT) == []


def test_about_a_tenth_of_the_peoples_photographs_is_kept_for_measuring() -> None:
    kept = [
        kept_for_measuring(Sample(f"image{n}", "daquar", 1, 1, captioned().open))
        for n in range(2000)
    ]
    assert 150 < sum(kept) < 250
    assert not any(kept_for_measuring(photo(f"image{n}")) for n in range(100))


def test_a_mix_is_opened_from_folders_and_files(tmp_path: Path) -> None:
    answers = tmp_path / "answers.jsonl"
    answers.write_text(json.dumps({"prompt": "Hello!", "answer": "Hi."}) + "\n")
    pack = tmp_path / "pack"
    (pack / "plain").mkdir(parents=True)
    (pack / "vocabulary.json").write_text(
        '{"objects": {"dog": "1F415"}, "expressions": {"sad": "1F622"}}'
    )
    for name in ("dog", "face_sad"):
        Image.new("RGBA", (16, 16), "brown").save(pack / "plain" / f"{name}.png")
    config = MixConfig(sources={"scenes": 1, "text": 1, "absent": 0}, kinds=KINDS)
    mix = open_mixture(config, sprites=pack, answers=answers)
    items = [mix.item(n) for n in range(20)]
    assert {item.plain for item in items} == {None, PlainAnswer("Hello!", "Hi.")}
    assert {item.sample.key.partition("-")[0] for item in items if item.sample} == {"train"}


@pytest.mark.parametrize(
    ("sources", "kinds", "said"),
    [
        ({"scenes": 1.0}, {"riddle": 1.0}, "riddle"),
        ({"cats": 1.0}, KINDS, "no 'photos' path"),
        ({"text": 1.0}, KINDS, "no 'answers' path"),
        ({"scenes": 0.0}, KINDS, "sources"),
        ({"text": 1.0, "scenes": -1.0}, KINDS, "sources"),
    ],
)
def test_an_impossible_mix_is_a_clear_error(
    sources: dict[str, float], kinds: dict[str, float], said: str
) -> None:
    config = MixConfig(sources=sources, kinds=kinds)
    answers = None if said.startswith("no") else Path("none")
    with pytest.raises((ConfigError, DataError), match=said):
        open_mixture(config, answers=answers)
