"""The window: builds the picture's side and the conversation's side and joins them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMainWindow, QSplitter

from app.canvas.stage import Stage
from app.chat.panel import ChatPanel
from app.chat.recorder import Recorder
from app.engine_bridge import EngineBridge
from app.examples import Example, examples
from app.history.model import ConversationList
from app.history.sidebar import EXPORT_KEY, WIDTH, Sidebar
from app.store.archive import Archive
from app.theme import Theme
from engine.prompt.tasks import TASKS, Task

if TYPE_CHECKING:
    from PySide6.QtGui import (
        QCloseEvent,
        QDragEnterEvent,
        QDragLeaveEvent,
        QDropEvent,
        QPaintEvent,
        QResizeEvent,
    )

# A window of fewer pixels hides the sidebar, unless one asks for it.
NARROW = 1180


class MainWindow(QMainWindow):
    """Lives on the GUI thread. Made in two steps: what is seen at first, and once that was painted,
    in `complete`, all the rest. `bridge` is its engine.

    Signals:
        shown(): the window was painted for the first time.
        completed(): all of it is there.
        closed(): the person closed it.
        models_brought(list[Path]): files or folders of a model came in like pictures.
    """

    shown = Signal()
    completed = Signal()
    closed = Signal()
    models_brought = Signal(object)

    def __init__(
        self,
        theme: Theme,
        bridge: EngineBridge,
        *,
        archive: Archive,
        tasks: Mapping[str, Task] = TASKS,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Sightline")
        self.resize(QSize(1400, 840))
        self.bridge = bridge
        self._theme = theme
        self._archive = archive
        self._tasks = tasks
        self._question = ""
        self._shown_once = False
        self.stage = Stage(theme, examples())
        self._recorder = recorder = Recorder(archive)
        self.chat = ChatPanel(theme, bridge, recorder, tasks=tasks, thumbnail=self.stage.image)
        self.sidebar = Sidebar(theme, ConversationList(archive, self))
        bridge.state_changed.connect(self.chat.show_engine)
        bridge.event_arrived.connect(self.chat.controller.engine_event)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(self.sidebar)
        splitter.addWidget(self.stage)
        splitter.addWidget(self.chat)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.setStretchFactor(1, 1)
        splitter.resize(self.size())
        splitter.setSizes([WIDTH, 1400 - WIDTH - 464, 464])
        self.setCentralWidget(splitter)
        self.chat.composer.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def complete(self) -> None:
        """Make what is not seen at first, and join it all."""
        from app.arrivals import Arrivals
        from app.correcting import Correcting
        from app.export.corrections import CorrectionsExport
        from app.export.exporter import Exporter
        from app.history.history import History
        from app.pointing import Pointing
        from app.spotlight import Spotlight
        from app.voice.incoming import SoundArrivals
        from app.voice.talk import Talk

        stage, chat = self.stage, self.chat
        stage.complete()
        chat.complete()
        self.arrivals = Arrivals(self, self._archive.attachments)
        self.sounds = SoundArrivals(self, self._archive.attachments)
        self.spotlight = Spotlight(stage, chat)
        self.pointing = Pointing(stage, chat)
        self.correcting = Correcting(self._theme, stage, chat, self.spotlight, tasks=self._tasks)
        self.exporter = Exporter(self, stage)
        self.corrections = CorrectionsExport(self, self._archive)
        self.history = History(
            self._archive,
            self._recorder,
            self.sidebar,
            stage=stage,
            chat=chat,
            tasks=self._tasks,
        )
        self.talk = Talk(self, chat.composer, self._theme, self._archive.recordings)
        self._wire()
        self._shortcuts()
        self.setAcceptDrops(True)
        stage.welcome.load_thumbnails()
        self.history.start()
        self.completed.emit()

    def _wire(self) -> None:
        stage, chat = self.stage, self.chat
        self.closed.connect(self.correcting.close)
        self.closed.connect(self.talk.close)
        self.closed.connect(chat.leave)
        self.closed.connect(self.history.close)
        self.bridge.state_changed.connect(self.talk.show_engine)
        self.talk.began.connect(chat.clips.stop)
        self.talk.hearing.connect(chat.hear)
        self.talk.spoken.connect(chat.ask_spoken)
        self.talk.said.connect(lambda sentence, wrong: chat.say(sentence, error=wrong))
        chat.restart.connect(self.bridge.restart)
        chat.composer.pasted.connect(self.arrivals.use)
        self.arrivals.brought.connect(self.bring)
        self.arrivals.refused.connect(chat.say)
        self.sounds.brought.connect(chat.attach)
        self.sounds.refused.connect(chat.say)
        stage.open_clicked.connect(self.arrivals.choose)
        stage.capture_clicked.connect(self.arrivals.capture.start)
        stage.strip.in_use = chat.controller.speaks_of
        stage.example_clicked.connect(self._open_example)
        for exporter in (self.exporter, self.corrections):
            exporter.said.connect(lambda sentence, wrong: chat.say(sentence, error=wrong))
        stage.failed.connect(self._picture_failed)
        stage.strip.failed.connect(chat.say)
        stage.strip.made.connect(chat.transcript.show_picture)
        stage.picture_shown.connect(self._picture_shown)

    def _shortcuts(self) -> None:
        from app.chat.actions import CORRECT_KEY

        for keys, action in (
            (QKeySequence.StandardKey.Paste, self.arrivals.paste),
            (QKeySequence(Qt.Key.Key_Escape), self._escape),
            (QKeySequence(CORRECT_KEY), self.correcting.begin_shown),
            (QKeySequence("Ctrl+L"), self.chat.composer.field.setFocus),
            (QKeySequence("Ctrl+K"), self.history.seek),
            (QKeySequence("Ctrl+B"), self.history.toggle),
            (QKeySequence(EXPORT_KEY), self.history.export),
            (QKeySequence("F6"), self.stage.view.setFocus),
            (QKeySequence("Ctrl+PgDown"), lambda: self.stage.strip.step(1)),
            (QKeySequence("Ctrl+PgUp"), lambda: self.stage.strip.step(-1)),
            (QKeySequence.StandardKey.Quit, self.close),
        ):
            QShortcut(keys, self).activated.connect(action)

    def _escape(self) -> None:
        """Leave the correction that was begun, or stop the answer."""
        if not self.correcting.leave():
            self.chat.controller.stop()

    # Pictures come in

    def open(self, path: Path, *, ask: str = "") -> None:
        """Show a picture; `ask` is a question to send as soon as it is there."""
        self._question = ask
        self.stage.show_picture(path)

    def bring(self, paths: Sequence[Path]) -> bool:
        """Put pictures into the conversation and show the first of them, and recordings into the
        next question; whether there was any of those.

        What of a model is among the paths is told in one signal.
        """
        from app.models.dropped import is_model
        from app.voice.incoming import is_sound

        models = [path for path in paths if is_model(path)]
        others = [path for path in paths if path not in models]
        sounds = [path for path in others if is_sound(path)]
        pictures = [path for path in others if path not in sounds]
        if len(pictures) > 1:
            for path in pictures:
                self.stage.strip.add(path)
        if pictures:
            self.open(pictures[0])
        for path in sounds:
            self.sounds.bring(path)
        if models:
            self.models_brought.emit(models)
        return bool(pictures or sounds)

    def _open_example(self, example: Example, ask: bool) -> None:
        self.open(example.picture, ask=example.prompt if ask else "")

    def _picture_shown(self, path: Path) -> None:
        self.chat.controller.set_picture(path)
        self.chat.picture_there(path)
        question, self._question = self._question, ""
        if question:
            self.chat.suggest(question)

    def _picture_failed(self, sentence: str) -> None:
        self._question = ""
        if self.stage.path != self.chat.controller.picture:
            # An opened conversation is about one that is gone: what is there would mislead.
            self.stage.clear()
        self.chat.say(sentence)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from app.incoming import local_files, may_offer_picture
        from app.models.dropped import is_model

        # An address is taken, too, and answered with a sentence: it is not fetched.
        mime = event.mimeData()
        if may_offer_picture(mime):
            event.acceptProposedAction()
            self.stage.offer_drop(True, model=any(map(is_model, local_files(mime))))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.stage.offer_drop(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.stage.offer_drop(False)
        event.acceptProposedAction()
        self.arrivals.use(event.mimeData())

    # The window's own life

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._shown_once:
            self._shown_once = True
            # Once the children, which are painted after their parent, are on the screen, too.
            QTimer.singleShot(0, self, self._painted)

    def _painted(self) -> None:
        self.shown.emit()
        QTimer.singleShot(0, self, self.complete)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow, was_narrow = event.size().width() < NARROW, 0 < event.oldSize().width() < NARROW
        if narrow != was_narrow:
            self.sidebar.setVisible(not narrow)

    def closeEvent(self, event: QCloseEvent) -> None:
        # The engine may take a moment to end; nobody should have to look at that.
        self.hide()
        self.bridge.close()
        self.closed.emit()
        super().closeEvent(event)
