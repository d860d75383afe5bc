"""Pictures on their way in: orientation, refusals, keeping what has no file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageOps
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from app.incoming import kept_pixels
from app.pictures import PictureError, PictureLoader, display_name, read_picture
from app.store.attachments import Attachments

CORNERS = ((0, 0, "red"), (1, 0, "lime"), (0, 1, "blue"), (1, 1, "white"))


def _cornered(path: Path, orientation: int) -> None:
    """A picture of 60 x 40 whose four corners have four colours, turned by its EXIF entry."""
    image = Image.new("RGB", (60, 40))
    for x, y, colour in CORNERS:
        image.paste(colour, (30 * x, 20 * y, 30 * x + 30, 20 * y + 20))
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(path, exif=exif, lossless=True, quality=95)


def _near(colour: QColor, other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour.getRgb()[:3], other, strict=True))  # type: ignore[index]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_the_engine_turns_it(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    path = tmp_path / f"turned{suffix}"
    _cornered(path, orientation)
    shown = read_picture(path)
    with Image.open(path) as opened:
        engine = ImageOps.exif_transpose(opened).convert("RGB")
    assert (shown.width(), shown.height()) == engine.size
    for x in (6, engine.width - 6):
        for y in (6, engine.height - 6):
            pixel = engine.getpixel((x, y))
            assert isinstance(pixel, tuple)
            assert _near(shown.pixelColor(x, y), pixel)


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "P", "LA", "1"])
def test_every_kind_of_pixels_is_shown(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("picture.jpg" if mode == "CMYK" else "picture.png")
    Image.new(mode, (30, 20)).save(path)
    assert (read_picture(path).width(), read_picture(path).height()) == (30, 20)


def test_an_animation_shows_its_first_frame(tmp_path: Path) -> None:
    path = tmp_path / "moving.gif"
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert _near(read_picture(path).pixelColor(5, 5), (255, 0, 0))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.png", b"", "empty.png is empty (0 bytes); choose another picture."),
        ("notes.png", b"not a picture", "notes.png is not a picture that can be read"),
    ],
)
def test_what_is_no_picture_is_said_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PictureError) as refused:
        read_picture(path)
    assert str(refused.value).startswith(sentence)


def test_a_truncated_picture_is_refused(tmp_path: Path, picture: Path) -> None:
    short = tmp_path / "short.png"
    short.write_bytes(picture.read_bytes()[:200])
    with pytest.raises(PictureError, match=r"short\.png is damaged or cut short"):
        read_picture(short)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="There is no file"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="is a folder"):
        read_picture(tmp_path)


def test_two_hundred_megapixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (20_000, 10_000)).save(path)
    with pytest.raises(PictureError, match=r"huge\.png has 200 megapixels"):
        read_picture(path)


def test_the_loader_gives_the_picture_last_asked_for(qtbot: QtBot, picture: Path) -> None:
    loader = PictureLoader()
    got: list[Path] = []
    loader.loaded.connect(lambda path, _image: got.append(path))
    other = picture.with_name("other.png")
    other.write_bytes(picture.read_bytes())
    with qtbot.waitSignal(loader.loaded):
        loader.load(picture)
        loader.load(other)
    assert got == [other]


def test_the_loader_says_what_went_wrong(qtbot: QtBot, tmp_path: Path) -> None:
    loader = PictureLoader()
    with qtbot.waitSignal(loader.failed) as failed:
        loader.load(tmp_path / "gone.jpg")
    assert "There is no file" in failed.args[1]


def test_a_picture_named_by_its_content_is_called_a_picture(tmp_path: Path, qtbot: QtBot) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    assert display_name(kept_pixels(image, Attachments(tmp_path))) == "picture.png"
    assert display_name(tmp_path / "cat.jpg") == "cat.jpg"
