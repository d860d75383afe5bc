"""What a drop or the clipboard gives: files, pixels, a browser's picture, or only an address."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from app.incoming import may_offer_picture, offers_picture, take
from app.pictures import PictureError, PictureStore, read_picture

REMOTE = QUrl("https://example.invalid/cat.jpg")


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "kept")


def _addresses(*urls: QUrl) -> QMimeData:
    mime = QMimeData()
    mime.setUrls(list(urls))
    return mime


def test_files_are_used_where_they_are_in_their_order(
    store: PictureStore, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    mime = _addresses(REMOTE, QUrl.fromLocalFile(str(picture)), QUrl.fromLocalFile(str(other)))
    assert take(mime)(store) == [picture, other]
    assert not (tmp_path / "kept").exists()


def test_an_address_alone_is_refused_with_the_way_out(store: PictureStore) -> None:
    mime = _addresses(REMOTE)
    assert may_offer_picture(mime)
    assert not offers_picture(mime)
    with pytest.raises(PictureError, match=r"only an address at example\.invalid, and nothing is"):
        take(mime)(store)


def test_a_browsers_picture_is_taken_instead_of_its_address(
    store: PictureStore, picture: Path
) -> None:
    mime = _addresses(REMOTE)
    mime.setHtml('<img src="https://example.invalid/cat.jpg">')
    mime.setData("image/png", picture.read_bytes())
    [kept] = take(mime)(store)
    assert kept.read_bytes() == picture.read_bytes()
    assert kept.suffix == ".png"


def test_pixels_are_kept_as_a_file(store: PictureStore) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    mime = QMimeData()
    mime.setImageData(image)
    [kept] = take(mime)(store)
    assert read_picture(kept).pixelColor(3, 3) == QColor("teal")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_picture_written_into_the_page_is_taken(
    store: PictureStore, picture: Path, quote: str
) -> None:
    written = base64.b64encode(picture.read_bytes()).decode()
    mime = QMimeData()
    mime.setHtml(f"<b>x</b><IMG alt='a' src={quote}data:image/png;base64,{written}{quote}>")
    assert offers_picture(mime)
    [kept] = take(mime)(store)
    assert kept.read_bytes() == picture.read_bytes()


def test_a_file_that_only_the_html_names_is_opened(store: PictureStore, picture: Path) -> None:
    mime = QMimeData()
    mime.setHtml(f'<img src="{QUrl.fromLocalFile(str(picture)).toString()}">')
    assert take(mime)(store) == [picture]


@pytest.mark.parametrize(
    "html",
    [
        "<p>words</p>",
        '<img src="data:image/png;base64,not base64!">',
        '<img src="data:text/html,<b>x</b>">',
        '<img src="data:image/svg+xml,<svg/>">',
    ],
)
def test_what_holds_no_picture_is_refused(store: PictureStore, html: str) -> None:
    mime = QMimeData()
    mime.setHtml(html)
    assert not offers_picture(mime)
    with pytest.raises(PictureError, match="There is no picture in this"):
        take(mime)(store)


def test_plain_words_are_not_offered(store: PictureStore) -> None:
    mime = QMimeData()
    mime.setText("two words")
    assert not may_offer_picture(mime)


def test_a_copied_table_is_words_in_the_question_and_a_picture_on_the_canvas(
    store: PictureStore,
) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    mime = QMimeData()
    mime.setImageData(image)
    mime.setText("1\t2")
    assert not offers_picture(mime)
    assert may_offer_picture(mime)
    assert len(take(mime)(store)) == 1
