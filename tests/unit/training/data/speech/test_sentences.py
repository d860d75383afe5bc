from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from PIL import Image

from engine.grounding.geometry import Box
from training.data.samples import Sample, Thing
from training.data.scenes import SpritePacks
from training.data.speech.sentences import DIGITS, SHARES, Sentences, _numbers, heard_as


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Is there a dog?", "is there a dog?"),
        ("how many dogs are there", "how many dogs are there?"),
        ("The red mug.", "the red mug"),
        ('the word "STOP"', "the word stop"),
        ("Cats, dogs , and birds!", "cats, dogs, and birds"),
        ("it's a t-shirt", "it's a t-shirt"),
        ("a dog 's ear - and 'more'", "a dog s ear and more"),
        ("2 dogs", "two dogs"),
        ("naïve — café", "na ve caf"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_words_are_written_as_they_are_heard(text: str, heard: str) -> None:
    assert heard_as(text) == heard


def test_what_was_heard_is_heard_the_same_again() -> None:
    said = "Where IS the dog, and 2 cats?"
    assert heard_as(heard_as(said)) == heard_as(said)


def test_numbers_are_words() -> None:
    rng = random.Random(0)
    said = " ".join(_numbers(rng) for _ in range(200))
    assert re.fullmatch(r"[a-z ]+", said)
    assert set(DIGITS) <= set(said.split())


@pytest.fixture
def sentences(packs: SpritePacks) -> Sentences:
    things = (Thing("dog", Box(0.1, 0.1, 0.6, 0.6)), Thing("car", Box(0.6, 0.6, 0.9, 0.9)))
    photo = Sample(
        key="one",
        source="coco2017",
        width=64,
        height=64,
        open=lambda: Image.new("RGB", (64, 64)),
        things=things,
        captions=("A dog beside a car.", "Two dogs and 3 cars"),
        complete=True,
    )
    names = ("flickr8k-train", "coco-train", "daquar-train")
    return Sentences(
        packs, {name: [photo] for name in names}, ["Who wrote Hamlet?"], ["apple", "seven"]
    )


def test_a_sentence_is_a_function_of_its_number(sentences: Sentences) -> None:
    first = [sentences.sentence(number) for number in range(40)]
    assert first == [sentences.sentence(number) for number in range(40)]
    assert len(set(first)) > 20


def test_every_kind_of_sentence_is_said_and_all_can_be_heard(sentences: Sentences) -> None:
    said = [sentences.sentence(number) for number in range(300)]
    assert all(heard_as(sentence) and not re.search(r"\d", sentence) for sentence in said)
    assert "A dog beside a car." in said
    assert "Two dogs and 3 cars" not in said
    assert "Who wrote Hamlet?" in said
    assert any(set(sentence.split()) <= {"apple", "seven"} for sentence in said)
    assert any(sentence.lower().startswith(("is there", "how many")) for sentence in said)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    from training.errors import DataError

    with pytest.raises(DataError, match="flickr8k-train"):
        Sentences.open(sprites=None, photos=tmp_path, answers=None, vocabulary=[])
