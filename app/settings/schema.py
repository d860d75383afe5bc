"""The table of the person's settings: everything else about them follows from it.

A field of `Settings` is a row: its name is the key in the file, its annotation the kind of value,
and its `Row` says the rest.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, Literal

_ROW = "row"


class Effect(Enum):
    """When a change is effective, as the dialog and the file say it."""

    AT_ONCE = "Takes effect at once."
    ENGINE = "The engine is started again for it."
    NEXT_START = "Takes effect at the next start."


class SettingError(ValueError):
    """A value that a setting can't have; the message is one sentence for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a person is told of a setting, and which values it can have.

    `low`, `high` and `step` are for numbers, `choices` maps values to what they are called.
    `unset` says what holds where nothing is set; only a setting that has it may be None.
    """

    group: str
    label: str
    help: str
    effect: Effect
    low: float = 0
    high: float = 0
    step: float = 1
    unit: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    unset: str = ""


def _row(**facts: Any) -> dict[str, Row]:
    return {_ROW: Row(**facts)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The person's settings. What stands here are the defaults."""

    theme: Literal["system", "light", "dark"] = field(
        default="system",
        metadata=_row(
            group="Window",
            label="Theme",
            help="The colours of the window.",
            effect=Effect.AT_ONCE,
            choices={"system": "As the system", "light": "Light", "dark": "Dark"},
        ),
    )
    text_size: int = field(
        default=100,
        metadata=_row(
            group="Window",
            label="Text size",
            help="The size of all words, in percent of the system's.",
            effect=Effect.AT_ONCE,
            low=100,
            high=200,
            step=10,
            unit=" %",
        ),
    )
    introduction: Literal["due", "seen"] = field(
        default="due",
        metadata=_row(
            group="Window",
            label="Introduction",
            help="Whether the three steps that show what the program can do come at a start "
            "without a conversation. F1 shows them at any time.",
            effect=Effect.NEXT_START,
            choices={"due": "At the next start", "seen": "It was shown"},
        ),
    )
    model: Path | None = field(
        default=None,
        metadata=_row(
            group="Model",
            label="Model",
            help="The folder of the model that answers.",
            effect=Effect.ENGINE,
            unset="The bundled model",
        ),
    )
    device: Literal["auto", "cpu"] = field(
        default="auto",
        metadata=_row(
            group="Model",
            label="Device",
            help="Where the model runs.",
            effect=Effect.ENGINE,
            choices={"auto": "A GPU where there is one", "cpu": "The processor"},
        ),
    )
    threads: int | None = field(
        default=None,
        metadata=_row(
            group="Model",
            label="Threads",
            help="How many threads of the processor the language model uses.",
            effect=Effect.ENGINE,
            low=1,
            high=256,
            unset="One for each core",
        ),
    )
    context: int | None = field(
        default=None,
        metadata=_row(
            group="Model",
            label="Context",
            help="How much of a conversation the model reads, in tokens, at most what it was "
            "made for; less takes less memory.",
            effect=Effect.ENGINE,
            low=512,
            high=1_048_576,
            step=512,
            unset="The model's own",
        ),
    )
    temperature: float | None = field(
        default=None,
        metadata=_row(
            group="Answers",
            label="Temperature",
            help="0 always gives the likeliest words; more gives more variety and more mistakes.",
            effect=Effect.AT_ONCE,
            low=0,
            high=2,
            step=0.1,
            unset="The model's own",
        ),
    )
    seed: int | None = field(
        default=None,
        metadata=_row(
            group="Answers",
            label="Seed",
            help="The same number gives the same answer again; without effect at temperature 0.",
            effect=Effect.AT_ONCE,
            low=0,
            high=2**31 - 1,
            unset="The model's own",
        ),
    )
    max_tokens: int | None = field(
        default=None,
        metadata=_row(
            group="Answers",
            label="Longest answer",
            help="Where an answer is ended, in tokens; a word has one or two.",
            effect=Effect.AT_ONCE,
            low=1,
            high=32_768,
            step=32,
            unset="As the task needs",
        ),
    )
    data_folder: Path | None = field(
        default=None,
        metadata=_row(
            group="Files",
            label="Data folder",
            help="Where the program keeps what you give it; what is elsewhere stays there.",
            effect=Effect.NEXT_START,
            unset="The system's place for it",
        ),
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """A row with its key, its default and the type that its values have."""

    key: str
    row: Row
    default: Any
    kind: type[int] | type[float] | type[str] | type[Path]

    def checked(self, value: object) -> Any:
        """The value as the setting holds it. Raises SettingError that names what would do."""
        if value is None and self.row.unset:
            return None
        if self.kind is float and type(value) is int:
            value = float(value)
        if self.kind is Path and isinstance(value, str) and value.strip():
            value = Path(value).expanduser()
        if not isinstance(value, self.kind) or isinstance(value, bool) or not self._within(value):
            shown = f'"{value}"' if isinstance(value, str | Path) else repr(value)
            raise SettingError(f"{self.key} can't be {shown:.60}; it can be {self.possible}.")
        return value

    def _within(self, value: Any) -> bool:
        if self.row.choices:
            return value in self.row.choices
        return self.kind is Path or bool(self.row.low <= value <= self.row.high)

    @property
    def possible(self) -> str:
        """The values that it can have, in words."""
        if self.row.choices:
            return " or ".join(f'"{choice}"' for choice in self.row.choices)
        if self.kind is Path:
            return "the path of a folder"
        what = "a whole number" if self.kind is int else "a number"
        return f"{what} from {self.row.low:g} to {self.row.high:.10g}"


def _setting(declared: Field[Any]) -> Setting:
    # Annotations are text here, and their first word is enough.
    named = str(declared.type).split(" ")[0].split("[")[0]
    kinds: dict[str, Any] = {"int": int, "float": float, "Path": Path, "Literal": str}
    return Setting(declared.name, declared.metadata[_ROW], declared.default, kinds[named])


SETTINGS = tuple(_setting(declared) for declared in fields(Settings))
