"""The table of the person's settings: everything else about them follows from it.

A field of `Settings` is a row: its name is the key in the file, its annotation the kind of value,
and its `Row` says the rest.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from app.texts import marked, translate

_ROW = "row"


class Effect(Enum):
    """When a change is effective, as the dialog and the file say it."""

    AT_ONCE = marked("settings", "Takes effect at once.")
    ENGINE = marked("settings", "The engine is started again for it.")
    NEXT_START = marked("settings", "Takes effect at the next start.")


class SettingError(ValueError):
    """A value that a setting can't have; the message is one sentence for the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a person is told of a setting, and which values it can have. All words are `marked`.

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

    language: Literal["system", "en", "zh_CN"] = field(
        default="system",
        metadata=_row(
            group=marked("settings", "Window"),
            label=marked("settings", "Language"),
            help=marked("settings", "The language of the window; a model has its own."),
            effect=Effect.NEXT_START,
            # Each language is called as its own readers call it.
            choices={
                "system": marked("settings", "As the system"),
                "en": "English",
                "zh_CN": "简体中文",
            },
        ),
    )
    theme: Literal["system", "light", "dark"] = field(
        default="system",
        metadata=_row(
            group=marked("settings", "Window"),
            label=marked("settings", "Theme"),
            help=marked("settings", "The colours of the window."),
            effect=Effect.AT_ONCE,
            choices={
                "system": marked("settings", "As the system"),
                "light": marked("settings", "Light"),
                "dark": marked("settings", "Dark"),
            },
        ),
    )
    text_size: int = field(
        default=100,
        metadata=_row(
            group=marked("settings", "Window"),
            label=marked("settings", "Text size"),
            help=marked("settings", "The size of all words, in percent of the system's."),
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
            group=marked("settings", "Window"),
            label=marked("settings", "Introduction"),
            help=marked(
                "settings",
                "Whether the three steps that show what the program can do come at a start "
                "without a conversation. F1 shows them at any time.",
            ),
            effect=Effect.NEXT_START,
            choices={
                "due": marked("settings", "At the next start"),
                "seen": marked("settings", "It was shown"),
            },
        ),
    )
    model: Path | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Model"),
            label=marked("settings", "Model"),
            help=marked("settings", "The folder of the model that answers."),
            effect=Effect.ENGINE,
            unset=marked("settings", "The bundled model"),
        ),
    )
    device: Literal["auto", "cpu"] = field(
        default="auto",
        metadata=_row(
            group=marked("settings", "Model"),
            label=marked("settings", "Device"),
            help=marked("settings", "Where the model runs."),
            effect=Effect.ENGINE,
            choices={
                "auto": marked("settings", "A GPU where there is one"),
                "cpu": marked("settings", "The processor"),
            },
        ),
    )
    threads: int | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Model"),
            label=marked("settings", "Threads"),
            help=marked("settings", "How many threads of the processor the language model uses."),
            effect=Effect.ENGINE,
            low=1,
            high=256,
            unset=marked("settings", "One for each core"),
        ),
    )
    context: int | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Model"),
            label=marked("settings", "Context"),
            help=marked(
                "settings",
                "How much of a conversation the model reads, in tokens, at most what it was "
                "made for; less takes less memory.",
            ),
            effect=Effect.ENGINE,
            low=512,
            high=1_048_576,
            step=512,
            unset=marked("settings", "The model's own"),
        ),
    )
    downloads: Literal["asked", "never"] = field(
        default="asked",
        metadata=_row(
            group=marked("settings", "Model"),
            label=marked("settings", "Downloads"),
            help=marked(
                "settings",
                "Whether models may be downloaded. Nothing else ever is, and nothing by itself.",
            ),
            effect=Effect.AT_ONCE,
            choices={
                "asked": marked("settings", "When I press Install"),
                "never": marked("settings", "Never"),
            },
        ),
    )
    temperature: float | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Answers"),
            label=marked("settings", "Temperature"),
            help=marked(
                "settings",
                "0 always gives the likeliest words; more gives more variety and more mistakes.",
            ),
            effect=Effect.AT_ONCE,
            low=0,
            high=2,
            step=0.1,
            unset=marked("settings", "The model's own"),
        ),
    )
    seed: int | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Answers"),
            label=marked("settings", "Seed"),
            help=marked(
                "settings",
                "The same number gives the same answer again; without effect at temperature 0.",
            ),
            effect=Effect.AT_ONCE,
            low=0,
            high=2**31 - 1,
            unset=marked("settings", "The model's own"),
        ),
    )
    max_tokens: int | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Answers"),
            label=marked("settings", "Longest answer"),
            help=marked("settings", "Where an answer is ended, in tokens; a word has one or two."),
            effect=Effect.AT_ONCE,
            low=1,
            high=32_768,
            step=32,
            unset=marked("settings", "As the task needs"),
        ),
    )
    microphone: str | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Sound"),
            label=marked("settings", "Microphone"),
            help=marked("settings", "What hears you; “Try it” shows how loud you are."),
            effect=Effect.AT_ONCE,
            unset=marked("settings", "The system's own"),
        ),
    )
    data_folder: Path | None = field(
        default=None,
        metadata=_row(
            group=marked("settings", "Files"),
            label=marked("settings", "Data folder"),
            help=marked(
                "settings",
                "Where the program keeps what you give it; what is elsewhere stays there.",
            ),
            effect=Effect.NEXT_START,
            unset=marked("settings", "The system's place for it"),
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
            refused = translate("settings", "{key} can't be {value}; it can be {possible}.")
            raise SettingError(
                refused.format(key=self.key, value=f"{shown:.60}", possible=self.possible)
            )
        return value

    def _within(self, value: Any) -> bool:
        if self.row.choices:
            return value in self.row.choices
        if self.kind is str:
            return bool(value.strip())
        return self.kind is Path or bool(self.row.low <= value <= self.row.high)

    @property
    def possible(self) -> str:
        """The values that it can have, in words."""
        if self.row.choices:
            return translate("settings", " or ").join(f'"{choice}"' for choice in self.row.choices)
        if self.kind is Path:
            return translate("settings", "the path of a folder")
        if self.kind is str:
            return translate("settings", "a name")
        if self.kind is int:
            span = translate("settings", "a whole number from {low} to {high}")
        else:
            span = translate("settings", "a number from {low} to {high}")
        return span.format(low=f"{self.row.low:g}", high=f"{self.row.high:.10g}")


def _setting(declared: Field[Any]) -> Setting:
    # Annotations are text here, and their first word is enough.
    named = str(declared.type).split(" ")[0].split("[")[0]
    kinds: dict[str, Any] = {"int": int, "float": float, "Path": Path, "Literal": str, "str": str}
    return Setting(declared.name, declared.metadata[_ROW], declared.default, kinds[named])


SETTINGS = tuple(_setting(declared) for declared in fields(Settings))
