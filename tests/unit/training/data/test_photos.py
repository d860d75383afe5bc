from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from engine.grounding.geometry import Box
from training.data.photos import boxed_phrases, head_noun, read_photos
from training.data.samples import PersonQuestion, Thing
from training.errors import DataError

FLICKR = {
    "source": "flickr8k",
    "size": [500, 333],
    "captions": ["a dog runs ."],
    "grounded": [
        {
            "caption": "a dog runs .",
            "phrases": [
                {"start": 0, "end": 5, "kind": "animals", "boxes": [[0.1, 0.2, 0.5, 0.6]]},
                {"start": 6, "end": 10, "kind": "notvisual", "boxes": []},
            ],
        }
    ],
}
COCO = {
    "source": "coco2017",
    "size": [640, 426],
    "objects": [
        {"name": "cup", "box": [0.6, 0.1, 0.9, 0.5]},
        {"name": "car", "box": [0.5, 0.5, 0.5001, 0.5001]},
    ],
    "qa": [{"question": "Is this right? A cup.", "answer": "yes"}],
}


def write_shard(path: Path, records: dict[str, object], *, pictures: bool = True) -> None:
    encoded = io.BytesIO()
    Image.new("RGB", (12, 8), "red").save(encoded, "webp")
    with tarfile.open(path, "w") as tar:
        for key, record in records.items():
            files = [(f"{key}.json", json.dumps(record).encode())]
            files += [(f"{key}.webp", encoded.getvalue())] if pictures else []
            for name, data in files:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def test_a_shard_becomes_samples(tmp_path: Path) -> None:
    write_shard(tmp_path / "flickr8k-val-000.tar", {"one": FLICKR})
    write_shard(tmp_path / "coco-val-000.tar", {"two": COCO})
    dog, cup = read_photos(tmp_path, ("flickr8k-val", "coco-val"))
    assert (dog.key, dog.source, dog.width, dog.height) == ("one", "flickr8k", 500, 333)
    assert dog.captions == ("a dog runs .",)
    assert boxed_phrases(dog) == [("a dog", (Box(0.1, 0.2, 0.5, 0.6),))]
    assert not dog.complete
    assert (dog.open().size, dog.open().mode) == ((12, 8), "RGB")
    assert cup.complete
    assert cup.things == (Thing("cup", Box(0.6, 0.1, 0.9, 0.5)),)  # the car is a mark, not a thing
    assert cup.questions == (PersonQuestion("Is this right? A cup.", "yes"),)


def test_shards_are_read_in_their_order(tmp_path: Path) -> None:
    for number in (1, 0):
        write_shard(tmp_path / f"coco-train-00{number}.tar", {f"key{number}": COCO})
    assert [sample.key for sample in read_photos(tmp_path, ("coco-train",))] == ["key0", "key1"]


def test_a_set_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"coco-train-\*\.tar"):
        read_photos(tmp_path, ("coco-train",))


def test_a_record_without_its_picture_is_a_clear_error(tmp_path: Path) -> None:
    write_shard(tmp_path / "coco-val-000.tar", {"lost": COCO}, pictures=False)
    with pytest.raises(DataError, match=r"coco-val-000\.tar: lost\.json"):
        read_photos(tmp_path, ("coco-val",))


@pytest.mark.parametrize(
    ("phrase", "noun"),
    [
        ("A brown dog", "dog"),
        ("a man in red", "man"),
        ("a group of young girls", "group"),
        ("the blond-hair boy", "boy"),
        ("", ""),
    ],
)
def test_the_word_that_a_phrase_is_about(phrase: str, noun: str) -> None:
    assert head_noun(phrase) == noun
