"""The palettes: readable in both, and followed by what is painted by hand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QGuiApplication

from app.palette import BOX_COLOURS, DARK, LIGHT, Palette
from app.stylesheet import stylesheet
from app.theme import Theme

AA_TEXT = 4.5
AA_SIGN = 3.0


def _luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    made = QColor(colour)
    parts: list[float] = [made.redF(), made.greenF(), made.blueF()]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else float(((c + 0.055) / 1.055) ** 2.4) for c in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("text", "panel"),
        ("text", "canvas"),
        ("text", "raised"),
        ("text", "hover"),
        ("text", "accent_soft"),
        ("muted", "panel"),
        ("muted", "raised"),
        ("muted", "canvas"),
        ("muted", "hover"),
        ("muted", "accent_soft"),
        ("accent", "panel"),
        ("accent", "accent_soft"),
        ("on_accent", "accent"),
        ("on_accent", "accent_hover"),
        ("accent", "raised"),
        ("panel", "text"),
        ("good", "panel"),
        ("busy", "panel"),
        ("danger", "panel"),
        ("danger", "danger_soft"),
    ],
)
def test_text_is_readable(palette: Palette, text: str, ground: str) -> None:
    assert _contrast(getattr(palette, text), getattr(palette, ground)) >= AA_TEXT


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("sign", ["good", "busy", "danger", "strong_border"])
def test_signs_stand_out(palette: Palette, sign: str) -> None:
    assert _contrast(getattr(palette, sign), palette.panel) >= AA_SIGN


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("ground", ["panel", "raised", "canvas", "hover", "accent_soft"])
def test_the_focus_stands_out(palette: Palette, ground: str) -> None:
    assert _contrast(palette.accent, getattr(palette, ground)) >= AA_SIGN


@pytest.mark.parametrize("colour", BOX_COLOURS)
def test_labels_of_boxes_are_readable(colour: str) -> None:
    assert _contrast(colour, "#101216") >= AA_TEXT


def test_the_sheet_uses_every_colour_it_is_given() -> None:
    assert "$" not in stylesheet(LIGHT, 10.0)


def test_the_theme_follows_the_system(theme: Theme) -> None:
    hints = QGuiApplication.styleHints()
    told: list[QObject | None] = []
    theme.changed.connect(lambda: told.append(None))
    try:
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert theme.palette is DARK
    finally:
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.palette is LIGHT
    assert len(told) == 2


def test_a_person_chooses_over_the_system(theme: Theme) -> None:
    hints = QGuiApplication.styleHints()
    try:
        theme.choose("dark", 100)
        assert theme.palette is DARK
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
        assert theme.palette is DARK
        theme.choose("light", 100)
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
        assert theme.palette is LIGHT
        theme.choose("system", 100)
        assert theme.palette is DARK
    finally:
        hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
        theme.choose("system", 100)
