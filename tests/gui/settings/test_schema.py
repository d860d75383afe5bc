"""The table: every row is complete, and says what a value may be."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from app.settings.schema import SETTINGS, Setting, SettingError, Settings

BY_KEY = {setting.key: setting for setting in SETTINGS}


def test_every_field_is_a_row_whose_default_is_allowed() -> None:
    assert [setting.key for setting in SETTINGS] == [field.name for field in fields(Settings)]
    for setting in SETTINGS:
        assert setting.checked(setting.default) == setting.default
        assert setting.row.label and setting.row.help.endswith(".")


def test_the_kinds_are_those_of_the_annotations() -> None:
    hints = get_type_hints(Settings)
    for setting in SETTINGS:
        options = getattr(hints[setting.key], "__args__", (hints[setting.key],))
        assert setting.kind in options or all(type(o) is setting.kind for o in options)


@pytest.mark.parametrize(
    ("key", "given", "held"),
    [
        ("theme", "dark", "dark"),
        ("text_size", 200, 200),
        ("temperature", 1, 1.0),
        ("threads", None, None),
        ("model", "/models/tiny", Path("/models/tiny")),
        ("seed", 0, 0),
    ],
)
def test_a_value_that_fits_is_taken(key: str, given: object, held: object) -> None:
    assert BY_KEY[key].checked(given) == held


@pytest.mark.parametrize(
    ("key", "given", "sentence"),
    [
        ("theme", "pink", 'theme can\'t be "pink"; it can be "system" or "light" or "dark".'),
        ("text_size", 90, "text_size can't be 90; it can be a whole number from 100 to 200."),
        ("text_size", True, "text_size can't be True; it can be a whole number from 100 to 200."),
        ("text_size", None, "text_size can't be None; it can be a whole number from 100 to 200."),
        ("temperature", "hot", 'temperature can\'t be "hot"; it can be a number from 0 to 2.'),
        ("temperature", float("nan"), "temperature can't be nan; it can be a number from 0 to 2."),
        ("threads", 1.5, "threads can't be 1.5; it can be a whole number from 1 to 256."),
        ("model", " ", 'model can\'t be " "; it can be the path of a folder.'),
        ("data_folder", 3, "data_folder can't be 3; it can be the path of a folder."),
    ],
)
def test_a_value_that_does_not_is_named_with_what_would(
    key: str, given: object, sentence: str
) -> None:
    setting: Setting = BY_KEY[key]
    with pytest.raises(SettingError) as caught:
        setting.checked(given)
    assert str(caught.value) == sentence
