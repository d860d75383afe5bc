"""One turn in the transcript: the question in its bubble, the answer, and notes on it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QImage, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.canvas.rounded import cut_out, rounded
from app.chat.actions import Ears, TurnActions
from app.chat.answer_editor import AnswerEditor
from app.chat.answer_view import AnswerView
from app.chat.conversation import Turn, TurnState
from app.texts import marked, translate
from app.theme import Theme
from app.voice.clip_view import ClipView
from app.voice.clips import Clips
from app.wording import chip_label

THUMBNAIL = QSize(112, 76)
BUBBLE_WIDTH = 300
CLIP_WIDTH = 250

_STAGES = {
    "encode": marked("chat", "Looking at the picture…"),
    "prefill": marked("chat", "Reading the question…"),
}
CORRECTED = marked("chat", "Corrected by you.")
NOTHING_CORRECTED = marked("chat", "Corrected by you: nothing in the picture fits.")
_ENDS = {
    TurnState.STOPPED: marked("chat", "Stopped."),
    TurnState.CUT_OFF: marked("chat", "Cut off."),
}


class TurnCard(QFrame):
    """Lives on the GUI thread.

    Signals:
        pointed(): the pointer or the focus came to the answer.
        chosen(): the card was clicked: show its picture.
        mark_hovered(int): as in `AnswerView`.
        acted(Action): as in `TurnActions`.
    """

    pointed = Signal()
    chosen = Signal()
    mark_hovered = Signal(int)
    acted = Signal(object)

    def __init__(
        self,
        turn: Turn,
        theme: Theme,
        *,
        clips: Clips,
        place: int = 1,
        count: int = 1,
        ears: Ears = Ears.NONE,
    ) -> None:
        super().__init__()
        self.turn = turn
        self.clips = tuple(ClipView(theme, path, clips) for path in turn.clips)
        self._words_heard = tuple(_plain_label("muted") for _ in turn.clips)
        self._ears = ears
        self.answer = AnswerView(theme)
        self.actions_row = TurnActions(theme, place=place, count=count)
        self._editor: AnswerEditor | None = None
        self._last = True
        self._picture = QLabel()
        self._status = _plain_label("muted")
        self._notes = _plain_label("muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(self._question())
        self._frame = QFrame()
        self._frame.setProperty("kind", "answer")
        self._inner = inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(9, 0, 0, 0)
        inner.setSpacing(4)
        for part in (self.answer, self._status, self._notes, self.actions_row):
            inner.addWidget(part)
        layout.addWidget(self._frame)
        self.answer.mark_hovered.connect(self.mark_hovered)
        self.actions_row.acted.connect(self.acted)
        # The words take the mouse for selecting; a click on them is a click on the card, too.
        self.answer.viewport().installEventFilter(self)
        for words in self.findChildren(QLabel):
            words.installEventFilter(self)
        if turn.answer.text:
            self.answer.add_text(turn.answer.text)
            self.answer.set_marks(turn.answer.marks)
            self.answer.flush()
        if turn.state.over:
            self.answer.finish()
        self.refresh()

    def _question(self) -> QHBoxLayout:
        """The bubble at the right, as wide as its words need."""
        bubble = QFrame()
        bubble.setProperty("kind", "question")
        inner = QVBoxLayout(bubble)
        inner.setContentsMargins(13, 9, 13, 10)
        inner.setSpacing(3)
        if self.turn.region is None:
            about = translate("chat", "The picture that the question is about")
        else:
            about = translate("chat", "The region that the question is about")
        self._picture.setAccessibleName(about)
        self._picture.hide()
        inner.addWidget(self._picture)
        if self.turn.task != "chat":
            task = _plain_label("task")
            task.setText(chip_label(self.turn.task))
            inner.addWidget(task)
        for clip, heard in zip(self.clips, self._words_heard, strict=True):
            clip.setMinimumWidth(CLIP_WIDTH)
            inner.addSpacing(3)
            inner.addWidget(clip)
            heard.setAccessibleName(translate("chat", "What was heard"))
            inner.addWidget(heard)
        if self.turn.transcribed:
            written = _plain_label("small")
            written.setText(translate("chat", "Written down from the recording:"))
            inner.addWidget(written)
        row = QHBoxLayout()
        row.addStretch(1)
        wide = False
        if self.turn.words:
            words = _plain_label("")
            words.setText(self.turn.words)
            words.setAccessibleName(translate("chat", "Question"))
            lines = self.turn.words.split("\n")
            wide = max(words.fontMetrics().horizontalAdvance(line) for line in lines) > BUBBLE_WIDTH
            words.setWordWrap(wide)
            inner.addWidget(words)
        row.addWidget(bubble, 5 if wide else 0)
        return row

    def show_picture(self, image: QImage) -> None:
        """Show the picture that the question brought, small, or the region that it is about."""
        region = self.turn.region
        shown = image if region is None else cut_out(image, region, THUMBNAIL)
        self._picture.setPixmap(rounded(shown, THUMBNAIL))
        self._picture.show()

    def refresh(self) -> None:
        """Say how far the answer is."""
        turn = self.turn
        waiting = translate("chat", "Waiting for the engine to be ready…")
        status = ""
        if turn.state is TurnState.WAITING:
            status = waiting
        elif turn.state is TurnState.RUNNING and not turn.answer.text:
            status = translate("chat", _STAGES.get(turn.stage, marked("chat", "Thinking…")))
        self._status.setText(status)
        self._status.setVisible(bool(status))
        self._notes.setText(_notes(turn))
        self._notes.setVisible(bool(self._notes.text()))
        self._notes.setProperty("kind", "error" if turn.state is TurnState.FAILED else "muted")
        self._notes.style().polish(self._notes)
        for clip, heard in zip(self.clips, self._words_heard, strict=True):
            heard.setText(_heard(turn, clip.path))
            heard.setVisible(bool(heard.text()))
        self.answer.setVisible(bool(turn.answer.text) and self._editor is None)
        self.actions_row.show_for(turn, last=self._last, ears=self._ears)
        self.actions_row.setVisible(turn.state.over and self._editor is None)

    def correct(self, editor: AnswerEditor | None) -> None:
        """Show what the answer is corrected with in its place; None: the answer again."""
        if self._editor is not None:
            self._editor.hide()
            self._editor.deleteLater()
        self._editor = editor
        if editor is not None:
            self._inner.insertWidget(0, editor)
            editor.show()  # at once, so that it takes the keys
        self.refresh()

    def set_last(self, last: bool) -> None:
        """Whether nothing follows this turn."""
        self._last = last
        self.refresh()

    def set_ears(self, ears: Ears) -> None:
        """Whether the model can be asked what it hears."""
        if ears is not self._ears:
            self._ears = ears
            self.refresh()

    def set_shown(self, shown: bool) -> None:
        """Mark the card whose boxes are on the picture."""
        self._frame.setProperty("shown", shown)
        self._frame.style().polish(self._frame)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.pointed.emit()
        super().enterEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit()
        super().mousePressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.MouseButtonPress:
            self.chosen.emit()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.answer.setFont(self.font())


def _notes(turn: Turn) -> str:
    """What is to be said of an answer: how it ended, or that it was corrected."""
    if turn.correction is not None:
        return translate("chat", NOTHING_CORRECTED if turn.answer.found_nothing else CORRECTED)
    ended = translate("chat", _ENDS.get(turn.state, ""))
    return " ".join([ended, *turn.notes] if ended else turn.notes)


def _heard(turn: Turn, clip: Path) -> str:
    """What is said below a recording of what was heard in it."""
    words = turn.heard.get(clip)
    if turn.listening:
        return translate("chat", "Listening to it…")
    if words is None:
        return ""
    if not words:
        return translate("chat", "Nothing was heard in it.")
    return translate("chat", "Heard: “{words}”").format(words=words)


def _plain_label(kind: str) -> QLabel:
    """A label that never reads its text as markup."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("kind", kind)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
