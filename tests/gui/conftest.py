"""What the window's tests share: one theme, a picture, and a window driven as a person does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QLocale, QMimeData, QPoint, QPointF, QSize, Qt, QTimer, QTranslator, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from app import texts
from app.canvas.view import PictureView
from app.chat.answer_view import AnswerView
from app.chat.card import TurnCard
from app.chat.controller import ChatController
from app.chat.conversation import Turn
from app.engine_bridge import EngineBridge
from app.engine_state import Phase
from app.export.corrections import TEXT as CORRECTIONS_TEXT
from app.language import speak
from app.log.logfile import LogFile
from app.main_window import MainWindow
from app.program_menu import ProgramMenu
from app.pyramid import Pyramid
from app.settings.store import SettingsStore
from app.store.archive import Archive
from app.texts import translate
from app.theme import Theme
from engine.prompt.tasks import TASKS
from tests.support.fake_portaudio import FakePortAudio
from tests.support.pointer import hover
from tests.support.recording import READY, RecordingEngine, RecordingJournal, RecordingListener
from tests.support.scripted_host import COMMAND

WAIT_MS = 30_000


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture(autouse=True)
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    """Whatever sound card this machine has is left alone."""
    fake = FakePortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    """What is made from here on speaks Chinese."""
    with in_language(qapp, "zh_CN"):
        yield


@contextmanager
def in_language(application: QApplication, language: str) -> Iterator[None]:
    font = application.font()
    speak(application, language)
    yield
    application.setFont(font)
    for translator in application.findChildren(QTranslator):
        application.removeTranslator(translator)
        translator.deleteLater()
    texts.look_up = texts.as_written
    QLocale.setDefault(QLocale.system())


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A landscape picture, 320 x 200, red on the left and blue on the right."""
    return make_picture(tmp_path / "halves.png")


def make_picture(path: Path) -> Path:
    image = Image.new("RGB", (320, 200), "red")
    image.paste("blue", (160, 0, 320, 200))
    image.save(path)
    return path


@dataclass(frozen=True, slots=True)
class Person:
    """Mouse and keys on a window, and eyes that wait for what should be seen."""

    window: MainWindow
    bridge: EngineBridge
    qtbot: QtBot
    patience_ms: int = WAIT_MS

    def drop(self, mime: QMimeData) -> None:
        """Drag something over the window and let it go."""
        keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier(0))
        QApplication.sendEvent(self.window, QDragEnterEvent(QPoint(200, 200), *keys))
        QApplication.sendEvent(self.window, QDropEvent(QPointF(200, 200), *keys))

    def drop_file(self, path: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        self.drop(mime)

    def bring(self, path: Path) -> None:
        """Drop a picture and wait until it is shown."""
        with self.qtbot.waitSignal(self.window.stage.picture_shown, timeout=self.patience_ms):
            self.drop_file(path)

    def type(self, words: str) -> None:
        QTest.keyClicks(self.window.chat.composer.field, words)

    def ask(self, words: str) -> Turn:
        """Type a question and send it."""
        self.type(words)
        QTest.keyClick(self.window.chat.composer.field, Qt.Key.Key_Return)
        return self.window.chat.controller.turns[-1]

    def ask_in_vain(self, words: str) -> None:
        """Type what can't be sent, and press Enter."""
        self.window.chat.composer.field.clear()
        self.type(words)
        QTest.keyClick(self.window.chat.composer.field, Qt.Key.Key_Return)

    def begin_anew(self) -> None:
        """Begin a new conversation by its key."""
        QTest.keyClick(self.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.waitUntil(lambda: self.window.chat.controller.turns == [])

    def read(self, turn: Turn) -> str:
        """Wait for the whole answer; gives the text that is shown."""
        self.qtbot.waitUntil(lambda: turn.state.over, timeout=self.patience_ms)
        return self.card(turn).answer.toPlainText()

    def card(self, turn: Turn) -> TurnCard:
        return self.window.chat.transcript.card(turn)

    def wait_ready(self) -> None:
        self.qtbot.waitUntil(
            lambda: self.bridge.state.phase is Phase.READY, timeout=self.patience_ms
        )

    def point_at(self, turn: Turn, mark: int) -> None:
        """Move the pointer onto a phrase of an answer, and after it while the layout settles."""
        answer = self.card(turn).answer
        answer.flush()

        def reached() -> bool:
            QApplication.processEvents()
            hover(answer.viewport(), answer.mark_rect(mark).center().toPoint())
            return answer.lit == mark

        self.qtbot.waitUntil(reached, timeout=self.patience_ms)

    def point_at_picture(self, x: float, y: float) -> None:
        """Move the pointer onto a point of the picture, given in 0..1."""
        view = self.window.stage.view
        size = view.picture_size
        place = view.mapFromScene(QPointF(size.width() * x, size.height() * y))
        hover(view.viewport(), place)


def add_menu(window: Person, theme: Theme, store: SettingsStore) -> LogFile:
    """Give the window the program's menu, as the program does; its log is beside the settings."""
    log = LogFile(store.path.parent / "sightline.log")
    window.bridge.state_changed.connect(log.note_engine)
    menu = ProgramMenu(window.window, theme, store=store, bridge=window.bridge, log=log)
    menu.offer(translate("export", CORRECTIONS_TEXT), window.window.corrections.ask)
    window.window.chat.add_to_header(menu)
    return log


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Person]:
    """A window on the screen; its scripted engine process has just been started."""
    yield from open_window(qtbot, theme, tmp_path, COMMAND)


@pytest.fixture
def broken_window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Person]:
    """A window whose engine can't load its model."""
    yield from open_window(qtbot, theme, tmp_path, [*COMMAND, "--fail", "The model is truncated."])


def open_window(
    qtbot: QtBot, theme: Theme, folder: Path, command: list[str], *, patience_ms: int = WAIT_MS
) -> Iterator[Person]:
    """A window with an engine process of that command, closed again at the end."""
    bridge = EngineBridge(command)
    window = MainWindow(theme, bridge, archive=Archive(folder / "data"))
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.completed, timeout=patience_ms):
        window.show()
    bridge.start()
    yield Person(window, bridge, qtbot, patience_ms)
    window.close()


Start = Callable[[], Person]


@pytest.fixture
def start(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Start]:
    """Starts the program (again), as a person does; what was started before stays as it is."""
    with ExitStack() as stack:

        def begin() -> Person:
            opening = contextmanager(open_window)(qtbot, theme, tmp_path, COMMAND)
            person = stack.enter_context(opening)
            person.window.history.resume()
            return person

        yield begin


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> PictureView:
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(QSize(856, 656))
    view.show()
    qtbot.waitExposed(view)
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("gray"))
    view.show_picture(Pyramid.of(image))
    return view


@pytest.fixture
def answer(qtbot: QtBot, theme: Theme) -> AnswerView:
    view = AnswerView(theme)
    qtbot.addWidget(view)
    view.resize(420, 40)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def engine() -> RecordingEngine:
    return RecordingEngine()


@pytest.fixture
def listener() -> RecordingListener:
    return RecordingListener()


@pytest.fixture
def journal() -> RecordingJournal:
    return RecordingJournal()


@pytest.fixture
def chat(
    engine: RecordingEngine, listener: RecordingListener, journal: RecordingJournal
) -> ChatController:
    controller = ChatController(engine, listener, journal, TASKS)
    controller.engine_changed(READY)
    return controller


def in_the_dialog_that_comes(path: Path) -> None:
    """Type a file's name into the file dialog that opens next, and confirm it."""
    dialog = QApplication.activeModalWidget()
    name = dialog.findChild(QLineEdit, "fileNameEdit") if dialog is not None else None
    if not isinstance(dialog, QFileDialog) or name is None or not name.isVisible():
        QTimer.singleShot(20, lambda: in_the_dialog_that_comes(path))
        return
    name.setText(str(path))
    QTest.keyClick(name, Qt.Key.Key_Return)
