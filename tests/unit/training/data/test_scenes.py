from __future__ import annotations

from pathlib import Path

import pytest

from training.data.samples import Sample
from training.data.scenes import LARGE, MOST_THINGS, SMALL, SpritePacks, scene
from training.data.vocabulary import COLOURS, SHAPES, WORDS
from training.errors import DataError


def truth(sample: Sample) -> tuple[object, ...]:
    return sample.things, sample.width, sample.height, sample.open().tobytes()


def test_a_scene_is_the_same_each_time(packs: SpritePacks) -> None:
    assert truth(scene(packs, "train", 3)) == truth(scene(packs, "train", 3))


def test_training_and_measuring_never_show_the_same_scene(packs: SpritePacks) -> None:
    seen = {scene(packs, "train", n).things for n in range(30)}
    assert seen.isdisjoint(scene(packs, "eval", n).things for n in range(30))


def test_the_truth_is_of_known_names_and_inside_the_picture(packs: SpritePacks) -> None:
    kinds = set()
    for number in range(30):
        sample = scene(packs, "train", number)
        assert 1 <= len(sample.things) <= MOST_THINGS
        assert sample.complete
        for thing in sample.things:
            names = {
                "object": packs.objects, "shape": SHAPES, "word": WORDS, "face": packs.expressions,
            }[thing.kind]  # fmt: skip
            assert thing.name in names
            assert (thing.colour in COLOURS) == (thing.kind == "shape")
            assert min(thing.box.as_list()) >= 0
            assert max(thing.box.as_list()) <= 1
            assert thing.box.area > 0
            kinds.add(thing.kind)
    assert kinds == {"object", "shape", "word", "face"}


def test_size_words_are_true(packs: SpritePacks) -> None:
    for number in range(30):
        for thing in scene(packs, "train", number).things:
            if thing.size:
                assert thing.box.area > LARGE if thing.size == "large" else thing.box.area < SMALL


def test_things_hide_little_of_each_other(packs: SpritePacks) -> None:
    for number in range(40):
        things = scene(packs, "train", number).things
        for n, one in enumerate(things):
            for other in things[n + 1 :]:
                assert one.box.iou(other.box) < 0.12


def test_a_thing_is_drawn_where_its_box_says(packs: SpritePacks) -> None:
    for number in range(30):
        sample = scene(packs, "eval", number)
        shapes = [t for t in sample.things if t.kind == "shape" and t.name in ("circle", "square")]
        for thing in shapes:
            x, y = thing.box.centre
            seen = sample.open().getpixel((int(x * sample.width), int(y * sample.height)))
            assert isinstance(seen, tuple)
            wanted = COLOURS[thing.colour or "red"]
            assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 60


def test_a_folder_that_is_no_pack_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"vocabulary\.json"):
        SpritePacks.open(tmp_path)
    (tmp_path / "vocabulary.json").write_text('{"objects": {}, "expressions": {}}')
    with pytest.raises(DataError, match="at least one folder"):
        SpritePacks.open(tmp_path)
