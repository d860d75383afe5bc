"""The left side of the window: the welcome or the picture, and the tools that float over it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.canvas.view import PictureView
from app.canvas.welcome import Welcome
from app.canvas.zoom import ZOOM_STEP
from app.examples import Example
from app.icons import icon
from app.pictures import PictureLoader
from app.shown import ShownBox
from app.theme import Theme

# Pictures kept decoded, so that going back and forth between a few is instant.
KEPT = 4


class Stage(QWidget):
    """Shows one picture of the conversation; lives on the GUI thread.

    Signals:
        picture_shown(Path): this picture is on the canvas now.
        failed(str): a picture can't be shown, with one sentence.
        open_clicked(), example_clicked(Example, bool): as in `Welcome`.
    """

    picture_shown = Signal(object)
    failed = Signal(str)
    open_clicked = Signal()
    example_clicked = Signal(object, bool)

    def __init__(self, theme: Theme, examples: tuple[Example, ...]) -> None:
        super().__init__()
        self.setObjectName("stage")
        self._theme = theme
        self.path: Path | None = None
        self._images: OrderedDict[Path, QImage] = OrderedDict()
        self._boxes: tuple[ShownBox, ...] = ()
        self._lit: int | None = None
        self._loader = PictureLoader(self)
        self._loader.loaded.connect(self._loaded)
        self._loader.failed.connect(lambda _path, sentence: self.failed.emit(sentence))
        self.view = PictureView()
        self.welcome = Welcome(theme, examples)
        self.welcome.open_clicked.connect(self.open_clicked)
        self.welcome.example_clicked.connect(self.example_clicked)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._buttons: dict[str, QToolButton] = {}
        self._tools = self._make_tools()
        self._drop = QLabel("Drop it to ask about it", self)
        self._drop.setProperty("kind", "drop")
        self._drop.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._drop.hide()
        self.view.zoom_changed.connect(self._show_zoom)
        theme.changed.connect(self._recolour)
        self._recolour()

    def show_picture(
        self, path: Path, boxes: Sequence[ShownBox] = (), *, lit: int | None = None
    ) -> None:
        """Bring a picture and boxes onto the canvas; a picture that is there already stays."""
        self._boxes, self._lit = tuple(boxes), lit
        if path == self.path:
            self.view.show_boxes(self._boxes)
            self.view.light(lit)
        elif path in self._images:
            self._loaded(path, self._images[path])
        else:
            self._loader.load(path)

    def clear(self) -> None:
        """Show no picture but the welcome; one that is still being read is forgotten."""
        self.path = None
        self._boxes, self._lit = (), None
        self._loader.forget()
        self.view.show_boxes(())
        self._tools.hide()
        self._pages.setCurrentWidget(self.welcome)

    def offer_drop(self, offered: bool) -> None:
        """Show that what is dragged over the window can be dropped."""
        self._drop.setGeometry(self.rect().adjusted(24, 24, -24, -24))
        self._drop.setVisible(offered)
        self._drop.raise_()

    def image(self, path: Path) -> QImage | None:
        """A picture that was shown lately, decoded."""
        return self._images.get(path)

    def _loaded(self, path: Path, image: QImage) -> None:
        self.path = path
        self._images[path] = image
        self._images.move_to_end(path)
        while len(self._images) > KEPT:
            self._images.popitem(last=False)
        self._pages.setCurrentWidget(self.view)
        self._tools.show()
        self.view.show_picture(image)
        self.view.setAccessibleDescription(path.name)
        self.view.show_boxes(self._boxes)
        self.view.light(self._lit)
        self.picture_shown.emit(path)

    def _make_tools(self) -> QFrame:
        tools = QFrame(self)
        tools.setProperty("kind", "tools")
        row = QHBoxLayout(tools)
        row.setContentsMargins(5, 4, 5, 4)
        row.setSpacing(1)
        view = self.view
        for name, text, tip, action in (
            (
                "open",
                "Open another picture",
                "Open another picture (Ctrl+O)",
                self.open_clicked.emit,
            ),
            ("minus", "Zoom out", "Zoom out (-)", lambda: view.zoom_by(1 / ZOOM_STEP)),
            ("zoom", "Actual size", "Actual size, one pixel for one (1)", view.actual_size),
            ("plus", "Zoom in", "Zoom in (+)", lambda: view.zoom_by(ZOOM_STEP)),
            ("fit", "Fit to the window", "Fit to the window (0)", view.fit),
        ):
            button = QToolButton()
            button.setProperty("kind", "icon")
            button.setIconSize(QSize(18, 18))
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, action=action: action())
            row.addWidget(button)
            self._buttons[name] = button
        zoom = self._buttons["zoom"]
        zoom.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        zoom.setMinimumWidth(zoom.fontMetrics().horizontalAdvance("4000%") + 14)
        tools.hide()
        return tools

    def _show_zoom(self, zoom: float) -> None:
        self._buttons["zoom"].setText(f"{zoom * self.view.devicePixelRatioF():.0%}")

    def _recolour(self) -> None:
        for name, button in self._buttons.items():
            if name != "zoom":
                button.setIcon(icon(name, self._theme.palette.text))
        self._place_tools()

    def _place_tools(self) -> None:
        self._tools.adjustSize()
        size = self._tools.size()
        self._tools.move((self.width() - size.width()) // 2, self.height() - size.height() - 16)
        self._tools.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_tools()
