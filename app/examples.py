"""The example pictures that come with the program, and what one could ask about each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "examples"

_PROMPTS = {
    "cat.jpg": "[refer] the cat",
    "coffee.jpg": "[detection] bowls",
    "astronaut.jpg": "[refer] the person",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A picture and a question that suits it."""

    picture: Path
    prompt: str


def examples(folder: Path = FOLDER) -> tuple[Example, ...]:
    """The examples that are there (none where the program was installed without them)."""
    return tuple(
        Example(folder / name, prompt)
        for name, prompt in _PROMPTS.items()
        if (folder / name).is_file()
    )
