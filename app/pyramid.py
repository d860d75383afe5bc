"""A picture in several sizes, each half of the one before, so that any zoom is drawn quickly.

Drawing 24 million pixels into a window takes longer than a person should wait for a frame; the
smaller sizes also look better, because nothing between the pixels is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QPainter

SMALLEST = 256
# So many pixels are worked on at a time. Qt's pictures hold Python's lock while they work, also in
# a worker thread: in one go a large one would keep the window from everything.
BAND = 400_000


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The picture's sizes, largest first. Never changed; made in a worker thread."""

    levels: tuple[QImage, ...]

    @classmethod
    def of(cls, image: QImage) -> Pyramid:
        """All sizes of a picture, in the format that is drawn without conversion."""
        clear = image.hasAlphaChannel()
        form = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32
        levels = [_in_form(image, form)]
        while max(levels[-1].width(), levels[-1].height()) > 2 * SMALLEST:
            levels.append(_half(levels[-1]))
        return cls(tuple(levels))

    @property
    def full(self) -> QImage:
        return self.levels[0]

    @property
    def size(self) -> QSize:
        """In pixels of the largest."""
        return self.full.size()

    def at_least(self, scale: float) -> QImage:
        """The smallest that still has `scale` pixels for one of the largest (or the largest)."""
        enough = (
            level for level in reversed(self.levels) if level.width() >= scale * self.size.width()
        )
        return next(enough, self.full)


def _in_form(image: QImage, form: QImage.Format) -> QImage:
    """The picture in another format."""
    if image.format() == form:
        return image
    made = QImage(image.size(), form)
    with _painter(made) as painter:
        for top, band in _bands(image):
            painter.drawImage(QPoint(0, top), band.convertToFormat(form))
    return made


def _half(image: QImage) -> QImage:
    """The picture at half its size, rounded up."""
    made = QImage((image.size() / 2).expandedTo(QSize(1, 1)), image.format())
    with _painter(made) as painter:
        for top, band in _bands(image):
            small = band.scaled(
                QSize(made.width(), (band.height() + 1) // 2),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            painter.drawImage(QPoint(0, top // 2), small)
    return made


def _bands(image: QImage) -> Iterator[tuple[int, QImage]]:
    """Some rows at a time, an even number, with where they begin."""
    rows = max(2, BAND // image.width() // 2 * 2)
    for top in range(0, image.height(), rows):
        yield top, image.copy(0, top, image.width(), min(rows, image.height() - top))


@contextmanager
def _painter(image: QImage) -> Iterator[QPainter]:
    """Paints over what is there, transparency too."""
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    yield painter
    painter.end()
