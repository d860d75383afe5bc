"""The task table: its rows, tags that are typed, rows added by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.prompt.tasks import TASKS, find_task, load_tasks, typed_task

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
    assert tasks["colour"].default_instruction == "what colour is this"
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
