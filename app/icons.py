"""The icons, drawn as 24 x 24 strokes in code so that they take any colour and any size."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

_STROKES = {
    "picture": '<rect x="3.5" y="4.5" width="17" height="15" rx="3"/>'
    '<circle cx="9" cy="10" r="1.6"/><path d="M4 17.5l5-4.5 3.5 3 3.5-4 4.5 4.5"/>',
    "open": '<path d="M3.5 18V6.5A1.5 1.5 0 0 1 5 5h4l2 2.5h7A1.5 1.5 0 0 1 19.5 9v1.5"/>'
    '<path d="M3.5 18.5l2.7-8h15l-2.7 8z"/>',
    "send": '<path d="M12 19.5V5"/><path d="M5.5 11.2L12 4.7l6.5 6.5"/>',
    "stop": '<rect x="7" y="7" width="10" height="10" rx="2" fill="{colour}"/>',
    "play": '<path d="M9 6.2v11.6L18.2 12z" fill="{colour}"/>',
    "heard": '<path d="M7.2 9.6a5.3 5.3 0 0 1 10.6 0c0 3.4-3.6 4.3-3.6 7.2a3 3 0 0 1-5.5 1.7"/>'
    '<path d="M10 10a2.5 2.5 0 0 1 5 0c0 1.9-2.2 2.2-2.2 4.1"/>',
    "plus": '<path d="M12 5.5v13M5.5 12h13"/>',
    "minus": '<path d="M5.5 12h13"/>',
    "fit": '<path d="M4.5 9V6A1.5 1.5 0 0 1 6 4.5h3M15 4.5h3A1.5 1.5 0 0 1 19.5 6v3"/>'
    '<path d="M19.5 15v3a1.5 1.5 0 0 1-1.5 1.5h-3M9 19.5H6A1.5 1.5 0 0 1 4.5 18v-3"/>',
    "new": '<path d="M12 4.5H7A2.5 2.5 0 0 0 4.5 7v10A2.5 2.5 0 0 0 7 19.5h10"/>'
    '<path d="M17 19.5a2.5 2.5 0 0 0 2.5-2.5v-5"/>'
    '<path d="M10 14l.6-2.9 7.7-7.7 2.3 2.3-7.7 7.7z"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="2.5"/>'
    '<path d="M15.5 8.5V7A2.5 2.5 0 0 0 13 4.5H7A2.5 2.5 0 0 0 4.5 7v6A2.5 2.5 0 0 0 7 15.5h1.5"/>',
    "again": '<path d="M19 12a7 7 0 1 1-2.3-5.2"/><path d="M19.5 3.8v4h-4"/>',
    "edit": '<path d="M5 19l.9-3.9L16.3 4.7a1.6 1.6 0 0 1 2.3 0l.7.7a1.6 1.6 0 0 1 0 2.3L8.9 18.1z"'
    "/>",
    "correct": '<path d="M4.5 12.5V6.5A1.5 1.5 0 0 1 6 5h12a1.5 1.5 0 0 1 1.5 1.5v3"/>'
    '<path d="M4.5 12.5v4A1.5 1.5 0 0 0 6 18h3.5"/><path d="M12.5 16.8l2.8 2.8 5.2-6"/>',
    "restore": '<path d="M8.5 4.8L4.6 8.7l3.9 3.9"/><path d="M5 8.7h9a5 5 0 0 1 0 10H8.5"/>',
    "branch": '<circle cx="6.5" cy="5.8" r="2"/><circle cx="6.5" cy="18.2" r="2"/>'
    '<circle cx="17.5" cy="8.8" r="2"/><path d="M6.5 7.8v8.4M17.5 10.8c0 3.4-11 1.4-11 5.4"/>',
    "bring": '<path d="M12 4.5v10M8 10.8l4 4 4-4"/>'
    '<path d="M4.5 15v2.5A2.5 2.5 0 0 0 7 20h10a2.5 2.5 0 0 0 2.5-2.5V15"/>',
    "left": '<path d="M14.5 6l-6 6 6 6"/>',
    "right": '<path d="M9.5 6l6 6-6 6"/>',
    "capture": '<path d="M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8"/>'
    '<path d="M20 16v2.5a1.5 1.5 0 0 1-1.5 1.5H16M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16"/>'
    '<circle cx="12" cy="12" r="3.6"/>',
    "region": '<rect x="4.5" y="6" width="15" height="12" rx="1" stroke-dasharray="3.4 2.6"/>',
    "eye": '<path d="M3 12s3.4-6 9-6 9 6 9 6-3.4 6-9 6-9-6-9-6z"/>'
    '<circle cx="12" cy="12" r="2.6"/>',
    "export": '<path d="M12 14.5V4M7.8 7.8L12 3.6l4.2 4.2"/>'
    '<path d="M5 12.5v5A2.5 2.5 0 0 0 7.5 20h9a2.5 2.5 0 0 0 2.5-2.5v-5"/>',
    "close": '<path d="M7 7l10 10M17 7L7 17"/>',
    "menu": '<path d="M4.5 7h15M4.5 12h15M4.5 17h15"/>',
    "microphone": '<rect x="9" y="3.5" width="6" height="11" rx="3"/>'
    '<path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v2.8"/>',
    "down": '<path d="M12 5v13.5M6 12.7l6 6 6-6"/>',
}
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g fill="none" stroke="{colour}" '
    'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">{strokes}</g></svg>'
)


def icon(name: str, colour: str, *, disabled: str | None = None) -> QIcon:
    """The icon `name` in `colour` (`#rrggbb`), in `disabled` while its control is disabled."""
    made = QIcon(pixmap(name, colour, 48))
    if disabled is not None:
        made.addPixmap(pixmap(name, disabled, 48), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, colour: str, side: int, *, ratio: float = 1.0) -> QPixmap:
    """The icon as a square of `side` logical pixels at a device pixel ratio; drawn once."""
    key = f"{name} {colour} {side} {ratio}"
    drawn = QPixmap()
    if not QPixmapCache.find(key, drawn):
        drawn = _drawn(name, colour, side, ratio)
        QPixmapCache.insert(key, drawn)
    return drawn


def _drawn(name: str, colour: str, side: int, ratio: float) -> QPixmap:
    strokes = _STROKES[name].replace("{colour}", colour)
    svg = _SVG.format(colour=colour, strokes=strokes)
    image = QPixmap(QSize(side, side) * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return image
