"""The button with the microphone, which is held to talk or pressed to begin and to end."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolButton

from app.icons import icon
from app.texts import translate
from app.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TalkButton(QToolButton):
    """Lives on the GUI thread. It is checked while something is recorded, which is not its doing.

    Signals:
        went_down(): it is pressed, by the mouse or by Space.
        came_up(): it is let go, wherever the pointer is by then.
        clicked(): it was pressed in one go: by Enter, or by a program for people who use no hands.
    """

    went_down = Signal()
    came_up = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("talk")
        self.setFixedSize(32, 32)
        self.setIconSize(QSize(18, 18))
        self.setCheckable(True)
        theme.changed.connect(self._explain)
        self.show_recording(recording=False)

    def show_recording(self, *, recording: bool) -> None:
        """Say whether something is recorded."""
        self.setChecked(recording)
        self._explain()

    def nextCheckState(self) -> None:  # noqa: N802
        """Pressing it changes nothing by itself."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(down=True)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()  # It stays down, wherever the hand slips to.

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(down=False)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._go(down=True)
        elif event.key() in _ENTER:
            if not event.isAutoRepeat():
                self.click()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._go(down=False)
        else:
            super().keyReleaseEvent(event)

    def _go(self, *, down: bool) -> None:
        self.setDown(down)
        (self.went_down if down else self.came_up).emit()

    def _explain(self) -> None:
        colours = self._theme.palette
        if self.isChecked():
            name = translate("voice", "End the recording")
            tip = translate("voice", "End the recording (let go, or press once more)")
        else:
            name = translate("voice", "Talk")
            tip = translate(
                "voice",
                "Hold to talk, or press once to begin and once to end.\n"
                "Holding Space does the same wherever nothing is typed.",
            )
        self.setIcon(icon("microphone", colours.on_accent if self.isChecked() else colours.text))
        self.setToolTip(tip)
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)
