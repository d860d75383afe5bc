"""Which answer's boxes are on the picture, and how phrase and box light each other."""

from __future__ import annotations

from pathlib import Path

from app.canvas.stage import Stage
from app.chat.conversation import Turn
from app.chat.panel import ChatPanel


class Spotlight:
    """Joins the picture with the transcript. One answer at a time is shown: the one that is being
    written, else the one last pointed at."""

    def __init__(self, stage: Stage, chat: ChatPanel) -> None:
        self._stage = stage
        self._chat = chat
        self._shown: Turn | None = None
        self._held = False
        chat.turn_opened.connect(self.show)
        chat.changing.connect(self.show)
        chat.box_found.connect(self._box_found)
        chat.replaced.connect(self._show_newest)
        chat.corrected.connect(self.show)
        chat.transcript.pointed.connect(self._pointed)
        chat.transcript.chosen.connect(self.show)
        chat.transcript.mark_hovered.connect(self._mark_hovered)
        stage.view.mark_hovered.connect(self._box_hovered)
        stage.picture_shown.connect(self._picture_shown)

    @property
    def shown(self) -> Turn | None:
        """The turn whose boxes are on the picture."""
        return self._shown

    def show(self, turn: Turn | None, *, lit: int | None = None) -> None:
        """Put a turn's picture and boxes on the canvas; None takes the boxes away."""
        if self._held:
            return
        if self._shown is not None and self._shown is not turn:
            self._chat.transcript.light(self._shown, None)
        self._shown = turn
        path = self._picture(turn)
        if path is not None:
            boxes, asked = (turn.answer.boxes, turn.region) if turn else ((), None)
            self._stage.show_picture(path, boxes, asked=asked, lit=lit)
        self._chat.transcript.mark_shown(turn if turn is not None and _points(turn) else None)

    def hold(self, held: bool) -> None:
        """Leave the canvas as it is while its boxes are corrected; False: go on as before."""
        self._held = held

    def _show_newest(self) -> None:
        """Other turns are there: show the picture they speak of, with the newest boxes on it."""
        self._held = False
        controller = self._chat.controller
        if not controller.turns:
            self.show(None)
            return
        picture = controller.picture
        if picture is None:
            self._shown = None
            self._stage.clear()
            return
        here = (
            turn
            for turn in reversed(controller.turns)
            if _points(turn) and self._picture(turn) == picture
        )
        pointing = next(here, None)
        self.show(pointing)
        if pointing is None:
            self._stage.show_picture(picture)

    def _picture(self, turn: Turn | None) -> Path | None:
        return self._stage.wanted if turn is None else self._chat.controller.picture_of(turn)

    def _box_found(self, turn: Turn) -> None:
        """The answer being written has a box: seen unless the person went to another picture."""
        if self._stage.wanted in (turn.picture, self._picture(turn)):
            self.show(turn)

    def _pointed(self, turn: Turn) -> None:
        """The pointer came to a turn: its boxes appear, unless another picture had to."""
        if _points(turn) and self._picture(turn) == self._stage.path:
            self.show(turn)

    def _mark_hovered(self, turn: Turn, mark: int) -> None:
        if mark >= 0:
            self.show(turn, lit=mark)
        elif turn is self._shown:
            self._stage.view.light(None)

    def _box_hovered(self, mark: int) -> None:
        if self._shown is not None:
            self._chat.transcript.light(self._shown, None if mark < 0 else mark)

    def _picture_shown(self, path: Path) -> None:
        """Another picture is there: the newest answer that points at it comes with it."""
        if self._shown is None or self._picture(self._shown) != path:
            turns = reversed(self._chat.controller.turns)
            self.show(next((t for t in turns if _points(t) and self._picture(t) == path), None))


def _points(turn: Turn) -> bool:
    """Whether a turn has something to show on its picture."""
    return bool(turn.answer.boxes) or turn.region is not None
