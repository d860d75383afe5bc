from __future__ import annotations

import pytest

from engine.prompt.tasks import TASKS
from training.data.speech.recognition import INSTRUCTIONS, written


@pytest.mark.parametrize(
    ("heard", "text"),
    [
        ("is there a dog?", "Is there a dog?"),
        ("the red mug", "The red mug."),
        ("i'm sure that i am", "I'm sure that I am."),
        ("it is in italy", "It is in italy."),
    ],
)
def test_what_was_heard_is_written_as_a_sentence(heard: str, text: str) -> None:
    assert written(heard) == text


def test_the_usual_instruction_is_the_tasks_own() -> None:
    assert INSTRUCTIONS[0] == TASKS["transcribe"].default_instruction
