"""What a drop or the clipboard holds of pictures: files, pixels, or only an address.

A browser that drags a picture gives its address, often some HTML around it, and sometimes the
picture itself. The picture is taken; an address is never fetched.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

from app.pictures import PictureError, encoded
from app.store.attachments import Attachments
from app.texts import translate

_SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
}
_SOURCE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_DATA = re.compile(r"data:(image/[a-z]+)((?:;[^;,]*)*),(.*)", re.IGNORECASE | re.DOTALL)


def offers_picture(mime: QMimeData) -> bool:
    """Whether this is a picture that `take` can use, and not rather words: a copied table is words,
    though the program that it is from has a picture of it along."""
    if local_files(mime):
        return True
    words = mime.hasFormat("text/plain") and mime.text().strip() and not mime.hasUrls()
    return not words and bool(mime.hasImage() or _content(mime) or _data_address(mime))


def may_offer_picture(mime: QMimeData) -> bool:
    """Whether a drop of this should be let happen: an address alone is answered with a sentence."""
    return mime.hasUrls() or mime.hasImage() or offers_picture(mime)


def take(mime: QMimeData) -> Callable[[Attachments], list[Path]]:
    """What is left to do for the files of the pictures in `mime`; fit for a worker thread.

    Files are used where they are, what came without one becomes an attachment. Raises PictureError,
    one sentence for the person, where there is no picture.
    """
    files = local_files(mime)
    if files:
        return lambda _: files
    kept = _content(mime) or _data_address(mime)
    if kept is not None:
        return lambda attachments: [attachments.keep_content(*kept)]
    image = mime.imageData() if mime.hasImage() else None
    if isinstance(image, QImage) and not image.isNull():
        return lambda attachments: [kept_pixels(image, attachments)]
    remote = next((url.host() for url in mime.urls() if url.host()), "")
    if remote:
        address = translate(
            "pictures",
            "This is only an address at {host}, and nothing is fetched from the network; "
            "copy the picture itself in the browser and paste it here.",
        )
        raise PictureError(address.format(host=remote))
    raise PictureError(
        translate("pictures", "There is no picture in this; bring a picture file or copied pixels.")
    )


def kept_pixels(image: QImage, attachments: Attachments) -> Path:
    """Pixels that came without a file, as one. Raises StoreError."""
    return attachments.keep_content(encoded(image), ".png")


def local_files(mime: QMimeData) -> list[Path]:
    """The local files, also where only the HTML around a picture names one."""
    urls = [*mime.urls(), *(QUrl(source) for source in _sources(mime))]
    return list(dict.fromkeys(Path(url.toLocalFile()) for url in urls if url.isLocalFile()))


def _content(mime: QMimeData) -> tuple[bytes, str] | None:
    """A picture file's content that comes along, and the suffix for it."""
    for kind, suffix in _SUFFIXES.items():
        if mime.hasFormat(kind):
            content = bytes(mime.data(kind).data())
            if content:
                return content, suffix
    return None


def _data_address(mime: QMimeData) -> tuple[bytes, str] | None:
    """A picture written into its own address, as pages do with small ones."""
    for address in (*(url.toString() for url in mime.urls()), *_sources(mime)):
        found = _DATA.fullmatch(address)
        suffix = _SUFFIXES.get(found[1].lower()) if found else None
        if found is None or suffix is None:
            continue
        content = unquote_to_bytes(found[3])
        if found[2].lower().endswith(";base64"):
            try:
                content = base64.b64decode(content, validate=True)
            except binascii.Error:
                continue
        return content, suffix
    return None


def _sources(mime: QMimeData) -> list[str]:
    """Where the pictures of the HTML are."""
    if not mime.hasHtml():
        return []
    return [double or single for double, single in _SOURCE.findall(mime.html())]
