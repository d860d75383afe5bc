"""A picture in several sizes, each half of the one before, so that any zoom is drawn quickly.

Drawing 24 million pixels into a window takes longer than a person should wait for a frame; the
smaller sizes also look better, because nothing between the pixels is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

SMALLEST = 256


@dataclass(frozen=True, slots=True)
class Pyramid:
    """The picture's sizes, largest first. Never changed; made in a worker thread."""

    levels: tuple[QImage, ...]

    @classmethod
    def of(cls, image: QImage) -> Pyramid:
        """All sizes of a picture, in the format that is drawn without conversion."""
        clear = image.hasAlphaChannel()
        form = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32
        levels = [image.convertToFormat(form)]
        while max(levels[-1].width(), levels[-1].height()) > 2 * SMALLEST:
            half = levels[-1].size() / 2
            levels.append(
                levels[-1].scaled(
                    half.expandedTo(QSize(1, 1)),
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
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
