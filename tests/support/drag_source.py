"""Another program's window, from which a file can be dragged: `python drag_source.py X Y FILE`."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

TITLE = "Drag source"
SIDE = 100


class DragSource(QLabel):
    """Drags its file as soon as the mouse moves with its button down."""

    def __init__(self, file: str):
        super().__init__("Drag me")
        self._file = file
        self.setWindowTitle(TITLE)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFixedSize(SIDE, SIDE)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self._file)])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


def main() -> int:
    application = QApplication([])
    x, y, file = sys.argv[1:]
    source = DragSource(file)
    source.move(int(x), int(y))
    source.show()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
