"""The Export menu of the picture: where to, what is written, and a sentence about the outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QWidget

from app.background import Background
from app.canvas.stage import Stage
from app.pictures import PictureError, display_name
from app.shown import ShownBox
from app.texts import translate


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of export: what the menu calls it, how the file is named, and what writes it."""

    text: str
    ending: str
    file_filter: str
    needs_boxes: bool
    write: Callable[[Path, Sequence[ShownBox], Path], None]


class Exporter(QObject):
    """Writes the picture and the boxes that are seen on it; lives on the GUI thread.

    Signals:
        said(str, bool): a sentence about an export; True: it went wrong.
    """

    said = Signal(str, bool)

    def __init__(self, window: QWidget, stage: Stage) -> None:
        super().__init__(window)
        self._window = window
        self._stage = stage
        self._background = Background(self)
        self._menu = stage.tools.add_menu("export", translate("export", "Export"), ("Ctrl+E",))
        self._menu.aboutToShow.connect(self._offer)

    def _offer(self) -> None:
        """Fill the menu; what needs boxes is off while none is seen."""
        self._menu.clear()
        for form in _forms():
            action = self._menu.addAction(form.text, partial(self._ask, form))
            action.setEnabled(bool(self._stage.view.visible_boxes) or not form.needs_boxes)

    def _ask(self, form: Form) -> None:
        """Let the person choose the file, then write it in a worker thread."""
        from PySide6.QtWidgets import QFileDialog

        picture, boxes = self._stage.path, self._stage.view.visible_boxes
        if picture is None:
            return
        suggested = _beside(picture) / f"{Path(display_name(picture)).stem}{form.ending}"
        name, _ = QFileDialog.getSaveFileName(
            self._window, form.text.rstrip("…"), str(suggested), form.file_filter
        )
        if name:
            target = Path(name)
            if not target.suffix:
                target = target.with_suffix(Path(form.ending).suffix)
            self._background.run(
                lambda: _outcome(form, picture, boxes, target),
                lambda said: self.said.emit(*said),
            )


def _beside(picture: Path) -> Path:
    """The picture's own folder; for one without a name of its own, the person's pictures."""
    if display_name(picture) == picture.name:
        return picture.parent
    pictures = QStandardPaths.StandardLocation.PicturesLocation
    return Path(QStandardPaths.writableLocation(pictures))


def _forms() -> tuple[Form, ...]:
    # Loaded with the first menu: the window is painted sooner without it.
    from app.export.writing import write_coco, write_png, write_svg

    png = translate("export", "Picture with boxes as PNG…")
    svg = translate("export", "Picture with boxes as SVG…")
    coco = translate("export", "Boxes as COCO JSON…")
    return (
        Form(png, "-boxes.png", "PNG (*.png)", False, write_png),
        Form(svg, "-boxes.svg", "SVG (*.svg)", False, write_svg),
        Form(coco, "-coco.json", "JSON (*.json)", True, write_coco),
    )


def _outcome(
    form: Form, picture: Path, boxes: Sequence[ShownBox], target: Path
) -> tuple[str, bool]:
    """Write, and say in one sentence what came of it; whether it went wrong."""
    try:
        form.write(picture, boxes, target)
    except PictureError as error:
        return str(error), True
    except OSError as error:
        broken = translate("export", "{path} can't be written: {reason}; choose another place.")
        return broken.format(path=target, reason=error.strerror), True
    return translate("export", "Saved as {path}.").format(path=target), False
