"""What a drop or the clipboard gives: files, pixels, a browser's picture, or only an address."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from app.incoming import kept_pixels, may_offer_picture, offers_picture, take
from app.pictures import PictureError, read_picture
from app.store.attachments import Attachments

REMOTE = QUrl("https://example.invalid/cat.jpg")


@pytest.fixture
def attachments(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "kept")


def _addresses(*urls: QUrl) -> QMimeData:
    mime = QMimeData()
    mime.setUrls(list(urls))
    return mime


def test_files_are_used_where_they_are_in_their_order(
    attachments: Attachments, picture: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    mime = _addresses(REMOTE, QUrl.fromLocalFile(str(picture)), QUrl.fromLocalFile(str(other)))
    assert take(mime)(attachments) == [picture, other]
    assert not (tmp_path / "kept").exists()


def test_an_address_alone_is_refused_with_the_way_out(attachments: Attachments) -> None:
    mime = _addresses(REMOTE)
    assert may_offer_picture(mime)
    assert not offers_picture(mime)
    with pytest.raises(PictureError, match=r"only an address at example\.invalid, and nothing is"):
        take(mime)(attachments)


def test_a_browsers_picture_is_taken_instead_of_its_address(
    attachments: Attachments, picture: Path
) -> None:
    mime = _addresses(REMOTE)
    mime.setHtml('<img src="https://example.invalid/cat.jpg">')
    mime.setData("image/png", picture.read_bytes())
    [kept] = take(mime)(attachments)
    assert kept.read_bytes() == picture.read_bytes()
    assert kept.suffix == ".png"


def test_pixels_are_kept_as_a_file(attachments: Attachments) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    mime = QMimeData()
    mime.setImageData(image)
    [kept] = take(mime)(attachments)
    assert read_picture(kept).pixelColor(3, 3) == QColor("teal")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_picture_written_into_the_page_is_taken(
    attachments: Attachments, picture: Path, quote: str
) -> None:
    written = base64.b64encode(picture.read_bytes()).decode()
    mime = QMimeData()
    mime.setHtml(f"<b>x</b><IMG alt='a' src={quote}data:image/png;base64,{written}{quote}>")
    assert offers_picture(mime)
    [kept] = take(mime)(attachments)
    assert kept.read_bytes() == picture.read_bytes()


def test_a_file_that_only_the_html_names_is_opened(attachments: Attachments, picture: Path) -> None:
    mime = QMimeData()
    mime.setHtml(f'<img src="{QUrl.fromLocalFile(str(picture)).toString()}">')
    assert take(mime)(attachments) == [picture]


@pytest.mark.parametrize(
    "html",
    [
        "<p>words</p>",
        '<img src="data:image/png;base64,not base64!">',
        '<img src="data:text/html,<b>x</b>">',
        '<img src="data:image/svg+xml,<svg/>">',
    ],
)
def test_what_holds_no_picture_is_refused(attachments: Attachments, html: str) -> None:
    mime = QMimeData()
    mime.setHtml(html)
    assert not offers_picture(mime)
    with pytest.raises(PictureError, match="There is no picture in this"):
        take(mime)(attachments)


def test_plain_words_are_not_offered(attachments: Attachments) -> None:
    mime = QMimeData()
    mime.setText("two words")
    assert not may_offer_picture(mime)


def test_a_copied_table_is_words_in_the_question_and_a_picture_on_the_canvas(
    attachments: Attachments,
) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    mime = QMimeData()
    mime.setImageData(image)
    mime.setText("1\t2")
    assert not offers_picture(mime)
    assert may_offer_picture(mime)
    assert len(take(mime)(attachments)) == 1


def test_pasted_pixels_are_kept_by_their_content(attachments: Attachments, tmp_path: Path) -> None:
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    first, second = kept_pixels(image, attachments), kept_pixels(image.copy(), attachments)
    assert first == second
    assert read_picture(first).pixelColor(3, 3) == QColor("teal")
    assert len(list((tmp_path / "kept").iterdir())) == 1
