"""How pictures and their regions reach the model, and where its boxes land."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.media.image import Placement
from engine.prompt.template import PromptStyle
from engine.prompt.wording import tasks_in_words
from engine.types import (
    BoxFound,
    ImagePart,
    RegionPart,
    Sampling,
)
from tests.support.fakes import ScriptedDecoder, ScriptedEncoder, said, written
from tests.support.talk import CAT, DOG, MANIFEST, answer, ask, assistant, session, user

WITH_ROWS = replace(MANIFEST, prompt=PromptStyle(template="chatml", region_rows=True))


def test_a_picture_and_its_regions_stand_in_the_prompt() -> None:
    decoder = ScriptedDecoder(said("a dog"))
    encoder = ScriptedEncoder(rows=4, box=" {<1><2><30><40>}")
    ask(session(decoder, encoder), user(DOG, "what is it?"))
    assert written(decoder.heard[0]) == (
        "<|im_start|>user\n<Img>[4][1] {<1><2><30><40>}</Img> what is it?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_pictures_in_one_conversation(count: int) -> None:
    decoder = ScriptedDecoder(said("one"), said("two"))
    encoder = ScriptedEncoder(rows=3)
    talk = session(decoder, encoder)
    pictures = [ImagePart(Path(f"{n}.png")) for n in range(count)]
    first = (user(*pictures, "look"),)
    assert answer(ask(talk, *first)).finish == "stop"
    assert written(decoder.heard[0]).count("[3]") == count
    assert encoder.encoded == count
    later = answer(ask(talk, *first, assistant("one"), user("again")))
    assert encoder.encoded == count
    stats = later.stats
    prompt = stats.cached_tokens + stats.prefill_tokens
    assert stats.cached_tokens >= prompt - len("e<|im_end|>\nuser\nagain\nassistant\n") - 4


def test_boxes_belong_to_the_newest_picture_or_the_one_drawn_on() -> None:
    box = "{<0><0><50><50>}"
    talk = session(ScriptedDecoder(said(box), said(box), said(box)))
    assert answer(ask(talk, user(DOG, "a"), assistant("b"), user(CAT, "c"))).boxes[0].image == 1
    assert answer(ask(talk, user(DOG, CAT, "a"))).boxes[0].image == 1
    drawn = RegionPart(Box(0.1, 0.1, 0.2, 0.2), image=0)
    question = user(drawn, "what is left of it?", task="refer")
    assert answer(ask(talk, user(DOG, CAT, "a"), assistant("b"), question)).boxes[0].image == 0


def test_padded_pictures_are_mapped_in_both_directions() -> None:
    """A wide picture lies in the middle half of the square's height."""
    placement = Placement(left=0.0, top=0.25, width=1.0, height=0.5)
    decoder = ScriptedDecoder(said("{<0><25><50><75>}"))
    talk = session(decoder, ScriptedEncoder(placement=placement))
    region = RegionPart(Box(0.2, 0.0, 0.4, 1.0))
    events = ask(talk, user(DOG, region, "what is this", task="identify"))
    assert "what is this {<20><25><40><75>}" in written(decoder.heard[0])
    assert answer(events).boxes[0].box == Box(0.0, 0.0, 0.5, 1.0)


def test_a_region_that_is_asked_about_is_read_as_its_row_and_its_box() -> None:
    decoder = ScriptedDecoder(said("a dog"), said("a cat"))
    talk = session(decoder, manifest=WITH_ROWS)
    first = user(DOG, RegionPart(Box(0.2, 0.0, 0.4, 1.0)), "what is this", task="identify")
    ask(talk, first)
    asked = "[identify] what is this[1] {<20><0><40><100>}<|im_end|>\n"
    assert written(decoder.heard[0]).startswith(f"<|im_start|>user\n<Img>[4]</Img> {asked}")
    again = user(CAT, RegionPart(Box(0.0, 0.0, 0.5, 0.5), image=1), "and this", task="identify")
    ask(talk, first, assistant("a dog"), again)
    assert asked in written(decoder.heard[1])
    assert "<Img>[4]</Img> [identify] and this[1] {<0><0><50><50>}" in written(decoder.heard[1])


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("what is this {<20><0><40><100>}", "what is this[1] {<20><0><40><100>}"),
        (
            "which is larger {<0><0><50><50>} {<5><5><9><9>}",
            "which is larger[1] {<0><0><50><50>}[1] {<5><5><9><9>}",
        ),
        ("is {<20><0><40><100>} a dog", "is {<20><0><40><100>} a dog"),
        ("is <p>it</p> {<20><0><40><100>}", "is <p>it</p> {<20><0><40><100>}"),
        ("what is this", "what is this"),
    ],
)
def test_a_box_typed_behind_the_words_is_a_region_like_a_drawn_one(typed: str, asked: str) -> None:
    decoder = ScriptedDecoder(said("a dog"))
    ask(session(decoder, manifest=WITH_ROWS), user(DOG, typed))
    assert f"<Img>[4]</Img> {asked}<|im_end|>\n" in written(decoder.heard[0])


def test_a_typed_box_stays_text_where_regions_have_no_rows() -> None:
    decoder = ScriptedDecoder(said("a dog"))
    ask(session(decoder), user(DOG, "[identify] what is this {<20><0><40><100>}"))
    assert "</Img> [identify] what is this {<20><0><40><100>}<|im" in written(decoder.heard[0])


@pytest.mark.parametrize(("limit", "finish", "malformed"), [(22, "length", 0), (40, "stop", 1)])
def test_half_a_box_is_a_mistake_only_where_the_model_left_it(
    limit: int, finish: str, malformed: int
) -> None:
    decoder = ScriptedDecoder(said("<p>dog</p> {<10><20><3"))
    given = answer(
        ask(session(decoder), user(DOG, task="grounding"), sampling=Sampling(max_tokens=limit))
    )
    assert (given.finish, given.malformed, given.boxes) == (finish, malformed, ())


def test_boxes_in_pixels_of_what_the_model_saw_come_while_it_writes() -> None:
    """Qwen2.5-VL's: the picture is the middle half of a canvas of 112 x 56 pixels."""
    placement = Placement(left=0.25, top=0.0, width=0.5, height=1.0)
    encoder = ScriptedEncoder(placement=placement, resized=(112, 56))
    written_by_it = (
        '```json\n[{"bbox_2d": [28, 14, 56, 28], "label": "dog"}, '
        '{"bbox_2d": [56, 28, 84, 56], "label": "cat"}]\n```'
    )
    decoder = ScriptedDecoder(said(written_by_it))
    manifest = replace(MANIFEST, dialect="qwen2.5-vl", worded=True, unconstrained=("refer",))
    talk = session(decoder, encoder, manifest=manifest)
    region = RegionPart(Box(0.0, 0.0, 0.5, 0.5))
    question = user(DOG, region, "what is this", task="refer")
    events = ask(talk, question, sampling=Sampling(max_tokens=400))
    boxes = answer(events).boxes
    assert [(box.box, box.phrase) for box in boxes] == [
        (Box(0.0, 0.25, 0.5, 0.5), "dog"),
        (Box(0.5, 0.5, 1.0, 1.0), "cat"),
    ]
    assert "[28, 0, 56, 28]" in written(decoder.heard[0])
    found = [number for number, event in enumerate(events) if isinstance(event, BoxFound)]
    assert len(found) == 2 and found[0] + 1 < found[1] < len(events) - 1


def test_a_dialects_control_tokens_are_shown_where_the_model_writes_them() -> None:
    decoder = ScriptedDecoder(said("no"))
    manifest = replace(MANIFEST, dialect="qwen2-vl", worded=True)
    ask(session(decoder, manifest=manifest), user(DOG, "what is it"))
    assert "<|box_start|>" in decoder.shown[0]


@pytest.mark.parametrize("name", [name for name in DIALECTS if name not in ("plain", "molmo")])
def test_a_model_of_any_family_is_asked_and_understood(name: str) -> None:
    """A question in words, the answer kept to the dialect's grammar, its box on the picture."""
    dialect, box = DIALECTS[name], Box(0.25, 0.0, 0.75, 0.5)
    tasks = tasks_in_words(name)
    long = {"default": Sampling(max_tokens=300)}
    manifest = replace(MANIFEST, dialect=name, worded=True, tasks=tasks, sampling=long)
    decoder = ScriptedDecoder(said(dialect.phrase("dog", [box])), said("a dog"))
    talk = session(decoder, ScriptedEncoder(), manifest=manifest)
    found = answer(ask(talk, user(DOG, "the dog", task="refer")))
    assert found.malformed == 0 and len(found.boxes) == 1
    assert found.boxes[0].box.as_list() == pytest.approx(box.as_list(), abs=1 / 32)
    assert found.text == "dog"
    assert decoder.grammars == [dialect.grammar("box-or-none")]
    assert decoder.shown == [dialect.markers]
    asked = written(decoder.heard[0])
    assert "[refer]" not in asked and "the dog" in asked
    ask(talk, user(DOG, RegionPart(box), task="identify"))
    assert dialect.asked([box]) in written(decoder.heard[1])
