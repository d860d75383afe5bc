"""An answer is corrected: its words where it stands, its boxes on the picture."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, QTimer

from app.canvas.stage import Stage
from app.chat.actions import Action
from app.chat.answer_editor import AnswerEditor
from app.chat.conversation import Turn
from app.chat.draft import Draft
from app.chat.panel import ChatPanel
from app.shown import ShownBox
from app.spotlight import Spotlight
from app.texts import marked, translate
from app.theme import Theme
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, Task

GONE = marked("chat", "The correction that was begun was not saved.")
EMPTY = marked(
    "chat", "An answer needs words or a box; write some, draw one, or leave it as it was."
)


class Correcting(QObject):
    """Joins the boxes on the picture with the words in the transcript while one answer is
    corrected; lives on the GUI thread."""

    def __init__(
        self,
        theme: Theme,
        stage: Stage,
        chat: ChatPanel,
        spotlight: Spotlight,
        *,
        tasks: Mapping[str, Task],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._stage = stage
        self._chat = chat
        self._spotlight = spotlight
        self._tasks = tasks
        self._editing = stage.view.editing
        self._turn: Turn | None = None
        self._draft: Draft | None = None
        self._editor: AnswerEditor | None = None
        chat.correcting.connect(self.begin)
        chat.turn_opened.connect(lambda _: self._check())
        chat.replaced.connect(self._check)
        stage.picture_shown.connect(lambda _: self._take_picture())
        self._editing.confirmed.connect(self.save)
        self._editing.picked.connect(lambda _: self._light())
        self._editing.moved.connect(self._moved)
        self._editing.removed.connect(self._removed)
        self._editing.drawn.connect(self._drawn)

    def begin_shown(self) -> None:
        """Correct the answer whose boxes are on the picture, or the last one."""
        turns = (self._spotlight.shown, *reversed(self._chat.controller.turns))
        for turn in turns:
            if turn and turn.state.over and turn.told and self._chat.transcript.holds(turn):
                self.begin(turn)
                return

    def begin(self, turn: Turn) -> None:
        """Let the person change this answer; another one that was begun stays as it was."""
        if turn is self._turn or not turn.told:
            return
        self._give_up()
        self._spotlight.show(turn)
        self._spotlight.hold(True)
        self._turn = turn
        task = self._tasks.get(turn.task, TASKS["chat"])
        newest = max(len(turn.numbered) - 1, 0)
        self._draft = Draft(turn.answer.as_correction(), task, turn.words, image=newest)
        editor = AnswerEditor(self._draft, self._theme, pictured=turn.picture is not None)
        editor.written.connect(self._show)
        editor.saved.connect(self.save)
        editor.left.connect(self.leave)
        self._editor = editor
        self._chat.transcript.card(turn).correct(editor)
        # Once it has its height.
        QTimer.singleShot(0, editor, lambda: self._chat.transcript.ensureWidgetVisible(editor))
        self._take_picture()
        if turn.picture is not None and (self._draft.shown or self._draft.one_box):
            self._stage.view.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            editor.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def save(self) -> None:
        """Keep what the answer was made into, unless nothing is left of it."""
        turn, draft = self._turn, self._draft
        if draft is not None and draft.empty:
            self._chat.say(translate("chat", EMPTY))
            return
        self._end()
        if turn is not None and draft is not None and draft.changed:
            correction = draft.correction()
            written = (turn.written or turn.answer).as_correction()
            self._chat.controller.correct(turn, None if correction == written else correction)
            self._focus(turn)

    def leave(self) -> bool:
        """Leave the answer as it was; whether one was being corrected."""
        begun = self._turn is not None
        self._end()
        return begun

    def close(self) -> None:
        """The window closes: what was changed is kept, since it can be set back later."""
        if self._draft is not None and not self._draft.empty:
            self.save()

    def _end(self) -> None:
        turn, self._turn, self._draft, self._editor = self._turn, None, None, None
        if turn is None:
            return
        self._editing.stop()
        self._spotlight.hold(False)
        if self._chat.transcript.holds(turn):
            self._chat.transcript.card(turn).correct(None)
            self._spotlight.show(turn)
            self._focus(turn)

    def _focus(self, turn: Turn) -> None:
        """The keys go to the button that the correction began with."""
        buttons = self._chat.transcript.card(turn).actions_row.buttons
        buttons[Action.CORRECT].setFocus(Qt.FocusReason.OtherFocusReason)

    def _check(self) -> None:
        """Other turns are shown: what they are without can't be corrected any more."""
        turn = self._turn
        if turn is None:
            return
        if turn in self._chat.controller.turns:
            self._spotlight.hold(True)
            self._take_picture()
            return
        self._give_up()

    def _give_up(self) -> None:
        """Leave the answer as it was, though nobody said so: it is told, if it costs anything."""
        changed = self._draft is not None and self._draft.changed
        self._end()
        if changed:
            self._chat.say(translate("chat", GONE))

    # The picture

    def _take_picture(self) -> None:
        """Put the boxes into the person's hands, where their picture is the one that is shown."""
        turn = self._turn
        if turn is None or self._stage.path is None:
            return
        if self._chat.controller.picture_of(turn) == self._stage.path:
            self._stage.view.region.set_box(None)
            self._stage.view.show_all_boxes()
            self._editing.start()
            self._show()

    def _show(self) -> None:
        """The boxes and the words as they are now."""
        turn, draft, path = self._turn, self._draft, self._stage.path
        if turn is not None and draft is not None and self._editing.active and path is not None:
            self._stage.show_picture(path, draft.shown, asked=turn.region, lit=self._lit)
        if self._editor is not None:
            self._editor.show_draft(self._lit)

    @property
    def _lit(self) -> int | None:
        """The mark of the box in hand."""
        number = self._editing.number
        shown: list[ShownBox] = self._draft.shown if self._draft is not None else []
        return shown[number].mark if number is not None and number < len(shown) else None

    def _light(self) -> None:
        if self._draft is not None:
            self._stage.view.choose(self._editing.number)
        if self._editor is not None:
            self._editor.show_draft(self._lit)

    def _moved(self, number: int, box: Box) -> None:
        if self._draft is not None:
            self._draft.move(number, box)
            self._show()

    def _removed(self, number: int) -> None:
        if self._draft is not None:
            self._draft.remove(number)
            self._show()

    def _drawn(self, box: Box) -> None:
        if self._draft is not None and self._editor is not None:
            number = self._draft.add(box, like=self._editing.last, chosen=self._editor.chosen)
            self._show()
            self._editing.pick(number)
