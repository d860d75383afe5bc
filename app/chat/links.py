"""Addresses in an answer: found as they stand there, and opened after a question only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontMetrics
from PySide6.QtWidgets import QMessageBox, QWidget

from app.texts import marked, translate

# In plain ASCII: what looks like another letter, or turns the writing round, makes no link.
ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`]+", re.IGNORECASE)
_BEHIND = ".,;:!?*_"
LONGEST = 500
LINE = 440  # pixels of an address in a line of the question, which breaks between words only

QUESTION = marked(
    "chat", "Open this address in the browser? A model wrote it, and may have made it up."
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where http and https addresses begin and end; marks behind them are not theirs."""
    for found in ADDRESS.finditer(text):
        address = found[0].rstrip(_BEHIND)
        while address.endswith((")", "]")) and not _balanced(address):
            address = address[:-1].rstrip(_BEHIND)
        usable = address.isascii() and address.isprintable() and len(address) <= LONGEST
        if usable and QUrl(address, QUrl.ParsingMode.StrictMode).host():
            yield found.start(), found.start() + len(address)


def _balanced(address: str) -> bool:
    return all(address.count(a) >= address.count(b) for a, b in ("()", "[]"))


def ask_to_open(address: str, parent: QWidget) -> None:
    """Show the whole address, and open it in the system's browser if the person says so."""
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    if url.scheme() not in ("http", "https"):
        return
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(translate("chat", "Open an address"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(translate("chat", QUESTION))
    lines = _broken(address, box.fontMetrics())
    leads = translate("chat", "It leads to {host}.").format(host=url.host())
    box.setInformativeText("\n".join([*lines, "", leads]))
    yes = box.addButton(translate("chat", "Open"), QMessageBox.ButtonRole.AcceptRole)
    no = box.addButton(translate("chat", "Don't open"), QMessageBox.ButtonRole.RejectRole)
    for button in (yes, no):
        button.setProperty("kind", "outline")
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    yes.clicked.connect(lambda: QDesktopServices.openUrl(url))
    box.open()


def _broken(address: str, metrics: QFontMetrics) -> list[str]:
    """The address in lines that are seen whole."""
    lines = [""]
    for character in address:
        if metrics.horizontalAdvance(lines[-1] + character) > LINE:
            lines.append("")
        lines[-1] += character
    return lines
