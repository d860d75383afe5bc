"""The theme in force: palette, font and style sheet, following the system's colour scheme."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.palette import BOX_COLOURS, DARK, LIGHT, Palette
from app.stylesheet import stylesheet


def box_colour(index: int) -> QColor:
    """The colour of phrase number `index`; past the seventh the colours come round again."""
    return QColor(BOX_COLOURS[index % len(BOX_COLOURS)])


class Theme(QObject):
    """The palette in force; lives on the GUI thread.

    `scheme` is "system", "light" or "dark"; `percent` the size of text over the system's.

    Signals:
        changed: the palette or the size is another one; whatever paints by hand repaints.
    """

    changed = Signal()

    def __init__(
        self, application: QApplication, *, scheme: str = "system", percent: int = 100
    ) -> None:
        super().__init__(application)
        self._application = application
        self._scheme, self._percent = scheme, percent
        self._choose_font()
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)
        self._system = hints.colorScheme()
        self._points = application.font().pointSizeF()
        self._apply()

    def choose(self, scheme: str, percent: int) -> None:
        """Take the "system"'s colours, "light" or "dark", and a size of text."""
        if (scheme, percent) != (self._scheme, self._percent):
            self._scheme, self._percent = scheme, percent
            self._apply()

    def _system_changed(self, system: Qt.ColorScheme) -> None:
        self._system = system
        self._apply()

    def _choose_font(self) -> None:
        """The system's own font; off screen there is none, so take a good one that is installed."""
        if QGuiApplication.platformName() not in ("offscreen", "minimal"):
            return
        for family in ("Inter", "Noto Sans", "DejaVu Sans"):
            if QFontDatabase.hasFamily(family):
                font = self._application.font()
                font.setFamilies([family, *font.families()])
                font.setPointSizeF(10.0)
                self._application.setFont(font)
                return

    def _apply(self) -> None:
        system = "dark" if self._system == Qt.ColorScheme.Dark else "light"
        scheme = system if self._scheme == "system" else self._scheme
        self.palette = DARK if scheme == "dark" else LIGHT
        self._application.setPalette(_widget_palette(self.palette))
        points = self._points * self._percent / 100
        font = self._application.font()
        font.setPointSizeF(points)
        self._application.setFont(font)
        self._application.setStyleSheet(stylesheet(self.palette, points))
        self.changed.emit()


def _widget_palette(colours: Palette) -> QPalette:
    """What widgets draw with where the style sheet is silent (selections, menus, tool tips)."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.panel,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.panel,
        QPalette.ColorRole.AlternateBase: colours.raised,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.ToolTipBase: colours.text,
        QPalette.ColorRole.ToolTipText: colours.panel,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Link: colours.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return palette
