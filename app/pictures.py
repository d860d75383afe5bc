"""Pictures on their way into the window: read in a worker thread, kept by content when pasted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMimeData,
    QObject,
    QRunnable,
    QThreadPool,
    Signal,
)
from PySide6.QtGui import QImage, QImageReader, QTransform

# One more than the engine accepts would only be refused later, after a long wait.
MAX_PIXELS = 200_000_000
# Past this the picture is shown reduced; the engine still reads the file itself.
SHOWN_PIXELS = 50_000_000

FILE_FILTER = "Pictures (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff);;All files (*)"


class PictureError(Exception):
    """The file can't be shown. The message is one sentence for the person."""


def read_picture(path: Path) -> QImage:
    """The picture as the person sees it: EXIF applied, first frame of an animation.

    The orientation is read as the engine reads it (Pillow also finds it in PNG and WebP files,
    Qt does not), so that boxes land where they belong. Raises PictureError.
    """
    if not path.exists():
        raise PictureError(f"There is no file {path}; drop a picture that is still there.")
    if path.is_dir():
        raise PictureError(f"{path.name} is a folder; drop one picture from it.")
    if path.stat().st_size == 0:
        raise PictureError(f"{path.name} is empty (0 bytes); choose another picture.")
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAllocationLimit(0)
    size = reader.size()
    pixels = size.width() * size.height()
    if pixels >= MAX_PIXELS:
        raise PictureError(
            f"{path.name} has {pixels // 1_000_000} megapixels; "
            f"the limit is {MAX_PIXELS // 1_000_000}, so make it smaller first."
        )
    turn = _orientation(path)
    if pixels > SHOWN_PIXELS:
        reader.setScaledSize(size * (SHOWN_PIXELS / pixels) ** 0.5)
    image = reader.read()
    if image.isNull():
        raise PictureError(_damaged(path))
    return image.transformed(turn) if not turn.isIdentity() else image


def _damaged(path: Path) -> str:
    return f"{path.name} is damaged or cut short; choose another picture."


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
        raise PictureError(
            f"{path.name} is not a picture that can be read; "
            "JPEG, PNG, WebP, GIF, BMP and TIFF can."
        ) from error
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


class PictureStore:
    """Owns the folder of pictures that came without a file; each is named by its content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, image: QImage) -> Path:
        """The picture as a PNG file; the same picture gives the same file."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub lacks QIODevice here
        content = bytes(data.data())
        path = self._folder / f"{hashlib.sha256(content).hexdigest()}.png"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_bytes(content)
            unfinished.replace(path)
        return path


def offers_picture(mime: QMimeData) -> bool:
    """Whether something has a picture that `take` can use."""
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def take(mime: QMimeData, store: PictureStore) -> Path | None:
    """The file of the picture in `mime`: the first local file, else its data kept in the store."""
    for url in mime.urls():
        if url.isLocalFile():
            return Path(url.toLocalFile())
    image = mime.imageData()
    if isinstance(image, QImage) and not image.isNull():
        return store.keep(image)
    return None


class _Reading(QRunnable):
    """One picture being read in a worker thread; `done` is called there with what came of it."""

    def __init__(self, number: int, path: Path, done: Callable[[int, Path, object], None]) -> None:
        super().__init__()
        self._number = number
        self._path = path
        self._done = done

    def run(self) -> None:
        try:
            outcome: QImage | str = read_picture(self._path)
        except PictureError as error:
            outcome = str(error)
        except OSError as error:
            outcome = f"{self._path.name} can't be read: {error.strerror}."
        self._done(self._number, self._path, outcome)


class PictureLoader(QObject):
    """Reads pictures away from the GUI thread; lives on the GUI thread.

    Signals:
        loaded(Path, QImage): the picture last asked for is there.
        failed(Path, str): it can't be shown, with one sentence.
    """

    loaded = Signal(object, QImage)
    failed = Signal(object, str)
    _done = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest = 0
        self._pool = QThreadPool(self)
        self._done.connect(self._finish)

    def load(self, path: Path) -> None:
        """Start reading; an earlier one that is still being read is forgotten."""
        self._latest += 1
        self._pool.start(_Reading(self._latest, path, self._done.emit))

    def forget(self) -> None:
        """What is still being read is no longer wanted."""
        self._latest += 1

    def _finish(self, number: int, path: Path, outcome: QImage | str) -> None:
        if number != self._latest:
            return
        if isinstance(outcome, QImage):
            self.loaded.emit(path, outcome)
        else:
            self.failed.emit(path, outcome)
