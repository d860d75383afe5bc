"""A picture in several sizes: each half of the one before, and the right one for every zoom."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QGraphicsScene

from app.canvas.picture_item import PictureItem
from app.pyramid import Pyramid


def _halves(width: int, height: int, form: QImage.Format = QImage.Format.Format_RGB888) -> QImage:
    """Red on the left, blue on the right."""
    image = QImage(width, height, form)
    image.fill(QColor("red"))
    painter = QPainter(image)
    painter.fillRect(width // 2, 0, width, height, QColor("blue"))
    painter.end()
    return image


def test_each_size_is_half_of_the_one_before() -> None:
    sizes = [(level.width(), level.height()) for level in Pyramid.of(_halves(2000, 1000)).levels]
    assert sizes == [(2000, 1000), (1000, 500), (500, 250)]


@pytest.mark.parametrize("size", [QSize(1, 1), QSize(4000, 1), QSize(1, 4000)])
def test_the_thinnest_picture_keeps_its_pixels(size: QSize) -> None:
    pyramid = Pyramid.of(_halves(size.width(), size.height()))
    assert pyramid.size == size
    assert all(min(level.width(), level.height()) == 1 for level in pyramid.levels)


@pytest.mark.parametrize(
    ("scale", "width"), [(0.01, 500), (0.25, 500), (0.26, 1000), (0.9, 2000), (8.0, 2000)]
)
def test_a_zoom_takes_the_smallest_that_has_enough_pixels(scale: float, width: int) -> None:
    assert Pyramid.of(_halves(2000, 1000)).at_least(scale).width() == width


def test_transparency_stays() -> None:
    clear = QImage(10, 10, QImage.Format.Format_ARGB32)
    clear.fill(QColor(0, 0, 0, 0))
    assert Pyramid.of(clear).full.pixelColor(5, 5).alpha() == 0


@pytest.mark.parametrize("zoom", [0.1, 0.37, 1.0, 3.0])
def test_the_picture_is_drawn_in_its_place_at_any_zoom(qapp: QApplication, zoom: float) -> None:
    scene = QGraphicsScene()
    scene.addItem(PictureItem(Pyramid.of(_halves(2000, 1000))))
    side = 100
    seen = QRectF(1000 - side / 2 / zoom, 500 - side / 2 / zoom, side / zoom, side / zoom)
    made = QImage(side, side, QImage.Format.Format_RGB32)
    painter = QPainter(made)
    scene.render(painter, QRectF(made.rect()), seen)
    painter.end()
    assert made.pixelColor(45, 50) == QColor("red")
    assert made.pixelColor(55, 50) == QColor("blue")
