"""The conversation's column: header, transcript, failure bar and composer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.actions import Action, Ears
from app.chat.composer import Composer
from app.chat.controller import ChatController
from app.chat.conversation import Turn
from app.chat.opening import Opening
from app.chat.revising import Revising
from app.chat.seams import Engine, Journal
from app.chat.speaking import Speaking
from app.chat.status import EngineStatus, FailureBar
from app.chat.transcript import Transcript
from app.engine_state import EngineState, Phase
from app.icons import icon
from app.texts import marked, translate
from app.theme import Theme
from app.voice.clip import Clip
from app.voice.clips import Clips
from app.wording import typed_tasks
from engine.errors import InputError
from engine.prompt.tasks import Task

MIN_WIDTH = 360
_HINTS = {
    Phase.LOADING: marked(
        "chat", "The model is loading; a question sent now waits until it is ready."
    ),
    Phase.FAILED: marked("chat", "The engine is not running; restart it to get an answer."),
}


class ChatPanel(QWidget):
    """Shows a conversation and takes its questions; lives on the GUI thread. The controller's
    listener.

    Signals:
        turn_opened(Turn): a question was sent.
        box_found(Turn): the open answer has one more box.
        changing(Turn): this question is in the composer to be changed.
        correcting(Turn): this answer is to be corrected.
        corrected(Turn): this answer is another one now.
        replaced(): other turns are shown than before.
        restart(): the person wants a new engine.
    """

    box_found = Signal(object)
    turn_opened = Signal(object)
    changing = Signal(object)
    correcting = Signal(object)
    corrected = Signal(object)
    replaced = Signal()
    restart = Signal()

    def __init__(
        self,
        theme: Theme,
        engine: Engine,
        journal: Journal,
        *,
        tasks: Mapping[str, Task],
        thumbnail: Callable[[Path], QImage | None],
    ) -> None:
        super().__init__()
        self.setObjectName("chat")
        self._theme = theme
        self._journal = journal
        self._tasks = tasks
        self._thumbnail = thumbnail
        self._state = EngineState(Phase.LOADING)
        self._said, self._wrong = "", False
        self.controller = ChatController(engine, self, journal, tasks)
        self.status = EngineStatus(theme)
        self.clips = Clips(self)
        self.transcript = Transcript(
            theme, thumbnail=thumbnail, places=self.controller.place_of, clips=self.clips
        )
        self.failure = FailureBar()
        self.composer = Composer(theme, tasks, self.clips)
        self.opening = Opening()
        self._speaking = Speaking(self.controller, self.composer, self.say)
        self._revising = Revising(self.controller, self.composer, self._speaking, tasks)
        self.new = QToolButton()
        self._build()
        self.composer.asked.connect(self._ask)
        self.transcript.acted.connect(self._act)
        self.opening.suggested.connect(self.suggest)
        self.composer.stopped.connect(self.controller.stop)
        self.composer.clips.removed.connect(journal.dropped)
        self.composer.field.textChanged.connect(lambda: self.say(""))
        self.failure.restart.connect(self.restart)
        self.new.clicked.connect(self.controller.clear)
        theme.changed.connect(self._recolour)
        self._recolour()
        self._refresh()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        header = QWidget()
        header.setObjectName("header")
        header.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._header = row = QHBoxLayout(header)
        row.setContentsMargins(18, 10, 12, 10)
        title = QLabel("Sightline")
        title.setProperty("kind", "title")
        self.new.setProperty("kind", "icon")
        self.new.setAccessibleName(translate("chat", "New conversation"))
        self.new.setToolTip(translate("chat", "New conversation (Ctrl+N)"))
        self.new.setShortcut("Ctrl+N")
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.status)
        row.addSpacing(4)
        row.addWidget(self.new)
        layout.addWidget(header)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.opening)
        self._pages.addWidget(self.transcript)
        layout.addWidget(self._pages, 1)
        self._notes = QVBoxLayout()
        self._notes.setContentsMargins(16, 0, 16, 4)
        self._notes.addWidget(self.failure)
        layout.addLayout(self._notes)
        layout.addWidget(self.composer)

    def complete(self) -> None:
        """Make what is not seen at first, and load what the first question would wait for."""
        self.composer.complete()
        import_module("app.chat.card")

    def minimumSizeHint(self) -> QSize:
        """Wide enough to read, and for every word at the size of text in force."""
        return super().minimumSizeHint().expandedTo(QSize(MIN_WIDTH, 0))

    def add_to_header(self, control: QWidget) -> None:
        """Put another control at the end of the header."""
        self._header.addWidget(control)

    def add_above_composer(self, card: QWidget) -> None:
        """Put a card between the conversation and the composer."""
        self._notes.addWidget(card)

    def suggest(self, written: str) -> None:
        """Write a question into the composer; send it where nothing is left to fill in."""
        self.composer.write(written)
        if not written.endswith(" "):
            self.composer.submit()

    def picture_there(self, path: Path) -> None:
        """This picture can be asked about."""
        self.opening.set_picture(there=True)
        self.transcript.show_picture(path, self._thumbnail(path))
        self.say("")

    # What was said

    def hear(self, growing: Path, paused: bool) -> None:
        """Something is being said, and its recording grows: the engine may listen already.

        It is `paused` while nobody speaks.
        """
        self.clips.stop()
        if self._revising.changing is None:
            self.controller.hear(growing, self.composer.clips.paths, paused=paused)

    def ask_spoken(self, clip: Clip) -> None:
        """Ask what was said, with what is in the composer besides."""
        self.clips.stop()
        self.composer.clips.add(self._journal.kept(clip.path))
        self.composer.submit()

    def attach(self, clip: Clip) -> None:
        """A recording that came as a file goes with the next question."""
        self.composer.clips.add(clip.path)
        self.composer.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """The window closes: what was said and not sent is of no use any more."""
        self.clips.stop()
        for path in self.composer.clips.paths:
            self._journal.dropped(path)

    # From the engine

    def show_engine(self, state: EngineState) -> None:
        """The engine's state changed."""
        if state.info is not None:
            self.composer.set_tasks(typed_tasks(self._tasks, state.info.tasks))
        self._state = state
        self.failure.show_state(state)
        self.controller.engine_changed(state)
        self._speaking.engine_changed()
        self._refresh()

    # Controller's listener

    def turn_added(self, turn: Turn) -> None:
        self._show_turns()
        self.transcript.follow()
        self.composer.clear()
        self.say("")
        self._refresh()
        self.turn_opened.emit(turn)

    def text_added(self, turn: Turn, text: str) -> None:
        card = self.transcript.card(turn)
        if card.answer.isHidden():
            card.refresh()
        card.answer.add_text(text)

    def box_added(self, turn: Turn) -> None:
        self.transcript.card(turn).answer.set_marks(turn.answer.marks)
        self.box_found.emit(turn)

    def turn_changed(self, turn: Turn) -> None:
        card = self.transcript.card(turn)
        if turn.state.over:
            card.answer.finish()
        card.refresh()
        self._refresh()

    def turn_corrected(self, turn: Turn) -> None:
        self.transcript.renew(turn)
        self.corrected.emit(turn)

    def turn_heard(self, turn: Turn, error: str = "") -> None:
        if self.transcript.holds(turn):
            self.transcript.card(turn).refresh()
        if error:
            self.say(error)

    def turns_replaced(self) -> None:
        self.clips.stop()
        self._revising.forget()
        self._show_turns()
        self.opening.set_picture(there=self.controller.picture is not None)
        self._refresh()
        self.replaced.emit()

    def _show_turns(self) -> None:
        turns = self.controller.turns
        self.transcript.show_turns(turns)
        self._pages.setCurrentWidget(self.transcript if turns else self.opening)

    def _ask(self, task: str, words: str) -> None:
        self.say("")
        try:
            if self._speaking.ready():
                self._revising.ask(task, words, self.composer.region.box)
            self._explain()
        except InputError as error:
            self.say(str(error))

    def _act(self, turn: Turn, action: Action) -> None:
        try:
            self._revising.act(turn, action)
        except InputError as error:
            self.say(str(error))
        else:
            if self._revising.changing is turn:
                self.changing.emit(turn)
            elif action is Action.CORRECT:
                self.correcting.emit(turn)
            self._explain()

    def say(self, sentence: str, *, error: bool = True) -> None:
        """One sentence below the field, until something is done; an error unless said otherwise."""
        self._said, self._wrong = sentence, error and bool(sentence)
        self._explain()

    def _refresh(self) -> None:
        turn = self.controller.open_turn
        self.status.show_state(self._state, answering=turn is not None)
        self.composer.set_busy(turn is not None)
        free = turn is None and self.controller.ready
        ears = Ears.FREE if free else Ears.BUSY
        self.transcript.set_ears(ears if self.controller.hears else Ears.NONE)
        turns = self.controller.turns
        used = next((told.tokens for told in reversed(turns) if told.tokens), 0)
        info = self._state.info
        self.composer.set_context(used, info.context if info else 0)
        self.new.setEnabled(bool(self.controller.turns))
        self._explain()

    def _explain(self) -> None:
        """What went wrong last, or why a question would not be answered at once."""
        hint = translate("chat", _HINTS.get(self._state.phase, ""))
        hint = self._said or self._speaking.hint or self._revising.hint or hint
        self.composer.set_hint(hint, error=self._wrong)

    def _recolour(self) -> None:
        colours = self._theme.palette
        self.new.setIcon(icon("new", colours.text, disabled=colours.strong_border))
