"""Where a question is written: task chips, the words, and the button that sends or stops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.chat.clip_chips import ClipChips
from app.chat.flow import FlowLayout
from app.chat.region_chip import RegionChip
from app.icons import icon
from app.texts import marked, translate
from app.theme import Theme
from app.voice.button import TalkButton
from app.wording import chip_label, chip_tip, task_hint, typed_tasks
from engine.grounding.geometry import Box
from engine.prompt.tasks import Task, typed_task

if TYPE_CHECKING:
    from app.voice.clips import Clips

MAX_LINES = 7
_FILLED = marked("chat", "{used} of {limit} tokens", "", 2)


class Composer(QWidget):
    """Lives on the GUI thread. The words in the field are the only truth: a tag in front of them is
    the task, a chip writes that tag and mirrors it. A region without any words asks what it is.
    What was said is in `clips`.

    Signals:
        asked(str, str): the task's id and the words without the tag.
        stopped(): the person wants no more of the answer.
        pasted(QMimeData): a picture was pasted into the field.
    """

    asked = Signal(str, str)
    stopped = Signal()
    pasted = Signal(QMimeData)

    def __init__(self, theme: Theme, tasks: Mapping[str, Task], clips: Clips) -> None:
        super().__init__()
        self.setObjectName("composer")
        self.clips = ClipChips(theme, clips)
        self._tasks = tasks
        self._theme = theme
        self._busy = False
        self._chips: dict[str, QPushButton] = {}
        self._group = QButtonGroup(self)
        self._build()
        self.field.textChanged.connect(self._words_changed)
        self.field.submitted.connect(self._enter)
        self.field.pasted.connect(self.pasted)
        self.send.clicked.connect(self._pressed)
        self.clips.changed.connect(self._words_changed)
        self.clips.removed.connect(self._type)
        theme.changed.connect(self._recolour)
        self.set_tasks(typed_tasks(tasks))
        self.set_hint("")
        self._recolour()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 14)
        layout.setSpacing(8)
        chips = QWidget()
        chips.setAccessibleName(translate("chat", "Tasks"))
        self._flow = FlowLayout(chips)
        layout.addWidget(chips)
        self.region = RegionChip(self._theme)
        layout.addWidget(self.region, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.clips)
        box = QFrame()
        box.setObjectName("field")
        self.field = WordsField(box)
        self.send = QToolButton()
        self.send.setObjectName("send")
        self.send.setFixedSize(32, 32)
        self.send.setIconSize(QSize(18, 18))
        self.talk = TalkButton(self._theme)
        self._inside = QVBoxLayout(box)
        self._inside.setContentsMargins(12, 7, 7, 7)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.talk, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.send, 0, Qt.AlignmentFlag.AlignBottom)
        self._inside.addLayout(row)
        layout.addWidget(box)
        self.hint = QLabel()
        self.hint.setProperty("kind", "small")
        self.hint.setWordWrap(True)
        self.context = QLabel()
        self.context.setProperty("kind", "small")
        self.context.setToolTip(
            translate("chat", "How much this conversation fills of what the model can keep in mind")
        )
        self.context.hide()
        layout.addWidget(self.hint)
        layout.addWidget(self.context, 0, Qt.AlignmentFlag.AlignRight)

    def complete(self) -> None:
        """Make the help with tags, without which the window is painted sooner."""
        from app.chat.tags import TagColour, TagCompletion

        self.completion = TagCompletion(
            self.field, self.write, lambda: [self._tasks[name] for name in self._chips]
        )
        self.field.choosing = self.completion.popup.isVisible
        tags = TagColour(self.field.document(), self._theme, self._tasks)
        self._theme.changed.connect(tags.rehighlight)

    def add_above_words(self, part: QWidget) -> None:
        """Put something into the frame of the words, above them."""
        self._inside.insertWidget(0, part)

    def set_tasks(self, tasks: Sequence[Task]) -> None:
        """Offer a chip for each of these tasks, in this order."""
        for chip in self._chips.values():
            self._group.removeButton(chip)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = {}
        for task in tasks:
            chip = QPushButton(chip_label(task.id))
            chip.setProperty("kind", "chip")
            chip.setCheckable(True)
            chip.setToolTip(chip_tip(task))
            chip.setAccessibleDescription(task_hint(task))
            chip.clicked.connect(lambda _=False, task=task: self._choose(task))
            self._group.addButton(chip)
            self._flow.addWidget(chip)
            self._chips[task.id] = chip
        self._words_changed()

    def _choose(self, task: Task) -> None:
        """Write a task's tag in front of the words (none for a chat) and go on typing."""
        _, words = typed_task(self.field.toPlainText(), self._tasks)
        self.write(f"{task.tag} {words}" if task.tag else words)

    def write(self, text: str) -> None:
        """Put words into the field as if typed; undo takes them out again."""
        cursor = self.field.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        self.field.setTextCursor(cursor)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def task(self) -> str:
        """The task that would be asked for now."""
        task, words = typed_task(self.field.toPlainText(), self._tasks)
        if task is not None:
            return task.id
        alone = self.region.box is not None and not words and not self.clips.paths
        return self._region_task if alone else "chat"

    @property
    def words(self) -> str:
        """What is written, without the tag."""
        return typed_task(self.field.toPlainText(), self._tasks)[1]

    def write_before(self, words: str) -> None:
        """Put words in front of what is typed, behind the tag."""
        task, typed = typed_task(self.field.toPlainText(), self._tasks)
        self.write(" ".join(filter(None, [task.tag if task else "", words, typed])))

    @property
    def _region_task(self) -> str:
        """What is asked of a region alone: the first task on offer that is about one."""
        about = (name for name in self._chips if self._tasks[name].takes == "region")
        return next(about, "chat")

    def show_region(self, box: Box | None, picture: QImage | None) -> None:
        """The next question is about this region of a picture, or about none."""
        self.region.show_region(box, picture)
        self._words_changed()

    def set_busy(self, busy: bool) -> None:
        """While a question is open the button stops it; typing goes on."""
        self._busy = busy
        self._recolour()

    def set_hint(self, hint: str, *, error: bool = False) -> None:
        """The line below the field: why nothing is sent yet, or what the keys do."""
        keys = translate("chat", "Enter sends, Shift+Enter begins a new line.")
        self.hint.setText(hint or keys)
        kind = "error" if error else "small"
        if kind != self.hint.property("kind"):
            self.hint.setProperty("kind", kind)
            self.hint.style().polish(self.hint)

    def set_context(self, used: int, limit: int) -> None:
        """How many tokens of the model's context are filled; nothing where it is not known."""
        known = used > 0 and limit > 0
        filled = translate("chat", _FILLED, "", limit)
        self.context.setText(filled.format(used=f"{used:,}", limit=f"{limit:,}") if known else "")
        self.context.setVisible(known)

    def type_on(self, text: str) -> None:
        """Go on typing here with what was typed elsewhere."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.insertPlainText(text)

    def clear(self) -> None:
        self.field.clear()
        self.clips.show_only(())

    def submit(self) -> None:
        """Send what is there."""
        self.asked.emit(self.task, self.words)

    def _enter(self) -> None:
        """Send, once what is being recorded is there as well."""
        if self.talk.isChecked():
            self.talk.click()
        else:
            self.submit()

    def _pressed(self) -> None:
        if self._busy:
            self.stopped.emit()
        else:
            self._enter()

    def _words_changed(self) -> None:
        task = self.task
        self._group.setExclusive(task in self._chips)
        for name, chip in self._chips.items():
            chip.setChecked(name == task)
        hint = task_hint(self._tasks[task])
        if self.clips.paths:
            hint = translate("chat", "Enter sends what was said; words can be added.")
        elif self.region.box is not None:
            hint = translate("chat", "Enter asks what it is.")
        self.field.setPlaceholderText(hint)

    def _type(self) -> None:
        """What had the focus is gone: one goes on typing."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _recolour(self) -> None:
        colours = self._theme.palette
        if self._busy:
            name, tip = translate("chat", "Stop"), translate("chat", "Stop the answer (Esc)")
        else:
            name, tip = translate("chat", "Send"), translate("chat", "Send (Enter)")
        self.send.setIcon(icon("stop" if self._busy else "send", colours.on_accent))
        self.send.setToolTip(tip)
        self.send.setAccessibleName(name)


def _offers_picture(source: QMimeData) -> bool:
    # Loaded with the first paste: the window is painted sooner without it.
    from app.incoming import offers_picture

    return offers_picture(source)


class WordsField(QPlainTextEdit):
    """A text field that grows with its words, up to seven lines. `choosing` tells whether Enter is
    for a list that is open over it.

    Signals:
        submitted(): Enter was pressed.
        pasted(QMimeData): a picture was pasted.
    """

    submitted = Signal()
    pasted = Signal(QMimeData)

    def __init__(self, frame: QFrame) -> None:
        super().__init__(frame)
        self._frame = frame
        # The window opens with the focus here: nothing has to be styled twice for it.
        frame.setProperty("focused", True)
        self.choosing: Callable[[], bool] = lambda: False
        self.setAccessibleName(translate("chat", "Your question"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.document().setDocumentMargin(3)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.installEventFilter(self)
        self._grow()

    def _grow(self) -> None:
        lines = max(1, min(int(self.document().size().height()), MAX_LINES))
        margin = 2 * self.document().documentMargin()
        self.setFixedHeight(int(lines * self.fontMetrics().lineSpacing() + margin) + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if self.choosing() and enter:
            event.ignore()  # It is for the list of tags.
        elif enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.submitted.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802
        return _offers_picture(source) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:  # noqa: N802
        if _offers_picture(source):
            self.pasted.emit(source)
        else:
            super().insertFromMimeData(source)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._show_focus(event.type() is QEvent.Type.FocusIn)
        return super().eventFilter(watched, event)

    def _show_focus(self, focused: bool) -> None:
        if focused != self._frame.property("focused"):
            self._frame.setProperty("focused", focused)
            self._frame.style().polish(self._frame)
