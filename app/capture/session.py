"""From the wish for a picture of the screen to the pixels that were chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QSizeF, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QWidget

from app.capture.overlay import Overlay
from app.shown import rect_of
from app.texts import marked, translate
from engine.grounding.geometry import Box

# A desktop with effects takes so long to fade a window away.
FADE_MS = 300
NO_LEAVE = marked(
    "capture",
    "This desktop gives no picture of its screen to programs; "
    "use its own screenshot key and paste the picture here.",
)


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen's picture and the screen's place on the desktop, in logical pixels."""

    pixels: QPixmap
    place: QRect


def grab_screens() -> list[Shot]:
    """The pictures of all screens; those that may not be had are left out."""
    shots = [Shot(screen.grabWindow(0), screen.geometry()) for screen in QGuiApplication.screens()]
    return [shot for shot in shots if not shot.pixels.isNull()]


def part_of(shot: Shot, choice: Box) -> QImage:
    """The chosen part of a screen in its full number of pixels."""
    part = rect_of(choice, QSizeF(shot.pixels.size())).toRect()
    image = shot.pixels.copy(part).toImage()
    image.setDevicePixelRatio(1.0)
    return image


class Capture(QObject):
    """Hides the window, covers every screen, and shows the window again; lives on the GUI thread.

    `grab` gives the screens' pictures; the window is given `fade_ms` to be gone from them.

    Signals:
        taken(QImage): the chosen part.
        refused(str): there is nothing to choose from, with one sentence.
    """

    taken = Signal(QImage)
    refused = Signal(str)

    def __init__(
        self,
        window: QWidget,
        *,
        grab: Callable[[], list[Shot]] = grab_screens,
        fade_ms: int = FADE_MS,
    ) -> None:
        super().__init__(window)
        self._window = window
        self.grab = grab
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setInterval(fade_ms)
        self._fade.timeout.connect(self._cover)
        self.overlays: list[Overlay] = []

    def start(self) -> None:
        """Begin; what is behind the window can be chosen, too."""
        if not self.overlays and not self._fade.isActive():
            self._window.hide()
            self._fade.start()

    def _cover(self) -> None:
        shots = self.grab()
        if not shots:
            self._end()
            self.refused.emit(translate("capture", NO_LEAVE))
            return
        for shot in shots:
            overlay = Overlay(shot.pixels, shot.place)
            overlay.chosen.connect(lambda choice, shot=shot: self._take(shot, choice))
            overlay.left.connect(self._end)
            self.overlays.append(overlay)
            # As a full screen it also covers what desktops keep for their panels.
            overlay.showFullScreen()
        pointer = QCursor.pos()
        under = (
            o for o, shot in zip(self.overlays, shots, strict=True) if shot.place.contains(pointer)
        )
        first = next(under, self.overlays[0])
        first.activateWindow()
        first.setFocus()

    def _take(self, shot: Shot, choice: Box) -> None:
        image = part_of(shot, choice)
        self._end()
        self.taken.emit(image)

    def _end(self) -> None:
        self._window.show()
        self._window.activateWindow()
        for overlay in self.overlays:
            overlay.close()
        self.overlays.clear()
