"""The region of the next question: drawn on the picture, shown as a chip in the composer."""

from __future__ import annotations

from pathlib import Path

from app.canvas.stage import Stage
from app.chat.conversation import Turn
from app.chat.panel import ChatPanel
from engine.grounding.geometry import Box


class Pointing:
    """Joins the picture's region with the composer, and remembers it for each picture."""

    def __init__(self, stage: Stage, chat: ChatPanel) -> None:
        self._stage = stage
        self._chat = chat
        self._regions: dict[Path, Box] = {}
        stage.view.region.changed.connect(self._changed)
        stage.view.confirmed.connect(chat.composer.submit)
        stage.view.typed.connect(chat.composer.type_on)
        stage.picture_shown.connect(self._picture_shown)
        chat.composer.region.removed.connect(self._remove)
        chat.turn_opened.connect(lambda _: self._forget())
        chat.changing.connect(self._changing)
        chat.replaced.connect(self._forget)

    def _changed(self, box: Box | None) -> None:
        """The region became another one: the question is about it."""
        path = self._stage.path
        if path is None:
            self._chat.composer.show_region(None, None)
            return
        if box is None:
            self._regions.pop(path, None)
        else:
            self._regions[path] = box
        self._chat.composer.show_region(box, self._stage.image(path))

    def _picture_shown(self, path: Path) -> None:
        """Another picture has its own region, or none."""
        self._stage.view.region.set_box(self._regions.get(path))

    def _changing(self, turn: Turn) -> None:
        """A question is being changed: its region can be, too, once its picture is shown."""
        if turn.picture is None:
            return
        self._regions.pop(turn.picture, None)
        if turn.region is not None:
            self._regions[turn.picture] = turn.region
        if turn.picture == self._stage.path:
            self._picture_shown(turn.picture)

    def _remove(self) -> None:
        self._stage.view.region.set_box(None)
        self._chat.composer.field.setFocus()

    def _forget(self) -> None:
        """The question was sent, or left: the next one begins without a region."""
        self._regions.clear()
        self._stage.view.region.set_box(None)
