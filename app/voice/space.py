"""Space, held where nothing is typed: the key to talk."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)


class SpaceKey(QObject):
    """Watches a window, which gets the key where no widget in it has a use for it: not while words
    are typed, and not on a button. Lives on the GUI thread.

    Signals:
        went_down(): it is pressed.
        came_up(): it is let go.
        lost(): it is held, but the focus or the window went elsewhere.
    """

    went_down = Signal()
    came_up = Signal()
    lost = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._held = False
        self._lost = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _KEYS and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
            return self._key(watched, event)
        if kind is QEvent.Type.WindowDeactivate and watched is self._window and self._held:
            self._lose()
            self._let_go()  # that it comes up is told to another window
        return False

    def _key(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether the key is for this: until it is let go, every sign of it is."""
        if self._held:
            if event.type() is QEvent.Type.KeyRelease and not event.isAutoRepeat():
                self._let_go()
                if not self._lost:
                    self.came_up.emit()
            return True
        fresh = event.type() is QEvent.Type.KeyPress and not event.isAutoRepeat()
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if watched is not self._window or not fresh or not plain:
            return False
        self._held, self._lost = True, False
        # Wherever the focus goes meanwhile, nothing is typed with it.
        application().installEventFilter(self)
        application().focusChanged.connect(self._lose)
        self.went_down.emit()
        return True

    def _let_go(self) -> None:
        self._held = False
        application().removeEventFilter(self)
        application().focusChanged.disconnect(self._lose)

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self.lost.emit()


def application() -> QApplication:
    """The one that there is."""
    running = QApplication.instance()
    assert isinstance(running, QApplication)
    return running
