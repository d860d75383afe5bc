"""The left side of the window: the welcome or the picture, its tools, and the strip of pictures."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.canvas.welcome import CAPTURE_KEY, Welcome
from app.examples import Example
from app.pictures import PictureLoader, display_name
from app.pyramid import Pyramid
from app.texts import translate
from app.theme import Theme
from engine.grounding.geometry import Box

if TYPE_CHECKING:
    from app.shown import ShownBox

# Pictures kept decoded, so that going back and forth between a few is instant.
KEPT = 4
# So wide that a thumbnail of a region of it is still clear.
SMALL = 1200


class Stage(QWidget):
    """Shows one picture of the conversation; lives on the GUI thread. `path` is the one that is
    shown, `wanted` the one last asked for, which may still be read. At first there is the welcome
    alone; what a picture needs comes with `complete`, once the window was painted.

    Signals:
        picture_shown(Path): this picture is on the canvas now.
        failed(str): a picture can't be shown, with one sentence.
        open_clicked(), capture_clicked(): the person wants to bring a picture like this.
        example_clicked(Example, bool): as in `Welcome`.
    """

    picture_shown = Signal(object)
    failed = Signal(str)
    open_clicked = Signal()
    capture_clicked = Signal()
    example_clicked = Signal(object, bool)

    def __init__(self, theme: Theme, examples: tuple[Example, ...]) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.path: Path | None = None
        self.wanted: Path | None = None
        self._pictures: OrderedDict[Path, Pyramid] = OrderedDict()
        self._boxes: tuple[ShownBox, ...] = ()
        self._asked: Box | None = None
        self._lit: int | None = None
        self._theme = theme
        self.welcome = Welcome(theme, examples)
        self.welcome.open_clicked.connect(self.open_clicked)
        self.welcome.capture_clicked.connect(self.capture_clicked)
        self.welcome.example_clicked.connect(self.example_clicked)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._pages)

    def complete(self) -> None:
        """Make the canvas, its tools and the strip."""
        from app.canvas.strip import PictureStrip
        from app.canvas.tools import Tools
        from app.canvas.view import PictureView

        self._loader = PictureLoader(self)
        self._loader.loaded.connect(self._loaded)
        self._loader.failed.connect(self._not_loaded)
        self.view = PictureView()
        self.strip = PictureStrip()
        self.strip.chosen.connect(self.show_picture)
        self._pages.addWidget(self.view)
        self._layout.addWidget(self.strip)
        self.tools = Tools(self._theme, self._pages)
        self._make_tools()
        self._drop = QLabel(self)
        self._drop.setProperty("kind", "drop")
        self._drop.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._drop.hide()

    def show_picture(
        self,
        path: Path,
        boxes: Sequence[ShownBox] = (),
        *,
        asked: Box | None = None,
        lit: int | None = None,
    ) -> None:
        """Bring a picture and boxes onto the canvas; a picture that is there already stays.

        `asked` is the region that the shown answer's question was about.
        """
        self._boxes, self._asked, self._lit = tuple(boxes), asked, lit
        self._loader.forget()
        self.wanted = path
        if path == self.path:
            self._show_boxes()
        elif path in self._pictures:
            self._loaded(path, self._pictures[path])
        else:
            self._loader.load(path)

    def clear(self) -> None:
        """Show no picture but the welcome; one that is still being read is forgotten."""
        self.path = self.wanted = None
        self._boxes, self._asked, self._lit = (), None, None
        self._loader.forget()
        self.view.show_boxes(())
        self.tools.hide()
        self._pages.setCurrentWidget(self.welcome)

    def offer_drop(self, offered: bool, *, model: bool = False) -> None:
        """Show that what is dragged over the window can be dropped, a picture or a model."""
        question = translate("canvas", "Drop it to ask about it")
        self._drop.setText(translate("canvas", "Drop it to use this model") if model else question)
        self._drop.setGeometry(self.rect().adjusted(24, 24, -24, -24))
        self._drop.setVisible(offered)
        self._drop.raise_()

    def image(self, path: Path) -> QImage | None:
        """A picture that was shown lately, decoded, no larger than a small picture of it needs.

        Of another one in the strip there is a small version.
        """
        picture = self._pictures.get(path)
        if picture is None:
            return self.strip.image(path)
        return picture.at_least(SMALL / max(picture.size.width(), 1))

    def _not_loaded(self, _path: Path, sentence: str) -> None:
        self.wanted = self.path
        self.failed.emit(sentence)

    def _loaded(self, path: Path, picture: Pyramid) -> None:
        self.path = self.wanted = path
        self._pictures[path] = picture
        self._pictures.move_to_end(path)
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        self._pages.setCurrentWidget(self.view)
        self.tools.show()
        self.tools.place()
        self.view.show_picture(picture, name=display_name(path))
        self._show_boxes()
        self.strip.mark(path)
        self.picture_shown.emit(path)

    def _show_boxes(self) -> None:
        self.view.show_boxes(self._boxes, asked=self._asked)
        self.view.light(self._lit)

    def _make_tools(self) -> None:
        from app.canvas.zoom import ZOOM_STEP

        add, view = self.tools.add, self.view
        open_, capture = self.open_clicked.emit, self.capture_clicked.emit
        actual = translate("canvas", "Actual size")
        add("open", translate("canvas", "Open pictures"), ("Ctrl+O",), open_)
        add("capture", translate("canvas", "Capture a part of the screen"), (CAPTURE_KEY,), capture)
        add(
            "minus",
            translate("canvas", "Zoom out"),
            ("Ctrl+-",),
            lambda: view.zoom_by(1 / ZOOM_STEP),
        )
        zoom = self.tools.add_words("4000%", actual, ("Ctrl+1",), view.actual_size)
        add(
            "plus",
            translate("canvas", "Zoom in"),
            ("Ctrl++", "Ctrl+="),
            lambda: view.zoom_by(ZOOM_STEP),
        )
        add("fit", translate("canvas", "Fit to the window"), ("Ctrl+0",), view.fit)
        draw = add(
            "region", translate("canvas", "Draw a region to ask about"), ("Ctrl+R",), self._draw
        )
        draw.setCheckable(True)
        every = translate("canvas", "Show all boxes")
        self._every = add("eye", every, ("Ctrl+Shift+A",), view.show_all_boxes)
        self._every.hide()
        view.zoom_changed.connect(
            lambda zoomed: zoom.setText(f"{zoomed * view.devicePixelRatioF():.0%}")
        )
        for tool in (view.region, view.editing.tool):
            tool.drawing_changed.connect(draw.setChecked)
        view.hidden_changed.connect(self._hidden_changed)
        self.tools.hide()

    def _draw(self) -> None:
        """Switch the drawing of a region on or off; the keys go to the picture."""
        self.view.draw()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _hidden_changed(self, hidden: int) -> None:
        if self._every.isHidden() == bool(hidden):
            self._every.setVisible(bool(hidden))
            self.tools.place()
