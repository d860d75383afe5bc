"""The table of tasks: what each is called, its tag in the prompt, what it takes and answers.

The six MiniGPT-v2 tags (arXiv 2310.09478, section 3) keep the published spelling. A new task is one
more row, here or in a person's TOML file; nothing else in the program names a task by its id.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from engine.errors import InputError
from engine.grounding.codec import Grammar

Takes = Literal["words", "nothing", "region", "region or words", "speech"]
Sense = Literal["none", "picture", "speech"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One row of the table.

    `tag` stands before the words in the prompt ("" for none), `default_instruction` takes the place
    of words that were not given, `hint` tells a person what to type, `needs` is what the
    conversation must hold, `grammar` keeps the answer well-formed, `max_tokens` is where an answer
    ends that does not end by itself (a bundle or a request may say otherwise).
    """

    id: str
    tag: str
    takes: Takes
    default_instruction: str
    hint: str
    needs: Sense = "picture"
    grammar: Grammar | None = None
    max_tokens: int = 256


_TABLE = (
    Task(
        id="chat",
        tag="",
        takes="words",
        default_instruction="what could happen next?",
        hint="Ask anything.",
        needs="none",
    ),
    Task(
        id="vqa",
        tag="[vqa]",
        takes="words",
        default_instruction="how many dogs are there?",
        hint="Ask about the picture; the answer is short.",
        max_tokens=32,
    ),
    Task(
        id="caption",
        tag="[caption]",
        takes="nothing",
        default_instruction="briefly describe this image",
        hint="One sentence about the picture; nothing to type.",
        max_tokens=64,
    ),
    Task(
        id="grounding",
        tag="[grounding]",
        takes="nothing",
        default_instruction="describe this image in detail",
        hint="A description with a box for each thing; nothing to type.",
        grammar="phrases",
    ),
    Task(
        id="refer",
        tag="[refer]",
        takes="words",
        default_instruction="the red mug left of the laptop",
        hint="Say what to point at.",
        grammar="box-or-none",
        max_tokens=32,
    ),
    Task(
        id="identify",
        tag="[identify]",
        takes="region",
        default_instruction="what is this",
        hint="Draw a box around something to hear what it is.",
        max_tokens=32,
    ),
    Task(
        id="detection",
        tag="[detection]",
        takes="words",
        default_instruction="sofas, dogs",
        hint="Name what to find, separated by commas.",
        grammar="phrases-or-none",
        max_tokens=512,
    ),
    Task(
        id="transcribe",
        tag="[asr]",
        takes="speech",
        default_instruction="Transcribe the following speech into text.",
        hint="Record or open some speech to see it written down.",
        needs="speech",
    ),
    Task(
        id="expression",
        tag="[affect]",
        takes="region or words",
        default_instruction="how does this face feel",
        hint="Draw a box around a face, or say whose.",
        max_tokens=16,
    ),
)

TASKS: dict[str, Task] = {task.id: task for task in _TABLE}


def find_task(name: str, tasks: Mapping[str, Task] = TASKS) -> Task:
    """The row whose id is `name`. Raises InputError with the ids there are."""
    if name not in tasks:
        raise InputError(f'There is no task "{name}"; choose one of: {", ".join(tasks)}.')
    return tasks[name]


def typed_task(words: str, tasks: Mapping[str, Task] = TASKS) -> tuple[Task | None, str]:
    """The task whose tag a person typed in front of the words, and the words without it."""
    words = words.strip()
    for task in tasks.values():
        if task.tag and words.lower().startswith(task.tag):
            return task, words[len(task.tag) :].strip()
    return None, words


def own_tasks() -> dict[str, Task]:
    """The table with the rows of the file where a person keeps theirs, if there is one.

    The environment's SIGHTLINE_TASKS, else `tasks.toml` in the user's configuration folder. Raises
    InputError like `load_tasks`.
    """
    import platformdirs

    chosen = os.environ.get("SIGHTLINE_TASKS")
    path = platformdirs.user_config_path("sightline", appauthor=False) / "tasks.toml"
    if chosen:
        return load_tasks(Path(chosen))
    return load_tasks(path) if path.is_file() else dict(TASKS)


def load_tasks(path: Path) -> dict[str, Task]:
    """The table with a person's rows added from a TOML file, a section `[tasks.<id>]` each.

    `tag`, `takes` and `default_instruction` must be there. Raises InputError naming the file and
    the key for a file that can't be read, an unknown or missing key, a value of the wrong kind, and
    an id or tag that the table has already.
    """
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InputError(f"The task file {path} can't be read: {problem}.") from problem
    for key in document:
        if key != "tasks":
            raise InputError(f'{path}: unknown key "{key}"; rows go under [tasks.<id>].')
    table = dict(TASKS)
    sections = document.get("tasks", {})
    if not isinstance(sections, dict):
        raise InputError(f'{path}: "tasks" must hold sections such as [tasks.colour].')
    for name, row in sections.items():
        table[name] = _read_row(f"{path}, [tasks.{name}]", name, row, table)
    return table


def _read_row(place: str, name: str, row: Any, table: Mapping[str, Task]) -> Task:
    if not isinstance(row, dict):
        raise InputError(f"{place}: must be a section with keys, not {row!r}.")
    if name in table:
        raise InputError(f"{place}: there is a task of this name already; choose another.")
    for key, value in row.items():
        _check_value(place, key, value)
    for key in _REQUIRED:
        if key not in row:
            raise InputError(f'{place}: "{key}" is missing; give {", ".join(_REQUIRED)}.')
    if row["tag"] in {task.tag for task in table.values()}:
        raise InputError(f'{place}: the tag "{row["tag"]}" is taken; choose another.')
    return Task(id=name, **{"hint": row["default_instruction"], **row})


_REQUIRED = ("tag", "takes", "default_instruction")
_CHOICES: dict[str, tuple[str, ...]] = {
    "takes": get_args(Takes),
    "needs": get_args(Sense),
    "grammar": get_args(Grammar),
}
_KEYS = (*_REQUIRED, "hint", "needs", "grammar", "max_tokens")


def _check_value(place: str, key: str, value: object) -> None:
    if key not in _KEYS:
        raise InputError(f'{place}: unknown key "{key}"; the keys are: {", ".join(_KEYS)}.')
    if key in _CHOICES:
        if value not in _CHOICES[key]:
            allowed = ", ".join(_CHOICES[key])
            raise InputError(f'{place}: "{key}" is {value!r}; give one of: {allowed}.')
    elif key == "max_tokens":
        if type(value) is not int or value < 1:
            raise InputError(f'{place}: "{key}" is {value!r}; give a whole number from 1 on.')
    elif not isinstance(value, str) or not value.strip():
        raise InputError(f'{place}: "{key}" is {value!r}; give some words.')
