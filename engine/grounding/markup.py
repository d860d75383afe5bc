"""Boxes between brackets and tags in running text: how they are spelled, and the scan for them."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine.grounding.geometry import Box
from engine.grounding.scale import Numbering
from engine.grounding.stream import Reader

Tag = Literal["open", "close", "join", "drop"]

NEVER = re.compile(r"(?!)")
# A possessive ?+ is never tried the other way: there is one way alone to read a number.
WHOLE = ("-?+", r"\d", r"\d?+", r"\d?+", r"\d?+")
"""A whole number, a pattern for each character; one too large is clamped when it is read."""

UNIT = ("-?+", r"\d", r"\.", r"\d", *(r"\d?+",) * 5)
"""A number with decimals."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def spelled(text: str, number: Iterable[str] = WHOLE) -> tuple[str, ...]:
    """A pattern for each character: a space may be there, # is a number, others are themselves."""
    patterns: list[str] = []
    for character in text:
        match character:
            case " ":
                patterns.append(" ?+")
            case "#":
                patterns += number
            case _:
                patterns.append(re.escape(character))
    return tuple(patterns)


def beginnings(atoms: Iterable[str], inner: str = "") -> str:
    """A pattern of every beginning of these, one after the other."""
    for atom in reversed(tuple(atoms)):
        inner = f"(?:{atom}{inner})?"
    return inner


@dataclass(frozen=True)
class Shape:
    """How a box is spelled: one pattern for each character, some of them optional, then an end.

    `sure` matches a beginning that is no ordinary text: a candidate that breaks behind it is a
    malformed box, one that breaks earlier is text. `cut` is the same where the text ends.
    """

    atoms: tuple[str, ...]
    ends: tuple[tuple[str, ...], ...] = ((),)
    sure: re.Pattern[str] = NEVER
    cut: re.Pattern[str] = NEVER

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """Matches the complete box (by full match)."""
        ends = "|".join("".join(end) for end in self.ends)
        return re.compile("".join(self.atoms) + f"(?:{ends})")

    @cached_property
    def begun(self) -> re.Pattern[str]:
        """Matches every beginning of the box (by full match), the complete one too."""
        ends = "|".join(beginnings(end) for end in self.ends)
        return re.compile(beginnings(self.atoms, f"(?:{ends})"))


NOT_ANY = Shape(("(?!)",))
"""No box at all."""


@dataclass(frozen=True, slots=True)
class Markup:
    """What a reader needs to know of a dialect.

    `first` is a box on its own or the first of a list, `more` the one that has to come after a
    `joint`. `tags` are literal: "open" and "close" stand around a phrase, "join" promises a box,
    "drop" says nothing. What a malformed box leaves behind is `debris`, up to `end`.
    """

    first: Shape
    more: Shape
    debris: Shape
    joint: str = "\0"
    tags: Mapping[str, Tag] = field(default_factory=dict)
    end: str = "\0"

    @property
    def openers(self) -> frozenset[str]:
        """The characters that markup can begin with."""
        starts = {tag[0] for tag in self.tags}
        return frozenset(
            starts | {c for c in map(chr, range(128)) if self.first.begun.fullmatch(c)}
        )


class MarkupReader(Reader):
    """Scans for boxes and tags; a family says what they mean for the words around them."""

    def __init__(self, markup: Markup, numbering: Numbering) -> None:
        super().__init__()
        self._markup = markup
        self._numbering = numbering
        self._openers = markup.openers
        self._held = ""  # what may become markup
        self._promised = False  # a joint was read, so a box must follow
        self._skipping = False  # inside what a malformed box left behind

    @abstractmethod
    def _word(self, text: str) -> None:
        """Text that is no markup."""

    @abstractmethod
    def _found(self, box: Box) -> None:
        """A box is complete."""

    @abstractmethod
    def _tag(self, meaning: Tag) -> None:
        """A tag around a phrase was read."""

    @property
    @abstractmethod
    def _expecting(self) -> bool:
        """Whether a phrase is open, or has its boxes still to come."""

    def _end(self, *, cut: bool) -> None:
        held, self._held = self._held, ""
        first = self._markup.first
        if self._promised or first.cut.match(held):
            self.malformed += 1
        elif not (self._expecting or self._skipping):
            if held and not cut:
                self._word(held)
        elif not self._skipping and held.strip() and first.begun.fullmatch(held):
            self.malformed += 1
        self._promised = self._skipping = False

    @property
    def _expected(self) -> Shape:
        return self._markup.more if self._promised else self._markup.first

    def _take(self, character: str) -> None:
        if not (self._held or self._promised or self._skipping) and character not in self._openers:
            self._word(character)
            return
        self._held += character
        if self._skipping:
            self._skip()
        elif self._expected.whole.fullmatch(self._held):
            self._box()
        elif not self._promised and self._held in self._markup.tags:
            self._read_tag(self._markup.tags[self._held])
        elif not self._may_become_markup():
            self._break()

    def _may_become_markup(self) -> bool:
        if self._expected.begun.fullmatch(self._held):
            return True
        return not self._promised and any(tag.startswith(self._held) for tag in self._markup.tags)

    def _box(self) -> None:
        written, self._held = self._held, ""
        self._promised = written.endswith(self._markup.joint)
        self._found(self._numbering.read([float(number) for number in _NUMBER.findall(written)]))

    def _read_tag(self, meaning: Tag) -> None:
        self._held = ""
        if meaning == "join":
            self._promised = True
        elif meaning != "drop":
            self._tag(meaning)

    def _break(self) -> None:
        """What is held can't become markup: a malformed box, or text up to the next beginning."""
        held, self._held = self._held, ""
        sure = self._markup.first.sure.match(held)
        if self._promised or sure:
            self.malformed += 1
            self._skipping = True
            self._again(held if self._promised or not sure else held[sure.end() :])
            self._promised = False
        else:
            self._word(held[0])
            self._again(held[1:])

    def _skip(self) -> None:
        held = self._held
        if held.strip() == self._markup.end:
            self._held, self._skipping = "", False
        elif self._markup.debris.whole.fullmatch(held):
            self._held = ""
        elif not self._markup.debris.begun.fullmatch(held):
            self._skipping = False
            self._held = ""
            self._again(held)
