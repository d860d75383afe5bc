"""Molmo's dialect: `<point x="61.5" y="40.4" alt="mug">mug</point>`, in percent, points for boxes.

Several points of one name stand in one tag, `<points x1="..." y1="..." x2="..." y2="..." ...>`.
Inside the program there are boxes alone: a point becomes one of `POINT_SIZE` around it, which is
seen on the picture and can be asked about; a box that is written becomes its centre.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.grounding.dialect import (
    MOST_ENTRIES,
    Dialect,
    Grammar,
    quoted,
    rules,
    sequence,
)
from engine.grounding.geometry import POINT_SIZE, Box
from engine.grounding.markup import beginnings
from engine.grounding.scale import Scale
from engine.grounding.stream import Phrase, Reader

_WORD = r'[^<>"\n]'
_LONGEST_ATTRIBUTE = 200  # characters
_LONGEST_PHRASE = 1000
_OPENING = ("<", "p", "o", "i", "n", "t", "s?", " ", "[xy]", r"\d?", r"\d?", "=")
_OPENED = re.compile("".join(_OPENING))
_OPENS = re.compile(beginnings(_OPENING))
_CLOSING = ("</point>", "</points>")
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?")
_ATTRIBUTE = re.compile(r"""([a-z]+)\d*=(["'])(.*)\2""", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointedDialect(Dialect):
    """Points in tags around their words; `scale` is that of both numbers."""

    scale: Scale

    def boxes(self, boxes: Sequence[Box]) -> str:
        return self.phrase("this", boxes) if boxes else ""

    def phrase(self, text: str, boxes: Sequence[Box]) -> str:
        if not boxes:
            return text
        alt = text.replace('"', "'")
        points = [self._point(box) for box in boxes]
        if len(points) == 1:
            (x, y), name = points[0], "point"
            places = f'x="{x}" y="{y}"'
        else:
            name = "points"
            places = " ".join(f'x{n}="{x}" y{n}="{y}"' for n, (x, y) in enumerate(points, start=1))
        return f'<{name} {places} alt="{alt}">{text}</{name}>'

    def reader(self) -> Reader:
        return PointReader(self.scale)

    def grammar(self, kind: Grammar) -> str | None:
        """A box is a point; several points of a name are tags one after the other."""
        nothing = quoted(self.nothing)
        more = MOST_ENTRIES - 1
        roots = {
            "box-or-none": f'" "? ( {nothing} | point )',
            "phrases-or-none": f'" "? ( {nothing} | point ( ", " point ){{0,{more}}} )',
            "phrases": f"( point | word ) word* ( point word* ){{0,{more}}}",
        }
        return rules(
            {
                "root": roots[kind],
                "point": sequence(
                    *(quoted('<point x="'), "number", quoted('" y="'), "number"),
                    *(quoted('" alt="'), "word+", quoted('">'), "word+", quoted("</point>")),
                ),
                "number": self.scale.rule,
                "word": _WORD,
            }
        )

    def _point(self, box: Box) -> tuple[str, str]:
        x, y = box.centre
        first, second, *_ = self.scale.write(Box(x, y, x, y))
        return first, second


class PointReader(Reader):
    """Words between the tags are clean text; where there are none, the tag's `alt` is."""

    def __init__(self, scale: Scale) -> None:
        super().__init__()
        self._scale = scale
        self._held = ""  # what may become a tag, or an attribute of the one that is open
        self._attributes = False  # inside an opening tag
        self._quoted = ""  # inside an attribute's quotes
        self._points: list[Box] = []
        self._x: float | None = None  # of a point whose y has not come yet
        self._alt = ""
        self._wrong = False
        self._opened: int | None = None  # where the words of the points began
        self._words: list[str] = []

    def _take(self, character: str) -> None:
        if self._attributes:
            self._attribute(character)
        elif not self._held and character != "<":
            self._word(character)
        else:
            self._held += character
            if self._held in _CLOSING:
                self._held = ""
                self._close()
            elif not any(tag.startswith(self._held) for tag in _CLOSING):
                self._open_tag()

    def _open_tag(self) -> None:
        if _OPENED.fullmatch(self._held):
            self._close()
            self._attributes, self._held = True, self._held.partition(" ")[2]
            self._points, self._x, self._alt, self._wrong = [], None, "", False
        elif not _OPENS.fullmatch(self._held):
            held, self._held = self._held, ""
            self._word(held[0])
            self._again(held[1:])

    def _attribute(self, character: str) -> None:
        if character == self._quoted:
            self._quoted = ""
        elif not self._quoted and character in "\"'":
            self._quoted = character
        elif not self._quoted and character in "> \n":
            self._end_attribute()
            if character == ">":
                self._begin_words()
            return
        elif character == "<" or len(self._held) > _LONGEST_ATTRIBUTE:
            self._break(character)
            return
        self._held += character

    def _end_attribute(self) -> None:
        held, self._held = self._held, ""
        if not held:
            return
        found = _ATTRIBUTE.fullmatch(held)
        name, value = (found[1], found[3]) if found else ("", "")
        if name == "alt":
            self._alt = value.strip()
        elif name in ("x", "y") and (number := _as_number(value)) is not None:
            self._edge(name, number)
        else:
            self._wrong = True

    def _edge(self, name: str, number: float) -> None:
        if (name == "x") != (self._x is None):
            self._wrong = True
        if name == "x":
            self._x = number
        elif self._x is not None:
            place = self._scale.read([self._x, number, self._x, number])
            self._points.append(place.around(POINT_SIZE))
            self._x = None

    def _begin_words(self) -> None:
        self._attributes = False
        if self._wrong or self._x is not None or not self._points:
            self.malformed += 1
        self._opened, self._words = self._length, []

    def _word(self, text: str) -> None:
        if not self._length:
            text = text.lstrip()
        if self._opened is not None:
            if not self._words and text:
                self._next_phrase(text)
                self._opened = self._length
            self._words.append(text)
            if self._length - self._opened > _LONGEST_PHRASE:
                self._close()
        self._say(text)

    def _close(self) -> None:
        """The words of the points are over."""
        if self._opened is None:
            return
        said, start, self._opened = "".join(self._words), self._opened, None
        words = said.strip()
        if words:
            start += said.find(words)
        elif self._alt:
            words = self._alt
            self._next_phrase(words)
            start = self._length
            self._say(words)
        phrase: Phrase | None = (words, start, start + len(words)) if words else None
        for box in self._points:
            self._point(box, phrase)
        self._points = []

    def _break(self, character: str) -> None:
        """The opening tag is none."""
        self.malformed += 1
        self._attributes, self._held, self._quoted, self._points = False, "", "", []
        self._again(character)

    def _end(self, *, cut: bool) -> None:
        held, self._held = self._held, ""
        if self._attributes:
            self.malformed += 1
            self._attributes, self._quoted, self._points = False, "", []
        elif self._opened is None and not cut:
            self._word(held)
        self._close()


def _as_number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text.strip()) else None
