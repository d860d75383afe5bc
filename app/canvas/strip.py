"""The pictures of the conversation as a strip of thumbnails; seen once there are two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QImage, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QToolButton, QWidget

from app.canvas.rounded import rounded
from app.canvas.thumbnails import Thumbnails
from app.pictures import display_name
from app.texts import translate

THUMBNAIL = QSize(76, 54)
MARGIN = 8


class PictureStrip(QScrollArea):
    """Lives on the GUI thread. `in_use` tells whether an answer speaks of a picture: then it stays.

    Signals:
        chosen(Path): the person wants to see this picture.
        made(Path, QImage): there is a small version of this picture.
        failed(str): a picture can't be read and is not in the strip, with one sentence.
    """

    chosen = Signal(object)
    made = Signal(object, object)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.in_use: Callable[[Path], bool] = lambda _: False
        self._buttons: dict[Path, QToolButton] = {}
        self._images: dict[Path, QImage] = {}
        self._current: Path | None = None
        self._thumbnails = Thumbnails(self)
        self._thumbnails.made.connect(self._made)
        self._thumbnails.failed.connect(self._failed)
        self.setObjectName("strip")
        self.setAccessibleName(translate("canvas", "Pictures of the conversation"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QWidget()
        row.setObjectName("strip-row")
        self._row = QHBoxLayout(row)
        self._row.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self._row.setSpacing(6)
        self._row.addStretch(1)
        self._row.addStretch(1)
        self.setWidget(row)
        self.setFixedHeight(THUMBNAIL.height() + 4 * MARGIN + 4)
        self.hide()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The pictures in their order."""
        return tuple(self._buttons)

    @property
    def current(self) -> Path | None:
        return self._current

    def button(self, path: Path) -> QToolButton:
        return self._buttons[path]

    def image(self, path: Path) -> QImage | None:
        """A small version of a picture, once it was read."""
        return self._images.get(path)

    def add(self, path: Path) -> None:
        """Put a picture at the end, if it is not there."""
        if path in self._buttons:
            return
        button = QToolButton()
        button.setProperty("kind", "thumbnail")
        button.setCheckable(True)
        button.setIconSize(THUMBNAIL)
        keys = translate("canvas", "Ctrl+Page Down shows the next picture.")
        button.setToolTip(f"{display_name(path)}\n{keys}")
        button.clicked.connect(lambda: self._choose(path))
        remove = QAction(translate("canvas", "Remove from the conversation"), button)
        remove.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.triggered.connect(lambda: self.remove(path))
        button.addAction(remove)
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._buttons[path] = button
        self._row.insertWidget(self._row.count() - 1, button)
        self._thumbnails.load(path)
        self._arrange()

    def mark(self, path: Path) -> None:
        """This picture is on the canvas."""
        self._current = path
        self.add(path)
        self._arrange()
        self.ensureWidgetVisible(self._buttons[path])

    def remove(self, path: Path) -> None:
        """Take a picture out; the next one is shown where it was on the canvas."""
        if self.in_use(path):
            stays = translate("canvas", "{name} stays: an answer speaks of it.")
            self.failed.emit(stays.format(name=display_name(path)))
            return
        if path == self._current and len(self._buttons) > 1:
            self.step(-1 if path == self.paths[-1] else 1)
        self._drop(path)

    def keep_only(self, path: Path | None) -> None:
        """Begin anew with one picture, or with none."""
        for other in self.paths:
            if other != path:
                self._drop(other)

    def step(self, by: int) -> None:
        """Show the picture so many places further, round and round."""
        paths = self.paths
        if self._current in paths and len(paths) > 1:
            self.chosen.emit(paths[(paths.index(self._current) + by) % len(paths)])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel moves along the strip, whichever way it is turned."""
        turned = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turned.x() or turned.y()))
        event.accept()

    def _choose(self, path: Path) -> None:
        self._arrange()
        if path != self._current:
            self.chosen.emit(path)

    def _drop(self, path: Path) -> None:
        button = self._buttons.pop(path)
        self._images.pop(path, None)
        self._row.removeWidget(button)
        button.hide()
        button.deleteLater()
        self._arrange()

    def _made(self, path: Path, image: QImage) -> None:
        if path in self._buttons:
            self._images[path] = image
            self._buttons[path].setIcon(QIcon(rounded(image, THUMBNAIL)))
            self.made.emit(path, image)

    def _failed(self, path: Path, sentence: str) -> None:
        if path in self._buttons and path != self._current:
            self._drop(path)
            self.failed.emit(sentence)

    def _arrange(self) -> None:
        """Say which picture is which, and show the strip where there is a choice."""
        for number, (path, button) in enumerate(self._buttons.items(), start=1):
            named = translate("canvas", "Picture {number} of {count}: {name}").format(
                number=number, count=len(self._buttons), name=display_name(path)
            )
            button.setAccessibleName(named)
            button.setChecked(path == self._current)
        self.setVisible(any(path != self._current for path in self._buttons))
