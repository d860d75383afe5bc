"""A picture with its boxes as SVG 1.1: the picture inside the file, lines and labels as shapes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from PySide6.QtCore import QSizeF

from app.export.layout import Drawn, Layout, lay_out
from app.palette import LABEL_COLOUR, SHADOW_COLOUR
from app.shown import ShownBox


def svg(content: bytes, kind: str, size: QSizeF, boxes: Sequence[ShownBox]) -> str:
    """The document. `content` is an upright picture file of that size and of that MIME type."""
    layout = lay_out(boxes, size)
    width, height = _number(size.width()), _number(size.height())
    data = base64.b64encode(content).decode("ascii")
    href = quoteattr(f"data:{kind};base64,{data}")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<image width="{width}" height="{height}" xlink:href={href}/>',
        *(_box(box, layout) for box in layout.boxes),
        *(_label(box, layout) for box in layout.boxes if not box.label_rect.isEmpty()),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _box(box: Drawn, layout: Layout) -> str:
    rect = (
        f'<rect x="{_number(box.rect.x())}" y="{_number(box.rect.y())}" '
        f'width="{_number(box.rect.width())}" height="{_number(box.rect.height())}" '
        'fill="none" stroke-linejoin="round"'
    )
    dashes = [_number(layout.line * length) for length in (4, 2)]
    broken = f' stroke-dasharray="{" ".join(dashes)}"' if box.broken else ""
    return (
        f"<g><title>{_text(box.label)}</title>"
        f'{rect} stroke="{SHADOW_COLOUR}" stroke-opacity="0.6" '
        f'stroke-width="{_number(layout.line * 1.9)}"/>'
        f'{rect} stroke="{box.colour}" stroke-width="{_number(layout.line)}"{broken}/></g>'
    )


def _label(box: Drawn, layout: Layout) -> str:
    place = box.label_rect
    size = layout.font.pixelSize()
    family = quoteattr(f"{layout.font.family()}, sans-serif")
    return (
        f'<rect x="{_number(place.x())}" y="{_number(place.y())}" width="{_number(place.width())}" '
        f'height="{_number(place.height())}" rx="{_number(layout.corner)}" fill="{box.colour}"/>'
        f'<text x="{_number(place.center().x())}" y="{_number(place.center().y() + size * 0.36)}" '
        f'text-anchor="middle" font-family={family} font-weight="bold" font-size="{size}" '
        f'fill="{LABEL_COLOUR}">{_text(box.label)}</text>'
    )


def _text(words: str) -> str:
    """The words as XML may hold them: without the control characters it forbids."""
    return escape("".join(c if c >= " " and c not in "\ufffe\uffff" else " " for c in words))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
