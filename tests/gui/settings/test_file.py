"""The settings' file: read with tolerance, written without losing what a person wrote."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from platformdirs import user_config_path

from app.settings.file import CHOSEN, read_settings, settings_file, write_settings
from app.settings.schema import SETTINGS, SettingError, Settings

CHANGED = Settings(
    theme="dark",
    text_size=150,
    model=Path('/models/a "b" c\\d'),
    device="cpu",
    threads=2,
    context=2048,
    temperature=0.7,
    seed=3,
    max_tokens=64,
    data_folder=Path("/données"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def test_the_environment_chooses_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHOSEN, raising=False)
    assert settings_file() == user_config_path("sightline", appauthor=False) / "settings.toml"
    monkeypatch.setenv(CHOSEN, "/elsewhere/mine.toml")
    assert settings_file() == Path("/elsewhere/mine.toml")


def test_without_a_file_all_is_as_at_first(path: Path) -> None:
    read = read_settings(path)
    assert (read.settings, read.problems) == (Settings(), ())
    assert not path.exists()


def test_what_is_written_is_read_again(path: Path) -> None:
    write_settings(path, CHANGED)
    assert read_settings(path).settings == CHANGED
    write_settings(path, Settings())
    assert read_settings(path).settings == Settings()
    assert tomllib.loads(path.read_text("utf-8")) == {}


def test_a_new_file_says_what_everything_means(path: Path) -> None:
    write_settings(path, replace(Settings(), text_size=120))
    text = path.read_text("utf-8")
    assert "# Text size: The size of all words" in text
    assert "# Can be a whole number from 100 to 200. Takes effect at once.\ntext_size = 120" in text
    for setting in SETTINGS:
        assert f"# {setting.row.label}: {setting.row.help}" in text
    assert '# theme = "system"' in text


def test_unknown_keys_and_comments_stay(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(
        "# mine\n\nfuture = [1,\n  2]\ntheme = 'light'  # easy\n\n[window]\ntheme = 'no'\n", "utf-8"
    )
    write_settings(path, replace(read_settings(path).settings, threads=4, theme="dark"))
    text = path.read_text("utf-8")
    assert text.startswith('# mine\n\nfuture = [1,\n  2]\ntheme = "dark"\n')
    assert tomllib.loads(text) == {
        "future": [1, 2],
        "theme": "dark",
        "threads": 4,
        "window": {"theme": "no"},
    }


def test_wrong_values_are_named_and_replaced_by_the_default(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("theme = 'pink'\ntext_size = 120\nthreads = 0\n", "utf-8")
    read = read_settings(path)
    assert read.settings == replace(Settings(), text_size=120)
    assert read.problems == (
        'settings.toml: theme can\'t be "pink"; it can be "system" or "light" or "dark".',
        "settings.toml: threads can't be 0; it can be a whole number from 1 to 256.",
    )


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe"])
def test_a_file_that_can_not_be_read_is_kept_beside_the_new_one(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    read = read_settings(path)
    assert read.settings == Settings()
    assert len(read.problems) == 1 and str(path) in read.problems[0]
    write_settings(path, CHANGED)
    assert read_settings(path).settings == CHANGED
    assert path.with_name("settings.toml.unreadable").read_bytes() == content


def test_a_line_that_only_looks_like_a_setting_is_not_changed(path: Path) -> None:
    path.parent.mkdir()
    text = 'note = """\ntheme = 1\n"""\ntheme = "light"\n'
    path.write_text(text, "utf-8")
    with pytest.raises(SettingError, match="put each setting on a line of its own"):
        write_settings(path, CHANGED)
    assert path.read_text("utf-8") == text


def test_a_write_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_settings(path, CHANGED)
    before = path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_settings(path, Settings())
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
