"""The style sheet of the window: shape, spacing and type, filled with a palette's colours.

Widgets are addressed by object name (one of a kind) or by the dynamic property `kind`. Sizes of
type follow the application's font, so that a larger system font makes everything larger.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from app.palette import Palette

_SHEET = Template(
    """
QWidget { color: $text; }
QMainWindow, QWidget#chat, QWidget#composer, QWidget#turns { background: $panel; }
QWidget#sidebar, QListView { background: $raised; border: none; outline: none; }
QWidget#stage, QWidget#welcome { background: $canvas; border: none; }
QGraphicsView#picture { background: $canvas; border: 2px solid $canvas; }
QGraphicsView#picture:focus { border: 2px solid $accent; }
QScrollArea#strip, QWidget#strip-row { background: $panel; }
QScrollArea#strip { border-top: 1px solid $border; }
QToolButton[kind="thumbnail"] { border: 2px solid transparent; border-radius: 11px; padding: 2px; }
QToolButton[kind="thumbnail"]:hover { border-color: $strong_border; }
QToolButton[kind="thumbnail"]:checked { border-color: $accent; background: $accent_soft; }
QToolButton[kind="thumbnail"]:focus { border-color: $text; }
QSplitter::handle { background: $border; }
QToolTip { background: $text; color: $panel; border: none; padding: 5px 8px; }

QLabel[kind="title"] { font-size: ${large}pt; font-weight: 600; }
QLabel[kind="hero"] { font-size: ${hero}pt; font-weight: 600; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="small"] { color: $muted; font-size: ${small}pt; }
QLabel[kind="error"] { color: $danger; }
QLabel[kind="urgent"] { color: $busy; font-size: ${small}pt; font-weight: 600; }
QLabel[kind="task"] { color: $accent; font-size: ${small}pt; font-weight: 600; }

QPushButton, QToolButton {
  background: transparent; border: 1px solid transparent; border-radius: 9px; padding: 6px 10px;
}
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:focus, QToolButton:focus { border: 1px solid $accent; }
QPushButton:disabled, QToolButton:disabled { color: $muted; }
QToolButton[kind="icon"] { padding: 6px; }
QToolButton[kind="small-icon"] { padding: 3px; border-radius: 7px; }
QToolButton[kind="icon"]:checked { background: $accent_soft; border: 1px solid $accent; }
QToolButton::menu-indicator { image: none; }
QFrame[kind="region"] {
  background: $accent_soft; border: 1px solid $accent; border-radius: 10px;
}
QFrame[kind="region"] QToolButton { padding: 2px; border-radius: 7px; }

QPushButton[kind="primary"] {
  background: $accent; color: $on_accent; font-weight: 600; padding: 9px 18px; border-radius: 10px;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; padding: 8px 17px; }
QPushButton[kind="outline"] { border: 1px solid $border; background: $panel; text-align: left; }
QPushButton[kind="outline"]:hover { background: $hover; border-color: $strong_border; }
QPushButton[kind="outline"]:focus { border: 1px solid $accent; }

QPushButton[kind="chip"] {
  background: $raised; border: 1px solid $border; border-radius: 11px; padding: 4px 10px;
  font-size: ${small}pt;
}
QPushButton[kind="chip"]:hover { background: $hover; border-color: $strong_border; }
QPushButton[kind="chip"]:checked {
  background: $accent_soft; border-color: $accent; color: $accent;
}
QPushButton[kind="chip"]:focus { border: 1px solid $accent; }

QLineEdit {
  background: $panel; border: 1px solid $border; border-radius: 10px; padding: 6px 9px;
  selection-background-color: $accent; selection-color: $on_accent;
  placeholder-text-color: $muted;
}
QLineEdit:focus { border: 1px solid $accent; }
QFrame#field { background: $raised; border: 1px solid $border; border-radius: 14px; }
QFrame#field[focused="true"] { border: 1px solid $accent; background: $panel; }
QFrame#field QPlainTextEdit {
  background: transparent; border: none; selection-background-color: $accent;
  selection-color: $on_accent; placeholder-text-color: $muted;
}
QToolButton#send {
  background: $accent; border-radius: 16px; padding: 0; border: 2px solid $accent;
}
QToolButton#send:hover { background: $accent_hover; border-color: $accent_hover; }
QToolButton#send:disabled { background: $hover; border-color: $hover; }
QToolButton#send:focus { border: 2px solid $text; }
QToolButton#talk { border-radius: 16px; padding: 0; border: 2px solid transparent; }
QToolButton#talk:pressed { background: $hover; }
QToolButton#talk:checked { background: $danger; border-color: $danger; }
QToolButton#talk:focus { border: 2px solid $accent; }
QToolButton#talk:checked:focus { border: 2px solid $text; }

QToolButton[kind="play"], QFrame[kind="region"] QToolButton[kind="play"] {
  background: $accent; border-radius: 15px; padding: 0; border: 2px solid $accent;
}
QToolButton[kind="play"]:hover { background: $accent_hover; border-color: $accent_hover; }
QToolButton[kind="play"]:focus { border: 2px solid $text; }

QFrame[kind="question"] { background: $accent_soft; border-radius: 14px; }
QFrame[kind="answer"] { border: none; border-left: 3px solid transparent; }
QFrame[kind="answer"][shown="true"] { border-left: 3px solid $accent; }
QFrame[kind="welcome-card"] { background: $panel; border: 1px solid $border; border-radius: 16px; }
QLabel[kind="drop"] {
  background: $accent_soft; color: $accent; border: 2px dashed $accent; border-radius: 18px;
  font-size: ${large}pt; font-weight: 600;
}
QFrame[kind="model"] { border: 1px solid $border; border-radius: 12px; }
QProgressBar {
  background: $raised; border: 1px solid $border; border-radius: 6px; text-align: center;
}
QProgressBar::chunk { background: $accent_soft; border-radius: 5px; }
QFrame[kind="toast"] { background: $panel; border: 1px solid $strong_border; border-radius: 12px; }
QFrame[kind="failure"] { background: $danger_soft; border-radius: 12px; }
QFrame[kind="tools"] { background: $panel; border: 1px solid $border; border-radius: 13px; }
QTextBrowser[kind="words"] {
  background: transparent; border: none; selection-background-color: $accent;
  selection-color: $on_accent;
}
QPlainTextEdit[kind="words"] {
  background: $raised; border: 1px solid $strong_border; border-radius: 8px; padding: 2px 4px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QPlainTextEdit[kind="words"]:focus { border-color: $accent; }
QToolButton#latest {
  background: $panel; border: 1px solid $border; border-radius: 17px; padding: 0;
}
QToolButton#latest:hover { background: $hover; }
QToolButton#latest:focus { border: 1px solid $accent; }

QWidget#header { border-bottom: 1px solid $border; background: $panel; }
QScrollArea { border: none; background: $panel; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 3px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: $strong_border; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QDialog, QWidget#sheet-page { background: $panel; }
QLabel[kind="badge"] { border-radius: 8px; padding: 2px 8px; font-size: ${small}pt; }
QLabel[kind="badge"][tone="good"] { color: $good; border: 1px solid $good; }
QLabel[kind="badge"][tone="busy"] { color: $busy; border: 1px solid $busy; }
QLabel[kind="badge"][tone="danger"] { color: $danger; border: 1px solid $danger; }
QLineEdit[kind="path"] {
  background: $panel; border: 1px solid $strong_border; border-radius: 3px; padding: 4px 6px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit[kind="path"]:focus { border: 2px solid $accent; padding: 3px 5px; }

QListView#tags { background: $panel; border: 1px solid $strong_border; padding: 4px; }
QListView#tags::item { padding: 5px 8px; border-radius: 6px; }
QListView#tags::item:selected { background: $accent_soft; color: $text; }
QMenu { background: $panel; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 6px 22px; border-radius: 6px; }
QMenu::item:selected { background: $hover; color: $text; }
"""
)


def stylesheet(palette: Palette, points: float) -> str:
    """The sheet for a palette, with `points` as the size of ordinary text."""
    sizes = {
        "small": f"{points * 0.9:.1f}",
        "large": f"{points * 1.15:.1f}",
        "hero": f"{points * 1.7:.1f}",
    }
    return _SHEET.substitute(asdict(palette), **sizes)
