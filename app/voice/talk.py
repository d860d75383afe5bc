"""Push-to-talk: the button, the key and the recording in one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.chat.composer import Composer
from app.engine_state import EngineState, Phase
from app.texts import translate
from app.theme import Theme
from app.voice.recorder import Recorder
from app.voice.space import SpaceKey, application
from app.voice.strip import RecordingStrip

HOLD_MS = 400  # what is shorter is a click, which begins or ends
_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
LONG_S = 300.0  # where any length is taken: a recording that was forgotten ends all the same


class Talk(QObject):
    """Records while the button or Space is held, or between two clicks; lives on the GUI thread.

    What it records goes into `folder`, from the `microphone` of that name (None: the system's own).

    Signals:
        began(): the microphone is about to be opened: whatever makes a noise ends.
        hearing(Path, bool): somebody speaks, and this WAV grows; again whenever there is more of
            it, and when nobody speaks just now (True), so that it may be all.
        spoken(Clip): that was said.
        said(str, bool): a sentence for the person, and whether something went wrong.
    """

    began = Signal()
    hearing = Signal(object, bool)
    spoken = Signal(object)
    said = Signal(str, bool)

    def __init__(self, window: QWidget, composer: Composer, theme: Theme, folder: Path) -> None:
        super().__init__(window)
        self.microphone: str | None = None
        self.recorder = Recorder(self)
        self.strip = RecordingStrip(theme)
        self.hold = QTimer(self, singleShot=True, interval=HOLD_MS)
        self._window = window
        self._folder = folder
        self._button = composer.talk
        self._down = False
        self._open = False
        self._warm = False
        self._growing: Path | None = None
        composer.add_above_words(self.strip)
        self.key = SpaceKey(window)
        for source in (self._button, self.key):
            source.went_down.connect(self.press)
            source.came_up.connect(self.let_go)
        self.key.lost.connect(self._lose)
        self._button.clicked.connect(self.toggle)
        self.strip.discarded.connect(self.leave)
        self._listen(self.recorder)
        self.recorder.tidy(folder)

    def _listen(self, recorder: Recorder) -> None:
        recorder.opened.connect(self._opened)
        recorder.level.connect(self.strip.meter.show_level)
        recorder.elapsed.connect(lambda s: self.strip.show_time(s, recorder.limit_s))
        recorder.began.connect(self._began)
        recorder.grew.connect(lambda: self.hearing.emit(self._growing, False))
        recorder.paused.connect(lambda: self.hearing.emit(self._growing, True))
        recorder.ended.connect(self._ended)
        recorder.recorded.connect(self.spoken)
        for told in (recorder.empty, recorder.failed):
            told.connect(lambda sentence: self.said.emit(sentence, True))

    def press(self) -> None:
        """The button or the key went down: begin, or end what goes on without being held."""
        if self.recorder.recording:
            self.recorder.stop()
        else:
            self._down = True
            self.hold.start()
            self._begin()

    def let_go(self) -> None:
        """It came up: after a hold that is the end; a click goes on until the next one."""
        if not self._down:
            return
        self._down = False
        if self.hold.isActive():
            self.hold.stop()
            self._explain()
        else:
            self.recorder.stop()

    def toggle(self) -> None:
        """Begin or end, with nothing held."""
        if self.recorder.recording:
            self.recorder.stop()
        else:
            self._begin()

    def leave(self) -> bool:
        """Discard what is recorded; whether anything was."""
        recording = self.recorder.recording
        if recording:
            self.recorder.discard()
            self.said.emit(translate("voice", "The recording was discarded."), False)
        return recording

    def show_engine(self, state: EngineState) -> None:
        """The model is known: it tells how long a recording may be. With the processor free again,
        what the first recording needs is loaded."""
        if state.phase is not Phase.LOADING and not self._warm:
            self._warm = True
            self.recorder.warm_up()
        if (info := state.info) is not None:
            self.recorder.limit_s = info.longest_s or LONG_S

    def close(self) -> None:
        """The window closes."""
        self.recorder.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While something is recorded, Escape in the window is for that and for nothing else."""
        kind = event.type()
        if kind is QEvent.Type.WindowDeactivate and watched is self._window:
            self._lose()
        elif kind in _KEYS and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if not self._window.isActiveWindow():
                return False
            event.accept()
            return kind is QEvent.Type.ShortcutOverride or self.leave()
        return False

    def _lose(self) -> None:
        """What was held is no longer seen: keep what was said until now."""
        if self._down:
            self.recorder.stop()

    def _begin(self) -> None:
        self._open = False
        self._growing = None
        self.began.emit()
        self.said.emit("", False)
        application().installEventFilter(self)
        self.strip.begin(self.recorder.limit_s)
        self._button.show_recording(recording=True)
        self.recorder.start(self.microphone, self._folder)

    def _opened(self) -> None:
        self._open = True
        self._explain()

    def _began(self, path: Path) -> None:
        self._growing = path
        self._explain()
        self.hearing.emit(path, False)

    def _ended(self) -> None:
        self._down = False
        self.hold.stop()
        application().removeEventFilter(self)
        self.strip.hide()
        self._button.show_recording(recording=False)

    def _explain(self) -> None:
        if self._open:
            self.strip.explain(speaking=self._growing is not None, held=self._down)
