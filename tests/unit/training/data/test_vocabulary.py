from __future__ import annotations

from engine.grounding.geometry import Box
from tests.support.pictures import captioned, photographed
from training.data.samples import Thing
from training.data.vocabulary import SHAPES, WORDS, class_names


def test_every_class_once_drawings_first() -> None:
    photos = [photographed(Thing("dog", Box(0, 0, 1, 1)), Thing("bus", Box(0, 0, 1, 1)))]
    names = class_names(["dog", "star"], ["sad"], [*photos, captioned()], least=1)
    assert names[:3] == ("dog", "star", "sad")
    assert len(set(names)) == len(names)
    assert {*SHAPES, *WORDS, "bus", "grass", "balls"} <= set(names)


def test_rare_nouns_and_words_that_name_nothing_are_no_classes() -> None:
    names = class_names([], [], [captioned(), captioned()], least=2)
    assert "grass" in names
    assert "grass" not in class_names([], [], [captioned()], least=2)
    assert "red" not in names
