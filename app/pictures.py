"""Pictures on their way into the window: read in a worker thread."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QObject,
    QPointF,
    QRectF,
    Signal,
)
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader, QTransform

from app.background import Background
from app.pyramid import Pyramid
from app.texts import marked, translate
from engine.media import MAX_PIXELS

# Past this the picture is shown reduced; the engine still reads the file itself.
SHOWN_PIXELS = 50_000_000
PNG_QUALITY = 80

FILE_FILTER = marked(
    "pictures",
    "Pictures and recordings (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff "
    "*.wav *.flac *.mp3 *.ogg);;All files (*)",
)
_MISSING = marked("pictures", "There is no file {path}; drop a picture that is still there.")
_FOLDER = marked("pictures", "{name} is a folder without a model; drop one picture from it.")
_EMPTY = marked("pictures", "{name} is empty (0 bytes); choose another picture.")
_TOO_LARGE = marked(
    "pictures",
    "{name} has %n megapixels; the limit is {limit}, so make it smaller first.",
    "",
    2,
)
_DAMAGED = marked("pictures", "{name} is damaged or cut short; choose another picture.")


class PictureError(Exception):
    """The file can't be shown. The message is one sentence for the person."""


def read_picture(path: Path, *, most_pixels: int = SHOWN_PIXELS) -> QImage:
    """The picture as the person sees it: EXIF applied, first frame of an animation.

    One of more than `most_pixels` is read reduced. The orientation is read as the engine reads it
    (Pillow also finds it in PNG and WebP files, Qt does not), so that boxes land where they belong.
    Raises PictureError.
    """
    if not path.exists():
        raise PictureError(translate("pictures", _MISSING).format(path=path))
    if path.is_dir():
        raise PictureError(translate("pictures", _FOLDER).format(name=path.name))
    if path.stat().st_size == 0:
        raise PictureError(translate("pictures", _EMPTY).format(name=path.name))
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAllocationLimit(0)
    size = reader.size()
    pixels = size.width() * size.height()
    # What the engine would refuse is refused before anybody waits for it.
    if pixels > MAX_PIXELS:
        too_large = translate("pictures", _TOO_LARGE, "", pixels // 1_000_000)
        raise PictureError(too_large.format(name=path.name, limit=MAX_PIXELS // 1_000_000))
    turn = _orientation(path)
    if pixels > most_pixels:
        reader.setScaledSize(size * (most_pixels / pixels) ** 0.5)
    # Qt turns while it reads, without keeping the window waiting; what it does not see of the
    # orientation is turned afterwards.
    seen = reader.transformation() != QImageIOHandler.Transformation.TransformationNone
    reader.setAutoTransform(seen and not turn.isIdentity())
    image = reader.read()
    if image.isNull():
        raise PictureError(_damaged(path))
    return image if seen or turn.isIdentity() else image.transformed(turn)


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height of the picture as `read_picture` gives it. Raises PictureError."""
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    size = _orientation(path).mapRect(QRectF(QPointF(), reader.size().toSizeF())).size().toSize()
    if size.isEmpty():
        raise PictureError(_damaged(path))
    return size.width(), size.height()


def _damaged(path: Path) -> str:
    return translate("pictures", _DAMAGED).format(name=path.name)


def _orientation(path: Path) -> QTransform:
    """The turn that EXIF asks for. Raises PictureError where the file is no picture at all."""
    # Imported here: only a worker thread comes this way, and the window must not wait for it.
    from PIL import Image, UnidentifiedImageError

    # The limit is the one above, which the size in the file's head was held against already.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(path) as picture:
            tag = picture.getexif().get(0x0112, 1)
    except UnidentifiedImageError as error:
        unknown = translate(
            "pictures",
            "{name} is not a picture that can be read; JPEG, PNG, WebP, GIF, BMP and TIFF can.",
        )
        raise PictureError(unknown.format(name=path.name)) from error
    except (OSError, SyntaxError) as error:
        raise PictureError(_damaged(path)) from error
    mirror = QTransform(-1, 0, 0, 1, 0, 0)
    turns = {
        2: mirror,
        3: QTransform().rotate(180),
        4: mirror * QTransform().rotate(180),
        5: mirror * QTransform().rotate(270),
        6: QTransform().rotate(90),
        7: mirror * QTransform().rotate(90),
        8: QTransform().rotate(270),
    }
    return turns.get(tag, QTransform())


def encoded(image: QImage) -> bytes:
    """The picture as the content of a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # The stub lacks QIODevice here. Stronger compression takes many times as long and gains little.
    image.save(buffer, "PNG", PNG_QUALITY)  # type: ignore[call-overload]
    return bytes(data.data())


def display_name(path: Path) -> str:
    """What a person would call the file; one that was named by its content has no name."""
    named_by_content = len(path.stem) == 64 and not set(path.stem) - set("0123456789abcdef")
    unnamed = translate("pictures", "picture")
    return f"{unnamed}{path.suffix}" if named_by_content else path.name


def picture_or_sentence(path: Path, *, most_pixels: int = SHOWN_PIXELS) -> QImage | str:
    """The picture, or why it can't be shown; for work in a worker thread."""
    try:
        return read_picture(path, most_pixels=most_pixels)
    except PictureError as error:
        return str(error)
    except OSError as error:
        broken = translate("pictures", "{name} can't be read: {reason}.")
        return broken.format(name=path.name, reason=error.strerror)


def _pyramid_or_sentence(path: Path) -> Pyramid | str:
    outcome = picture_or_sentence(path)
    return Pyramid.of(outcome) if isinstance(outcome, QImage) else outcome


class PictureLoader(QObject):
    """Reads pictures away from the GUI thread; lives on the GUI thread.

    Signals:
        loaded(Path, Pyramid): the picture last asked for is there.
        failed(Path, str): it can't be shown, with one sentence.
    """

    loaded = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest = 0
        self._background = Background(self)

    def load(self, path: Path) -> None:
        """Start reading; an earlier one that is still being read is forgotten."""
        self._latest += 1
        number = self._latest
        self._background.run(
            lambda: _pyramid_or_sentence(path), lambda outcome: self._finish(number, path, outcome)
        )

    def forget(self) -> None:
        """What is still being read is not wanted any more."""
        self._latest += 1

    def _finish(self, number: int, path: Path, outcome: Pyramid | str) -> None:
        if number != self._latest:
            return
        if isinstance(outcome, Pyramid):
            self.loaded.emit(path, outcome)
        else:
            self.failed.emit(path, outcome)
