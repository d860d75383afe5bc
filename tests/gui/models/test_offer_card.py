"""The card of a model that can be installed."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.models.jobs import Jobs
from app.models.offer_card import OfferCard
from app.theme import Theme
from engine.inventory import Inventory
from tests.gui.models.conftest import GB, offer


def _card(qtbot: QtBot) -> tuple[OfferCard, str]:
    card = OfferCard(offer("eyes"), Jobs())
    qtbot.addWidget(card)
    card.show_room(Inventory((), 20 * GB, ()), "auto")
    card.show()
    return card, "\n".join(label.text() for label in card.findChildren(QLabel))


def test_what_is_said_of_it(qtbot: QtBot, theme: Theme) -> None:
    card, said = _card(qtbot)
    assert card.accessibleName() == "Eyes" and card.badge.text() == "Fits"
    assert card.install.accessibleName() == "Install Eyes"
    assert "What eyes is for." in said
    assert "Sees, hears, points · en, many languages · Licence: MIT" in said


def test_in_the_language_of_the_window(chinese: None, qtbot: QtBot, theme: Theme) -> None:
    _, said = _card(qtbot)
    assert "看图。" in said and "What eyes is for." not in said
