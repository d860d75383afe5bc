"""The control for the microphone: a list of those that are there, and a try."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from app.settings.schema import Setting
from app.sound.listening import Listening
from app.texts import translate

STEPS = 100  # of the meter


class MicrophoneEditor(QWidget):
    """Shows the microphones each time that it is shown, and how loud the chosen one is on request.

    Signals:
        edited(str | None): the person chose this name; None is the system's own.
    """

    edited = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._value: str | None = None
        self._unset = translate("settings", setting.row.unset)
        self.listening = Listening(self)
        self.names = QComboBox()
        self.names.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.names.setAccessibleName(translate("settings", setting.row.label))
        self.names.setAccessibleDescription(translate("settings", setting.row.help))
        self.attempt = QPushButton(translate("settings", "Try it"))
        self.attempt.setProperty("kind", "outline")
        self.attempt.setAutoDefault(False)
        self.attempt.setCheckable(True)
        self.attempt.setAccessibleName(translate("settings", "Try the microphone"))
        self.meter = QProgressBar()
        self.meter.setRange(0, STEPS)
        self.meter.setTextVisible(False)
        self.meter.setAccessibleName(translate("settings", "How loud it is"))
        self.meter.hide()
        self.sentence = QLabel()
        self.sentence.setProperty("kind", "error")
        self.sentence.setWordWrap(True)
        self.sentence.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.names, 0, 0)
        grid.addWidget(self.attempt, 0, 1)
        grid.addWidget(self.meter, 1, 0, 1, 2)
        grid.addWidget(self.sentence, 2, 0, 1, 2)
        self.setFocusProxy(self.names)
        self._fill(())
        self.names.activated.connect(self._chosen)
        self.attempt.toggled.connect(self._try)
        self.listening.loud.connect(lambda share: self.meter.setValue(round(share * STEPS)))
        self.listening.failed.connect(self._failed)

    def show_value(self, value: str | None) -> None:
        self._value = value
        self._fill([self.names.itemData(n) for n in range(1, self.names.count())])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.listening.find(self._found)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.attempt.setChecked(False)

    def _found(self, found: tuple[str, ...] | str) -> None:
        if isinstance(found, str):
            self._say(found)
        else:
            self._fill(found)

    def _fill(self, names: tuple[str, ...] | list[str]) -> None:
        """The list; a chosen microphone that is not there stays in it."""
        known = list(names)
        if self._value is not None and self._value not in known:
            known.append(self._value)
        self.names.clear()
        self.names.addItem(self._unset, None)
        for name in known:
            self.names.addItem(name, name)
        self.names.setCurrentIndex(0 if self._value is None else 1 + known.index(self._value))

    def _chosen(self, index: int) -> None:
        self._value = self.names.itemData(index)
        if self.attempt.isChecked():  # the one that is tried is the one that is chosen
            self.listening.stop()
            self.listening.start(self._value)
        self.edited.emit(self._value)

    def _try(self, on: bool) -> None:
        self.meter.setValue(0)
        self.meter.setVisible(on)
        if on:
            self._say("")
            self.listening.start(self._value)
        else:
            self.listening.stop()

    def _failed(self, sentence: str) -> None:
        self.attempt.setChecked(False)
        self._say(sentence)

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
