"""What the window calls the tasks and the engine. A task without a row here goes by its id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.engine_state import EngineState, Phase
from app.pictures import display_name
from app.texts import marked, translate
from engine.prompt.tasks import TASKS, Task, typed_task

_LABELS = {
    "chat": marked("tasks", "Chat"),
    "vqa": marked("tasks", "Question"),
    "caption": marked("tasks", "Caption"),
    "grounding": marked("tasks", "Describe"),
    "refer": marked("tasks", "Point to"),
    "identify": marked("tasks", "What is this"),
    "detection": marked("tasks", "Find all"),
    "transcribe": marked("tasks", "Transcribe"),
    "expression": marked("tasks", "Expression"),
}

# The hints of the engine's own table, for the translators.
_HINTS = {
    "chat": marked("tasks", "Ask anything."),
    "vqa": marked("tasks", "Ask about the picture; the answer is short."),
    "caption": marked("tasks", "One sentence about the picture; nothing to type."),
    "grounding": marked("tasks", "A description with a box for each thing; nothing to type."),
    "refer": marked("tasks", "Say what to point at."),
    "identify": marked("tasks", "Draw a box around something to hear what it is."),
    "detection": marked("tasks", "Name what to find, separated by commas."),
    "transcribe": marked("tasks", "Record or open some speech to see it written down."),
    "expression": marked("tasks", "Draw a box around a face, or say whose."),
}

_TYPE = marked("tasks", "Type {tag}")

TITLE_LENGTH = 60

# What an empty conversation offers; one that ends in a space waits for the rest.
SUGGESTIONS = (
    (marked("chat", "Describe this picture in a sentence"), "[caption]"),
    (marked("chat", "Describe it and outline what you name"), "[grounding]"),
    (marked("chat", "Point to something…"), "[refer] "),
    (marked("chat", "Find every…"), "[detection] "),
)


def chip_label(task: str) -> str:
    return translate("tasks", _LABELS.get(task, task.capitalize()))


def task_hint(task: Task) -> str:
    """What to type for a task; a person's own says it in that person's words."""
    return translate("tasks", _HINTS.get(task.id, task.hint))


def chip_tip(task: Task) -> str:
    """The hint of a task and how to ask for it by typing."""
    if not task.tag:
        return task_hint(task)
    return f"{task_hint(task)}\n{translate('tasks', _TYPE).format(tag=task.tag)}"


def prompt_in_words(written: str) -> str:
    """A question with its tag, said for a person: `[refer] the cat` is "Point to the cat"."""
    task, words = typed_task(written)
    return words if task is None else f"{chip_label(task.id)} {words}".strip()


def typed_tasks(tasks: Mapping[str, Task], bundle: tuple[str, ...] = ()) -> list[Task]:
    """The tasks a person can ask for by typing and drawing: those of the bundle, once it is known,
    and the person's own."""
    offered = ("words", "nothing", "region", "region or words", "speech")
    takes = offered if bundle else ("words", "nothing")
    known = set(bundle or TASKS) | (set(tasks) - set(TASKS))
    return [task for task in tasks.values() if task.takes in takes and task.id in known]


def conversation_title(task: str, words: str, picture: Path | None, *, spoken: bool = False) -> str:
    """What a conversation that begins with this question is called, until a person renames it.

    One that was `spoken` has no words before they were heard.
    """
    label = "" if task == "chat" else chip_label(task)
    title = " ".join(f"{label} {words}".split())
    if not words and spoken:
        said = translate("chat", "Spoken question")
        title = f"{label}: {said}" if label else said
    elif not words and picture is not None:
        about = translate("chat", "{task}: {picture}")
        title = about.format(task=label, picture=Path(display_name(picture)).stem)
    if len(title) <= TITLE_LENGTH:
        return title
    words_that_fit = title[: TITLE_LENGTH + 1].rsplit(maxsplit=1)
    return f"{words_that_fit[0][:TITLE_LENGTH]}…"


def state_in_words(state: EngineState) -> str:
    """The sentence of the engine's state; what only the engine can say stays in its own words."""
    if state.phase is Phase.READY and state.info is not None:
        runs = translate("engine", "{model} on {device}")
        return runs.format(model=state.info.language_model, device=state.info.device)
    return translate("engine", state.text)
