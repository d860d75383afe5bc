"""Boxes on their way out: drawn into pixels and SVG, and as COCO JSON."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.export.coco import coco
from app.export.layout import lay_out
from app.export.paint import annotated
from app.export.svg import svg
from app.export.writing import write_coco, write_png, write_svg
from app.palette import BOX_COLOURS
from app.pictures import PictureError, encoded
from app.shown import ShownBox
from engine.grounding.geometry import Box

CAT = ShownBox(Box(0.1, 0.2, 0.3, 0.4), "a cat", 0, 0)
MAT = ShownBox(Box(0.0, 0.5, 1.0, 0.9), "a mat", 1, 1)
OTHER_CAT = ShownBox(Box(0.5, 0.1, 0.75, 0.35), "a cat", 0, 0)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def gray(qapp: QApplication) -> QImage:
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(QColor("gray"))
    return image


def test_coco_has_pixels_and_one_category_a_label() -> None:
    document = coco("halves.png", 320, 200, [CAT, MAT, OTHER_CAT])
    assert document["images"] == [{"id": 1, "file_name": "halves.png", "width": 320, "height": 200}]
    assert document["categories"] == [
        {"id": 1, "name": "a cat", "supercategory": ""},
        {"id": 2, "name": "a mat", "supercategory": ""},
    ]
    assert document["annotations"] == [
        {
            "id": number,
            "image_id": 1,
            "category_id": category,
            "bbox": bbox,
            "area": area,
            "segmentation": [],
            "iscrowd": 0,
        }
        for number, category, bbox, area in [
            (1, 1, [32.0, 40.0, 64.0, 40.0], 2560.0),
            (2, 2, [0.0, 100.0, 320.0, 80.0], 25600.0),
            (3, 1, [160.0, 20.0, 80.0, 50.0], 4000.0),
        ]
    ]


def test_the_layout_keeps_labels_inside_and_apart(qapp: QApplication) -> None:
    layout = lay_out([CAT] * 5 + [MAT], QSizeF(800, 600))
    places = [box.label_rect for box in layout.boxes]
    assert all(QRectF(0, 0, 800, 600).contains(place) for place in places)
    assert not any(a.intersects(b) for i, a in enumerate(places) for b in places[:i])


def test_the_eighth_colour_is_the_first_one_broken(qapp: QApplication) -> None:
    eighth = ShownBox(CAT.box, "x", len(BOX_COLOURS), 0)
    first, again = lay_out([CAT, eighth], QSizeF(100, 100)).boxes
    assert (first.colour, first.broken) == (again.colour, False)
    assert again.broken


def test_the_boxes_are_drawn_where_they_are(gray: QImage) -> None:
    made = annotated(gray, [CAT])
    assert made.size() == gray.size()
    assert made.pixelColor(80, 180) == QColor(BOX_COLOURS[0])
    assert made.pixelColor(160, 180) == QColor("gray")
    assert gray.pixelColor(80, 180) == QColor("gray")


def test_the_svg_is_well_formed_and_says_everything(gray: QImage) -> None:
    named = ShownBox(CAT.box, 'a <cat> & "co"\0', 0, 0)
    document = svg(encoded(gray), "image/png", QSizeF(800, 600), [named, MAT])
    root = ElementTree.fromstring(document)  # noqa: S314  # we wrote it
    assert root.attrib["viewBox"] == "0 0 800 600"
    assert [text.text for text in root.iter(f"{SVG}text")] == ['a <cat> & "co" ', "a mat"]
    lines = [rect.attrib for rect in root.iter(f"{SVG}rect") if rect.get("fill") == "none"]
    assert {(line["x"], line["y"], line["width"], line["height"]) for line in lines} == {
        ("80", "120", "160", "120"),
        ("0", "300", "800", "240"),
    }


def test_the_svg_looks_like_the_painted_picture(gray: QImage) -> None:
    document = svg(encoded(gray), "image/png", QSizeF(800, 600), [CAT, MAT])
    made = QImage(gray.size(), QImage.Format.Format_RGB32)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(document.encode())).render(painter, QRectF(made.rect()))
    painter.end()
    painted = annotated(gray, [CAT, MAT])
    for x, y in ((80, 180), (400, 300), (400, 540), (400, 100), (160, 180)):
        ours, theirs = painted.pixelColor(x, y), made.pixelColor(x, y)
        assert abs(ours.red() - theirs.red()) < 8
        assert abs(ours.blue() - theirs.blue()) < 8


def test_the_files_have_the_upright_picture_in_full_size(
    qapp: QApplication, tmp_path: Path
) -> None:
    picture = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200), "gray").save(picture, exif=exif)
    write_png(picture, [CAT], tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as made:
        assert made.size == (200, 300)
    write_coco(picture, [CAT], tmp_path / "out.json")
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert document["images"][0] == {
        "id": 1,
        "file_name": "turned.jpg",
        "width": 200,
        "height": 300,
    }
    assert document["annotations"][0]["bbox"] == [20.0, 60.0, 40.0, 60.0]
    write_svg(picture, [CAT], tmp_path / "out.svg")
    found = re.search(r"base64,([^\"]+)", (tmp_path / "out.svg").read_text(encoding="utf-8"))
    assert found is not None
    inside = QImage.fromData(base64.b64decode(found[1]))
    assert (inside.width(), inside.height()) == (200, 300)


def test_an_export_that_fails_leaves_the_old_file(
    qapp: QApplication, picture: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(b"old")
    picture.write_bytes(b"no longer a picture")
    with pytest.raises(PictureError):
        write_png(picture, [CAT], target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.glob("*.part")) == []


def test_a_folder_that_is_gone_is_an_error_without_leftovers(
    qapp: QApplication, picture: Path, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_coco(picture, [CAT], tmp_path / "gone" / "out.json")
