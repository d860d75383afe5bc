"""What a request must be: each problem is one sentence that names the value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.asking import sampling_of, stands_in, understand
from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, Task
from engine.types import AudioPart, ImagePart, Message, Part, RegionPart, Sampling, TextPart
from tests.support.scripted_engine import MANIFEST

PICTURE = ImagePart(Path("a.png"))
REGION = RegionPart(Box(0.1, 0.2, 0.3, 0.4))


def user(*parts: Part | str, task: str = "chat") -> Message:
    return Message("user", tuple(TextPart(p) if isinstance(p, str) else p for p in parts), task)


def test_a_typed_tag_is_the_task() -> None:
    (message,) = understand([user(PICTURE, "[refer] the dog")], MANIFEST)
    assert message == user(PICTURE, "the dog", task="refer")


@pytest.mark.parametrize(
    "message",
    [
        user("hello"),
        user(PICTURE, task="caption"),
        user(PICTURE, task="refer"),
        user(PICTURE, REGION, task="identify"),
        user(PICTURE, "[identify] what is this {<30><40><52><77>}"),
        user(PICTURE, PICTURE, RegionPart(REGION.box, 1), "and this?"),
    ],
)
def test_what_can_be_asked(message: Message) -> None:
    assert len(understand([message], MANIFEST)) == 1


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (user(""), "The question is empty"),
        (user("what is \ud83d"), r"half a character, U\+D83D"),
        (user("x", task="dance"), 'no task "dance"'),
        (user("x", task="refer"), '"refer" needs a picture'),
        (user(PICTURE, "x", task="identify"), '"identify" needs a region'),
        (user(PICTURE, "x", task="expression"), 'not taught the task "expression"'),
        (user(PICTURE, RegionPart(Box(0.1, 0.2, 1.3, 0.4))), "region 0.1, 0.2, 1.3, 0.4"),
        (user(PICTURE, RegionPart(Box(0.3, 0.2, 0.1, 0.4))), "region 0.3, 0.2, 0.1, 0.4"),
        (user(PICTURE, RegionPart(Box(float("nan"), 0, 1, 1))), "region nan"),
        (user(PICTURE, RegionPart(REGION.box, 1)), "picture number 1"),
        (user(AudioPart(Path("a.wav"))), r"a\.wav can't be heard"),
        (Message("assistant", (TextPart("x"),)), "no question"),
    ],
)
def test_what_can_not_be_asked(message: Message, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        understand([message], MANIFEST)
    assert str(caught.value).endswith(".")


def test_a_region_needs_a_way_to_write_it() -> None:
    wordy = replace(MANIFEST, dialect="plain")
    with pytest.raises(InputError, match="can't be asked about a region"):
        understand([user(PICTURE, REGION, "what is this?")], wordy)
    assert understand([user(PICTURE, "what is this?")], wordy)


def test_a_region_that_was_typed_is_one_for_a_model_that_is_asked_in_words() -> None:
    worded = replace(MANIFEST, dialect="qwen3-vl", worded=True)
    typed = '[identify] what is {"bbox_2d": [100, 200, 300, 400]}'
    (message,) = understand([user(PICTURE, typed)], worded)
    assert message == user(PICTURE, REGION, "what is", task="identify")


def test_an_example_stands_in_where_words_are_wanted_and_missing() -> None:
    assert stands_in(user(PICTURE, task="refer"), TASKS["refer"])
    assert not stands_in(user(PICTURE, "dog", task="refer"), TASKS["refer"])
    assert not stands_in(user(PICTURE, task="caption"), TASKS["caption"])
    assert not stands_in(user(AudioPart(Path("a.wav"))), TASKS["chat"])


def test_sampling_is_the_bundles_but_for_a_row_of_ones_own() -> None:
    own = Sampling(temperature=0.7)
    manifest = replace(MANIFEST, sampling={"default": Sampling(max_tokens=100), "vqa": own})
    assert sampling_of(TASKS["vqa"], manifest) == own
    assert sampling_of(TASKS["refer"], manifest) == Sampling(max_tokens=100)
    row = Task(id="x", tag="[x]", takes="words", default_instruction="x", hint="x", max_tokens=8)
    assert sampling_of(row, manifest) == Sampling(max_tokens=8)
