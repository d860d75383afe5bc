"""The settings as a file that a person can read and edit: TOML, a line for each, with its meaning.

What the program does not know in it, and every comment, stays as it is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.settings.schema import SETTINGS, Setting, SettingError, Settings
from app.texts import marked, translate

# For tests, and for who keeps several sets.
CHOSEN = "SIGHTLINE_SETTINGS"
_TITLE = marked(
    "settings",
    "Sightline's settings. What is left out, or begins with #, is as the program has it.",
)


@dataclass(frozen=True, slots=True)
class FileRead:
    """What the file says, and a sentence for each thing in it that can't be used."""

    settings: Settings
    problems: tuple[str, ...] = ()


def settings_file() -> Path:
    """The file of the environment's SIGHTLINE_SETTINGS, else in the person's configuration."""
    if chosen := os.environ.get(CHOSEN):
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path("sightline", appauthor=False) / "settings.toml"


def read_settings(path: Path) -> FileRead:
    """What the file says; a default where it says nothing, or nothing that can be used."""
    try:
        document = _parsed(_text(path))
    except (OSError, ValueError) as error:
        broken = translate("settings", "{path} can't be read, so all is as at first: {reason}.")
        return FileRead(Settings(), (broken.format(path=path, reason=error),))
    found: dict[str, Any] = {}
    problems = []
    for setting in SETTINGS:
        if setting.key not in document:
            continue
        try:
            found[setting.key] = setting.checked(document[setting.key])
        except SettingError as error:
            problems.append(f"{path.name}: {error}")
    return FileRead(Settings(**found), tuple(problems))


def write_settings(path: Path, settings: Settings) -> None:
    """Put the settings into the file, whole or not at all; its other lines stay.

    A file that can't be read is kept beside it, under another name. Raises OSError, and
    SettingError where the lines of the file can't be told apart.
    """
    try:
        text = _text(path)
        before = _parsed(text)
    except ValueError:
        path.replace(path.with_name(f"{path.name}.unreadable"))
        text, before = "", {}
    wanted = {setting.key: _plain(setting, settings) for setting in SETTINGS}
    edited = text or f"# {translate('settings', _TITLE)}\n"
    for setting in SETTINGS:
        if not text or wanted[setting.key] != before.get(setting.key):
            edited = _with_line(edited, setting, wanted[setting.key])
    if not _says(edited, before, wanted):
        stuck = translate(
            "settings", "{path} can't be changed; put each setting on a line of its own."
        )
        raise SettingError(stuck.format(path=path))
    from engine.files import write_whole

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, edited.encode())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _parsed(text: str) -> dict[str, Any]:
    if not text:
        return {}
    # Loaded where there is something to read: at a first start there is not.
    import tomllib

    return tomllib.loads(text)


def _plain(setting: Setting, settings: Settings) -> str | int | float | None:
    """The value as it stands in the file; None where the line is left out."""
    value = getattr(settings, setting.key)
    if value == setting.default:
        return None
    return str(value) if isinstance(value, Path) else value


def _with_line(text: str, setting: Setting, value: str | int | float | None) -> str:
    """The text with the setting's line replaced, or put before the first section."""
    import re

    example = setting.default if setting.default is not None else setting.row.low
    if setting.kind is Path:
        example = "/a/folder"
    elif setting.kind is str and not setting.row.choices:
        example = "a name"
    mark = "# " if value is None else ""
    line = f"{mark}{setting.key} = {_toml(example if value is None else value)}"
    old = re.compile(rf"^(?:#\s*)?{setting.key}\s*=.*$", re.MULTILINE)
    if old.search(text):
        return old.sub(lambda _: line, text, count=1)
    section = re.search(r"^\s*\[", text, re.MULTILINE)
    place = section.start() if section else len(text)
    before, rest = text[:place].rstrip("\n"), text[place:]
    return "\n".join([before, "", _meaning(setting), line, *(["", rest] if rest.strip() else [""])])


def _meaning(setting: Setting) -> str:
    row = setting.row
    label, meaning, effect, unset = (
        translate("settings", text) for text in (row.label, row.help, row.effect.value, row.unset)
    )
    facts = [translate("settings", "Can be {possible}.").format(possible=setting.possible), effect]
    if unset:
        without = translate("settings", "Without the line: {unset}.")
        facts.insert(1, without.format(unset=f"{unset[0].lower()}{unset[1:]}"))
    return f"# {label}: {meaning}\n# {' '.join(facts)}"


def _toml(value: str | int | float) -> str:
    import json

    # A text in JSON is one in TOML, too.
    return json.dumps(value, ensure_ascii=False)


def _says(text: str, before: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the text holds what is wanted, and of all else what was there before."""
    try:
        document = _parsed(text)
    except ValueError:
        return False
    kept = {key: value for key, value in before.items() if key not in wanted}
    chosen = {key: value for key, value in wanted.items() if value is not None}
    return document == kept | chosen
