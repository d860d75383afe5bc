"""From an answer that a person corrected to the question that training asks, all the way."""

from __future__ import annotations

import dataclasses
import json
import random
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from app.export.training_set import write_training_set
from app.store.archive import Archive
from app.store.records import Correction, StoredConversation, StoredTurn
from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.types import GroundedBox
from training.data.mirror import mirror
from training.data.mixture import MixConfig, open_mixture
from training.data.photos import boxed_phrases, read_photos
from training.data.questions import KINDS, Question, questions_for
from training.data.samples import Sample, Thing

MINIGPT = DIALECTS["minigpt-v2"]
DOG, CAT = Box(0.1, 0.2, 0.3, 0.4), Box(0.5, 0.5, 0.9, 1.0)
ANSWERS: dict[tuple[str, str], tuple[Box | None, Correction]] = {
    ("refer", "the dog"): (None, Correction("", (GroundedBox(DOG),))),
    ("refer", "the cow"): (None, Correction("none")),
    ("detection", "dogs, cats"): (
        None,
        Correction(
            "dog, cat", (GroundedBox(DOG, "dog", 0, 0, 3), GroundedBox(CAT, "cat", 0, 5, 8))
        ),
    ),
    ("identify", ""): (CAT, Correction("a cat")),
    ("caption", ""): (None, Correction("Two animals.")),
    ("grounding", ""): (
        None,
        Correction("A dog sits.", (GroundedBox(DOG, "A dog", 0, 0, 5),)),
    ),
    ("vqa", "how many?"): (None, Correction("two")),
    ("chat", "What is it?"): (None, Correction("Two animals in a room.")),
}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with closing(Archive(tmp_path / "data")) as archive:
        yield archive


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A camera's picture that lies on its side: 40 x 30 as it is seen."""
    path = tmp_path / "photo.jpg"
    image = Image.new("RGB", (30, 40), "red")
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(path, exif=exif)
    return path


def _keep(archive: Archive, picture: Path | None) -> None:
    """Every answer, corrected, and one that is right as it is."""
    name = archive.attachments.keep(picture) if picture else None
    turns = [
        StoredTurn(
            id=f"{task} {words}",
            parent=None,
            task=task,
            words=words,
            picture=name,
            attached=True,
            state="done",
            region=region,
        )
        for (task, words), (region, _) in ANSWERS.items()
    ]
    right = dataclasses.replace(turns[0], id="right")
    archive.conversations.begin(StoredConversation("Animals", (*turns, right), None))
    for (task, words), (_, correction) in ANSWERS.items():
        archive.conversations.correct(f"{task} {words}", correction)


def _exported(archive: Archive, folder: Path) -> int:
    turns = archive.conversations.corrected()
    return write_training_set(turns, archive.attachments, folder / "corrections-000.tar")


def _by_task(questions: list[Question]) -> dict[tuple[str, str], Question]:
    return {(question.task, question.words): question for question in questions}


def test_a_mix_asks_what_was_corrected(archive: Archive, picture: Path, tmp_path: Path) -> None:
    _keep(archive, picture)
    assert _exported(archive, tmp_path) == len(ANSWERS)
    weights = dict.fromkeys(KINDS, 1.0)
    config = MixConfig(sources={"corrections": 1.0}, kinds=weights, questions=20, mirror=0.0)
    mix = open_mixture(config, photos=tmp_path)
    item = mix.item(0)
    assert item.sample is not None
    sample = item.sample
    assert (sample.source, sample.width, sample.height) == ("corrections", 40, 30)
    assert sample.open().size == (40, 30)
    asked = _by_task(mix.questions(item, MINIGPT))
    assert {key: question.answer for key, question in asked.items()} == {
        ("refer", "the dog"): "{<10><20><30><40>}",
        ("refer", "the cow"): "none",
        ("detection", "dogs, cats"): "<p>dog</p> {<10><20><30><40>}, "
        "<p>cat</p> {<50><50><90><100>}",
        ("identify", ""): "a cat",
        ("caption", ""): "Two animals.",
        ("grounding", ""): "<p>A dog</p> {<10><20><30><40>} sits.",
        ("vqa", "how many?"): "two",
        ("chat", "What is it?"): "Two animals in a room.",
    }
    assert asked["identify", ""].regions == (CAT,)
    assert asked["refer", "the dog"].boxes == (DOG,)


def test_the_labels_are_those_of_photographs_too(
    archive: Archive, picture: Path, tmp_path: Path
) -> None:
    _keep(archive, picture)
    _exported(archive, tmp_path)
    (sample,) = read_photos(tmp_path, ("corrections",))
    assert sample.captions == ("Two animals.",)
    assert sample.things == (Thing("dog", DOG), Thing("cat", CAT), Thing("cat", CAT))
    assert boxed_phrases(sample) == [("the dog", (DOG,)), ("A dog", (DOG,))]
    assert [qa.answer for qa in sample.questions] == ["two"]
    with tarfile.open(tmp_path / "corrections-000.tar") as tar:
        names = sorted(tar.getnames())
        file = tar.extractfile(names[1])
        assert file is not None and json.loads(file.read())["source"] == "corrections"
    assert [Path(name).suffix for name in names] == [".jpg", ".json"]


def _sample(archive: Archive, picture: Path, folder: Path) -> Sample:
    _keep(archive, picture)
    _exported(archive, folder)
    (sample,) = read_photos(folder, ("corrections",))
    return sample


def _all(sample: Sample, proposals: tuple[Box, ...] | None = None) -> list[Question]:
    weights = dict.fromkeys(KINDS, 1.0)
    rng = random.Random(3)
    return questions_for(sample, rng, MINIGPT, count=30, weights=weights, proposals=proposals)


def test_what_no_proposal_fits_is_not_asked(
    archive: Archive, picture: Path, tmp_path: Path
) -> None:
    near = Box(0.11, 0.2, 0.3, 0.4)
    asked = _by_task(_all(_sample(archive, picture, tmp_path), (near,)))
    assert asked["refer", "the dog"].answer == "{<11><20><30><40>}"
    assert asked["detection", "dogs, cats"].answer == "<p>dog</p> {<11><20><30><40>}"
    none = _by_task(_all(read_photos(tmp_path, ("corrections",))[0], ()))
    assert ("refer", "the dog") not in none
    assert none["refer", "the cow"].answer == "none"


def test_a_mirrored_picture_has_its_boxes_mirrored(
    archive: Archive, picture: Path, tmp_path: Path
) -> None:
    sample = _sample(archive, picture, tmp_path)
    asked = _by_task(_all(mirror(sample)))
    assert asked["refer", "the dog"].answer == "{<70><20><90><40>}"
    assert [round(x, 3) for x in asked["identify", ""].regions[0].as_list()] == [0.1, 0.5, 0.5, 1]


def test_without_its_picture_nothing_is_written(archive: Archive, tmp_path: Path) -> None:
    _keep(archive, None)
    assert _exported(archive, tmp_path) == 0
    assert list(tmp_path.glob("*.tar")) == []


def test_a_picture_that_is_gone_is_left_out(
    archive: Archive, picture: Path, tmp_path: Path
) -> None:
    _keep(archive, picture)
    (name,) = {turn.picture for turn in archive.conversations.corrected()}
    assert name is not None
    archive.attachments.remove(name)
    assert _exported(archive, tmp_path) == 0


def test_deleted_conversations_give_nothing(archive: Archive, picture: Path) -> None:
    _keep(archive, picture)
    archive.conversations.delete(1)
    assert archive.conversations.corrected() == []
