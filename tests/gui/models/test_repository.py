"""The field for a repository of the hub."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.models.repository import RepositoryField


@pytest.fixture
def field(qtbot: QtBot) -> RepositoryField:
    made = RepositoryField()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("owner/name", "owner/name"),
        (" owner/Name-GGUF:Q4_K_M ", "owner/Name-GGUF:Q4_K_M"),
        ("owner/name@main:a-file.gguf", "owner/name@main:a-file.gguf"),
        ("https://huggingface.co/owner/name", "owner/name"),
        ("https://hf-mirror.com/owner/name/tree/main/x", "owner/name"),
    ],
)
def test_what_names_a_repository(field: RepositoryField, typed: str, wanted: str) -> None:
    told: list[str] = []
    field.wanted.connect(told.append)
    field.field.setText(typed)
    QTest.mouseClick(field.install, Qt.MouseButton.LeftButton)
    assert told == [wanted] and field.field.text() == ""


@pytest.mark.parametrize("typed", ["", "name", "--offline", "a/b/c", "a b/c", "-x/y", "../x"])
def test_what_names_none_is_said(field: RepositoryField, typed: str) -> None:
    told: list[str] = []
    field.wanted.connect(told.append)
    field.field.setText(typed)
    QTest.keyClick(field.field, Qt.Key.Key_Return)
    said = [label.text() for label in field.findChildren(QLabel) if label.isVisible()]
    assert told == [] and f"“{typed.strip()}” names no repository" in said[-1]
    QTest.keyClicks(field.field, "x")
    assert len([label for label in field.findChildren(QLabel) if label.isVisible()]) == 1


def test_where_nothing_may_be_fetched(field: RepositoryField) -> None:
    field.allow(False, "Forbidden.")
    assert not field.field.isEnabled() and not field.install.isEnabled()
    assert field.install.toolTip() == "Forbidden."
