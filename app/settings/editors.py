"""A control for each kind of setting: shows its value and tells when the person changed it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from app.settings.microphone import MicrophoneEditor
from app.settings.schema import Setting
from app.texts import translate

# The height of a number's field, in lines of its font.
LINE = 1.75


class ChoiceEditor(QComboBox):
    """A list of the choices.

    Signals:
        edited(str): the person chose this value.
    """

    edited = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for value, label in setting.row.choices.items():
            self.addItem(translate("settings", label), value)
        self.activated.connect(lambda index: self.edited.emit(self.itemData(index)))

    def show_value(self, value: str) -> None:
        self.setCurrentIndex(self.findData(value))

    def wheelEvent(self, event: QWheelEvent) -> None:
        # The wheel moves the page; a value that it passes is not changed unseen.
        event.ignore()


class NumberEditor(QDoubleSpinBox):
    """A number between two limits; where it may be unset, one step below the lower limit is that.

    Signals:
        edited(int | float | None): the person entered this value.
    """

    edited = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        row = setting.row
        self._kind = setting.kind
        self._low = row.low
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setDecimals(0 if setting.kind is int else 2)
        self.setRange(row.low - row.step if row.unset else row.low, row.high)
        self.setSingleStep(row.step)
        self.setSpecialValueText(translate("settings", row.unset))
        self.setSuffix(row.unit)
        # A number is taken when it is whole, not digit by digit.
        self.setKeyboardTracking(False)
        self.valueChanged.connect(self._tell)

    def show_value(self, value: float | None) -> None:
        before = self.blockSignals(True)
        self.setValue(self.minimum() if value is None else value)
        self.blockSignals(before)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def sizeHint(self) -> QSize:
        """Also words of a script that is taller than the font's own have room in it."""
        return super().sizeHint().expandedTo(QSize(0, round(LINE * self.fontMetrics().height())))

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(QSize(0, self.sizeHint().height()))

    def _tell(self, value: float) -> None:
        if value < self._low:
            self.edited.emit(None)
        else:
            self.edited.emit(int(value) if self._kind is int else value)


class FolderEditor(QWidget):
    """A folder's path, typed or chosen; empty is unset.

    Signals:
        edited(str | None): the person entered this path.
    """

    edited = Signal(object)

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self._label = translate("settings", setting.row.label)
        self.field = QLineEdit()
        self.field.setProperty("kind", "path")
        self.field.setPlaceholderText(translate("settings", setting.row.unset))
        self.field.setMinimumWidth(self.field.fontMetrics().horizontalAdvance("m" * 16))
        self.field.setAccessibleName(self._label)
        self.field.setAccessibleDescription(translate("settings", setting.row.help))
        self.choose = QPushButton(translate("settings", "Choose…"))
        self.choose.setProperty("kind", "outline")
        self.choose.setAutoDefault(False)
        named = translate("settings", "Choose: {setting}").format(setting=self._label)
        self.choose.setAccessibleName(named)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field, 1)
        row.addWidget(self.choose)
        self.setFocusProxy(self.field)
        self.field.editingFinished.connect(self._tell)
        self.choose.clicked.connect(self._ask)

    def show_value(self, value: Path | None) -> None:
        self.field.setText("" if value is None else str(value))

    def _ask(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self._label, self.field.text())
        if folder:
            self.field.setText(folder)
            self._tell()

    def _tell(self) -> None:
        self.edited.emit(self.field.text().strip() or None)


Editor = ChoiceEditor | NumberEditor | FolderEditor | MicrophoneEditor


def editor_for(setting: Setting) -> Editor:
    """The control that suits the setting's kind, named for who can't see it."""
    made: Editor
    if setting.row.choices:
        made = ChoiceEditor(setting)
    elif setting.kind is Path:
        made = FolderEditor(setting)
    elif setting.kind is str:
        made = MicrophoneEditor(setting)
    else:
        made = NumberEditor(setting)
    made.setAccessibleName(translate("settings", setting.row.label))
    made.setAccessibleDescription(meaning(setting))
    return made


def meaning(setting: Setting) -> str:
    """What a setting does, and when a change of it is effective."""
    row = setting.row
    return translate("settings", "{help} {effect}").format(
        help=translate("settings", row.help), effect=translate("settings", row.effect.value)
    )
