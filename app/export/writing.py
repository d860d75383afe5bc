"""The files of an export, written from the picture's own file; for work in a worker thread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage

from app.export.coco import coco
from app.export.paint import annotated
from app.export.svg import svg
from app.pictures import encoded, read_picture
from app.shown import ShownBox
from engine.files import write_whole
from engine.media import MAX_PIXELS


def write_png(picture: Path, boxes: Sequence[ShownBox], target: Path) -> None:
    """The picture in full size with the boxes drawn in. Raises PictureError and OSError."""
    write_whole(target, encoded(annotated(_whole(picture), boxes)))


def write_svg(picture: Path, boxes: Sequence[ShownBox], target: Path) -> None:
    """The picture inside an SVG, as PNG so that every reader sees it upright, with the boxes."""
    image = _whole(picture)
    write_whole(target, svg(encoded(image), "image/png", QSizeF(image.size()), boxes).encode())


def write_coco(picture: Path, boxes: Sequence[ShownBox], target: Path) -> None:
    """The boxes as COCO JSON; the picture is named, not copied."""
    image = _whole(picture)
    document = coco(picture.name, image.width(), image.height(), boxes)
    write_whole(target, json.dumps(document, indent=2, ensure_ascii=False).encode())


def _whole(picture: Path) -> QImage:
    """The picture upright and in all its pixels, however many are shown."""
    return read_picture(picture, most_pixels=MAX_PIXELS)
