"""The models dialog: what is installed, whether each fits, and which one answers."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.engine_bridge import EngineBridge
from app.models.card import ModelCard
from app.models.reader import InventoryReader
from app.settings.store import SettingsStore
from app.sheet import Sheet, button
from app.texts import marked, translate
from engine.inventory import Inventory, ModelFacts, fit

LOOKING = marked("models", "Looking at the models of this machine…")
EM = 84


class ModelsDialog(Sheet):
    """Lists the models with what each would take; lives on the GUI thread. It looks again each time
    it is opened, since memory comes and goes."""

    def __init__(
        self,
        store: SettingsStore,
        bridge: EngineBridge,
        parent: QWidget,
        *,
        reader: InventoryReader,
    ) -> None:
        super().__init__(translate("models", "Models"), parent, em=EM)
        self._store = store
        self._bridge = bridge
        self._reader = reader
        reader.setParent(self)
        self._inventory: Inventory | None = None
        self.cards: list[ModelCard] = []
        self._place = QVBoxLayout()
        self._place.setSpacing(10)
        self.page.addLayout(self._place)
        self.page.addStretch(1)
        again = button(
            translate("models", "Look again"), translate("models", "Look again what is there (F5)")
        )
        again.setShortcut("F5")
        again.clicked.connect(self._look)
        self.buttons.insertWidget(0, again)
        reader.found.connect(self._found)
        reader.failed.connect(lambda sentence: self.say(sentence, error=True))
        store.changed.connect(self._show)
        bridge.state_changed.connect(self._show)

    def open_beside(self) -> None:
        super().open_beside()
        self._look()

    def _look(self) -> None:
        self.say(translate("models", LOOKING))
        self._reader.ask()

    def _found(self, inventory: Inventory) -> None:
        self.say("")
        self._inventory = inventory
        for card in self.cards:
            self._place.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [ModelCard(model) for model in inventory.models]
        for card in self.cards:
            card.chosen.connect(self._choose)
            self._place.addWidget(card)
        if not self.cards:
            self.say(translate("models", "No model is installed here."))
        self._show()
        QTimer.singleShot(0, self, self.fit)

    def _choose(self, model: ModelFacts) -> None:
        wanted = None if model.default else model.path
        if self._store.now.model == wanted:
            self._bridge.restart()
        else:
            self._store.change(model=wanted)

    def _show(self) -> None:
        """Fits and use, with the settings and the engine as they are now."""
        now = self._store.now
        for card in self.cards:
            model = card.facts
            used = model.default if now.model is None else model.path == now.model
            if self._inventory is not None and not model.error:
                fits = fit(model, self._inventory, context=now.context, device=now.device)
                card.show_fit(fits)
            else:
                card.show_fit(None)
            card.show_use(used=used, state=self._bridge.state)
