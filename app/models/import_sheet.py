"""What is to be imported: the model's file, and the projector that gives it eyes or ears."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from app.models.dropped import Brought
from app.sheet import Sheet, button, words
from app.texts import translate
from engine.inventory import amount

EM = 60


class ImportSheet(Sheet):
    """Lets the person choose among the files that were brought; lives on the GUI thread.

    Signals:
        chosen(Path, Path | None, str): import this model with this projector, by this name; none
            is the one that its file says.
    """

    chosen = Signal(object, object, str)

    def __init__(self, files: Brought, parent: QWidget) -> None:
        super().__init__(translate("models", "Import a model"), parent, em=EM)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.model, self.projector = QComboBox(), QComboBox()
        for path in files.models:
            self.model.addItem(path.name, path)
        for path in files.projectors:
            self.projector.addItem(path.name, path)
        self.projector.addItem(translate("models", "None: it takes words only"), None)
        for choice in (self.model, self.projector):
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            choice.currentIndexChanged.connect(self._weigh)
        self.name = QLineEdit()
        self.name.setProperty("kind", "path")
        self.name.setPlaceholderText(translate("models", "As its file says"))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(18)
        fields: tuple[tuple[str, QWidget], ...] = (
            (translate("models", "Model"), self.model),
            (translate("models", "Eyes and ears"), self.projector),
            (translate("models", "Name"), self.name),
        )
        for row, (text, control) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(control)
            control.setAccessibleName(text)
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1)
        self._size = words("", "small")
        grid.addWidget(self._size, len(fields), 1)
        self.page.addLayout(grid)
        tip = translate("models", "Check these files and put them among the models (Enter)")
        self.begin = button(translate("models", "Import"), tip)
        self.begin.setProperty("kind", "primary")
        self.begin.setDefault(True)
        self.begin.clicked.connect(self._begin)
        self.buttons.insertWidget(1, self.begin)
        self._weigh()

    def _weigh(self) -> None:
        """Where they are and how much it is, with what is chosen now."""
        files = [file for file in (self.model.currentData(), self.projector.currentData()) if file]
        size = sum(file.stat().st_size for file in files if file.is_file())
        said = translate("models", "{size} from {folder}; the files themselves stay there.")
        self._size.setText(said.format(size=amount(size), folder=files[0].parent))

    def _begin(self) -> None:
        self.close()
        name = self.name.text().strip()
        self.chosen.emit(self.model.currentData(), self.projector.currentData(), name)
