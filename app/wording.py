"""What the window calls the tasks. A task without a row here goes by its own id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.pictures import display_name
from engine.prompt.tasks import TASKS, Task, typed_task

_LABELS = {
    "chat": "Chat",
    "vqa": "Question",
    "caption": "Caption",
    "grounding": "Describe",
    "refer": "Point to",
    "identify": "What is this",
    "detection": "Find all",
}

TITLE_LENGTH = 60

# What an empty conversation offers; one that ends in a space waits for the rest.
SUGGESTIONS = (
    ("Describe this picture in a sentence", "[caption]"),
    ("Describe it and outline what you name", "[grounding]"),
    ("Point to something…", "[refer] "),
    ("Find every…", "[detection] "),
)


def chip_label(task: str) -> str:
    return _LABELS.get(task, task.capitalize())


def chip_tip(task: Task) -> str:
    """The hint of a task and how to ask for it by typing."""
    return f"{task.hint}\nType {task.tag}" if task.tag else task.hint


def prompt_in_words(written: str) -> str:
    """A question with its tag, said for a person: `[refer] the cat` is "Point to the cat"."""
    task, words = typed_task(written)
    return words if task is None else f"{chip_label(task.id)} {words}".strip()


def typed_tasks(tasks: Mapping[str, Task], bundle: tuple[str, ...] = ()) -> list[Task]:
    """The tasks a person can ask for by typing and drawing: those of the bundle, once it is known,
    and the person's own."""
    takes = ("words", "nothing", "region", "region or words") if bundle else ("words", "nothing")
    known = set(bundle or TASKS) | (set(tasks) - set(TASKS))
    return [task for task in tasks.values() if task.takes in takes and task.id in known]


def conversation_title(task: str, words: str, picture: Path | None) -> str:
    """What a conversation that begins with this question is called, until a person renames it."""
    label = "" if task == "chat" else chip_label(task)
    title = " ".join(f"{label} {words}".split())
    if not words and picture is not None:
        title = f"{label}: {Path(display_name(picture)).stem}"
    if len(title) <= TITLE_LENGTH:
        return title
    words_that_fit = title[: TITLE_LENGTH + 1].rsplit(maxsplit=1)
    return f"{words_that_fit[0][:TITLE_LENGTH]}…"
