"""The translations: whole, as the source has them, and as lrelease makes them."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import wording
from engine.prompt.tasks import TASKS
from tests.support.scripts import ROOT, load_script

FOLDER = ROOT / "resources" / "translations"
LANGUAGES = ("zh_CN", "en")
CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def tools() -> Any:
    """The script, where Qt's tools run at all (they need some of Qt's system libraries)."""
    script = load_script("packaging/translations.py")
    for tool in ("lupdate", "lrelease"):
        try:
            done = subprocess.run(
                [script.BIN / f"pyside6-{tool}", "-version"], capture_output=True, check=False
            )
        except OSError as error:
            pytest.skip(f"{tool} can't be run here: {error}")
        if done.returncode != 0:
            pytest.skip(f"{tool} can't be run here: {done.stderr.decode(errors='replace')}")
    return script


def _messages(language: str) -> Iterator[tuple[str, ET.Element]]:
    """The messages of a .ts file, each with its context."""
    file = ET.parse(FOLDER / f"sightline_{language}.ts")  # noqa: S314 - our own file
    for context in file.getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name", ""), message


def _forms(message: ET.Element) -> list[str]:
    """What a message is in the language: one text, or one for each form of a number."""
    translation = message.find("translation")
    assert translation is not None
    if message.get("numerus"):
        return [form.text or "" for form in translation.iter("numerusform")]
    return [translation.text or ""]


def _written() -> set[tuple[str, str]]:
    """The contexts and texts that the source marks, read as Python and not by lupdate."""
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id in ("translate", "marked"):
                context, text = call.args[:2]
                assert isinstance(context, ast.Constant), f"{path}: {ast.unparse(call)}"
                if isinstance(text, ast.Constant):
                    found.add((str(context.value), str(text.value)))
                assert call.func.id == "translate" or isinstance(text, ast.Constant)
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_unfinished(language: str) -> None:
    for context, message in _messages(language):
        where = f"{context}: {message.findtext('source')}"
        translation = message.find("translation")
        assert translation is not None and translation.get("type") is None, where
        assert all(form.strip() for form in _forms(message)), where


def test_chinese_has_everything_that_is_written() -> None:
    translated = {
        (context, message.findtext("source", "")) for context, message in _messages("zh_CN")
    }
    assert translated == _written()


def test_chinese_is_chinese() -> None:
    same = {
        message.findtext("source", "")
        for _, message in _messages("zh_CN")
        if not all(CJK.search(form) for form in _forms(message))
    }
    assert same == {
        ", ",
        "{task}: {picture}",
        "{help} {effect}",
        "{name}: {error}",
        "{act}: {name}",
        "{done} of {total}",
        "en",  # which of the catalogue's languages is shown
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_is_there(language: str) -> None:
    for _, message in _messages(language):
        source = message.findtext("source", "")
        wanted = sorted(re.findall(r"\{\w*\}|%n", source))
        for form in _forms(message):
            assert sorted(re.findall(r"\{\w*\}|%n", form)) == wanted, source


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_ends_and_keys_are_kept(language: str) -> None:
    keys = re.compile(r"(?:Ctrl|Shift)\+[\w+]+|\bF\d+\b|\*\.\w+")
    for _, message in _messages(language):
        source = message.findtext("source", "")
        for form in _forms(message):
            assert keys.findall(form) == keys.findall(source), source
            assert form.count("\n") == source.count("\n"), source


def test_the_hints_are_those_of_the_engine() -> None:
    assert {name: wording._HINTS[name] for name in TASKS} == {
        task.id: task.hint for task in TASKS.values()
    }
    assert wording._HINTS.keys() == wording._LABELS.keys() == TASKS.keys()


def test_lupdate_finds_nothing_new(tools: Any, tmp_path: Path) -> None:
    for language in LANGUAGES:
        shutil.copy(FOLDER / f"sightline_{language}.ts", tmp_path)
    tools.update(tmp_path)
    for language in LANGUAGES:
        name = f"sightline_{language}.ts"
        now, kept = (tmp_path / name).read_text("utf-8"), (FOLDER / name).read_text("utf-8")
        assert now == kept, "run `make translations`, and translate what is new"


def test_the_window_loads_what_lrelease_makes(tools: Any, tmp_path: Path) -> None:
    tools.release(FOLDER, tmp_path)
    for language in LANGUAGES:
        name = f"sightline_{language}.qm"
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), "`make translations`"
