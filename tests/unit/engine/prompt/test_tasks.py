"""The task table: every row as an exact prompt, tags that are typed, rows added by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, find_task, instruction, load_tasks, typed_task

MINIGPT = DIALECTS["minigpt-v2"]
SHIKRA = DIALECTS["shikra"]
REGION = Box(0.3, 0.4, 0.52, 0.77)

COLOUR = """
[tasks.colour]
tag = "[colour]"
takes = "region or words"
default_instruction = "what colour is this"
max_tokens = 8
"""


def test_the_table_has_the_tasks_of_the_design() -> None:
    assert {task.id: (task.tag, task.takes) for task in TASKS.values()} == {
        "chat": ("", "words"),
        "vqa": ("[vqa]", "words"),
        "caption": ("[caption]", "nothing"),
        "grounding": ("[grounding]", "nothing"),
        "refer": ("[refer]", "words"),
        "identify": ("[identify]", "region"),
        "detection": ("[detection]", "words"),
        "transcribe": ("[asr]", "speech"),
        "expression": ("[affect]", "region or words"),
    }


@pytest.mark.parametrize(
    ("task", "words", "expected"),
    [
        ("chat", "what is behind her?", "what is behind her?"),
        ("vqa", "how many cups are there?", "[vqa] how many cups are there?"),
        ("caption", "one short sentence", "[caption] one short sentence"),
        ("grounding", "describe the table", "[grounding] describe the table"),
        ("refer", "  the brown dog ", "[refer] the brown dog"),
        ("identify", "what is this", "[identify] what is this"),
        ("detection", "cups, dogs", "[detection] cups, dogs"),
        ("transcribe", "Write down the words.", "[asr] Write down the words."),
        ("expression", "the left face", "[affect] the left face"),
    ],
)
def test_the_words_stand_behind_the_tag(task: str, words: str, expected: str) -> None:
    assert instruction(TASKS[task], words, [], MINIGPT) == expected


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("chat", "what could happen next?"),
        ("vqa", "[vqa] how many dogs are there?"),
        ("caption", "[caption] briefly describe this image"),
        ("grounding", "[grounding] describe this image in detail"),
        ("refer", "[refer] the red mug left of the laptop"),
        ("identify", "[identify] what is this"),
        ("detection", "[detection] sofas, dogs"),
        ("transcribe", "[asr] Transcribe the following speech into text."),
        ("expression", "[affect] how does this face feel"),
    ],
)
def test_a_task_asked_without_words_uses_its_own(task: str, expected: str) -> None:
    assert instruction(TASKS[task], " ", [], MINIGPT) == expected


def test_regions_stand_at_the_end_in_the_bundles_dialect() -> None:
    identify = TASKS["identify"]
    assert instruction(identify, "", [REGION], MINIGPT) == (
        "[identify] what is this {<30><40><52><77>}"
    )
    assert instruction(identify, "", [REGION], SHIKRA) == (
        "[identify] what is this [0.300,0.400,0.520,0.770]"
    )
    assert instruction(TASKS["chat"], "which is older?", [REGION, REGION], MINIGPT) == (
        "which is older? {<30><40><52><77>}<delim>{<30><40><52><77>}"
    )


def test_a_tag_that_was_typed_is_found() -> None:
    assert typed_task(" [refer] the brown dog ") == (TASKS["refer"], "the brown dog")
    assert typed_task("[VQA]how many?") == (TASKS["vqa"], "how many?")
    assert typed_task("[1] is a footnote") == (None, "[1] is a footnote")


def test_an_unknown_task_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r'no task "dance"; choose one of: chat, vqa, caption'):
        find_task("dance")


def test_rows_are_added_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "tasks.toml"
    path.write_text(COLOUR, encoding="utf-8")
    tasks = load_tasks(path)
    assert list(tasks) == [*TASKS, "colour"]
    assert instruction(tasks["colour"], "", [REGION], MINIGPT) == (
        "[colour] what colour is this {<30><40><52><77>}"
    )
    assert tasks["colour"].max_tokens == 8


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (COLOUR + 'tgs = "x"', r'\[tasks.colour\]: unknown key "tgs"; the keys are: tag, takes'),
        ("[task.colour]", 'unknown key "task"'),
        ("tasks = 3", '"tasks" must hold sections'),
        ("[tasks]\ncolour = 3", "must be a section"),
        (COLOUR.replace("colour]\n", "refer]\n", 1), "a task of this name already"),
        (COLOUR.replace("[colour]", "[refer]"), r'the tag "\[refer\]" is taken'),
        (COLOUR.replace("region or words", "music"), "\"takes\" is 'music'; give one of: words"),
        (COLOUR.replace("= 8", "= 0"), '"max_tokens" is 0; give a whole number'),
        (COLOUR.replace("= 8", "= true"), '"max_tokens" is True'),
        (COLOUR.replace('"[colour]"', "7"), '"tag" is 7; give some words'),
        ('[tasks.a]\ntag = "[a]"', '"takes" is missing'),
        ("[tasks", "can't be read"),
    ],
)
def test_a_row_that_is_wrong_is_an_error_that_names_it(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = tmp_path / "tasks.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=complaint) as caught:
        load_tasks(path)
    assert str(path) in str(caught.value)


def test_a_task_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml"):
        load_tasks(tmp_path / "nowhere.toml")
