"""A flat JSON object that arrives letter by letter, which may be a box with its label.

Either kind of quote and any white space will do; objects inside objects will not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Progress = Literal["more", "whole", "broken"]

_LABELS = ("label", "text_content")
_LONGEST_STRING = 200
_MOST_NUMBERS = 64
_LONGEST_NUMBER = 24
_LITERAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.")
_NUMBER = frozenset("0123456789+-.eE")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": ""}


@dataclass(frozen=True, slots=True)
class Keys:
    """What a dialect calls a box and a point."""

    box: str
    point: str


class FlatObject:
    """What was read of an object, from behind its opening brace.

    It is `sure` to be a box as soon as the key of one was read. `numbers` are those of the box or
    point, None where it has none (yet); `at_point` tells which. A method named `_in_...`,
    `_before_...` or `_behind_...` is a state.
    """

    def __init__(self, keys: Keys) -> None:
        self.sure = False
        self.at_point = False
        self.numbers: list[float] | None = None
        self.label = ""
        self._keys = keys
        self._state: Callable[[str], Progress] = self._in_gap
        self._key = ""
        self._text: list[str] = []
        self._quote = ""
        self._escaped = False
        self._array: list[float] = []
        self._depth = 0

    @property
    def likely(self) -> bool:
        """Whether a text that ends here was most probably going to be a box."""
        known = (*_LABELS, self._keys.box, self._keys.point)
        begun = "".join(self._text) if self._state == self._in_key else self._key
        return self.sure or (bool(begun) and any(key.startswith(begun) for key in known))

    def take(self, character: str) -> Progress:
        """Whether the object is whole with this character, or can't be one any more."""
        return self._state(character)

    def cut(self) -> None:
        """The text ends here; half a label is one."""
        if self._state == self._in_string and self._key in _LABELS:
            self.label = _unescaped(self._text)

    def _in_gap(self, character: str) -> Progress:
        """Before a key."""
        if character == "}":
            return "whole"
        if character in "\"'":
            self._begin_string(character, self._in_key)
            return "more"
        return _only_space(character)

    def _in_key(self, character: str) -> Progress:
        if not self._ends_string(character):
            return self._more_or_too_long()
        self._key = _unescaped(self._text)
        self._state = self._before_value
        return "more"

    def _before_value(self, character: str) -> Progress:
        if character != ":":
            return _only_space(character)
        if self._key in (self._keys.box, self._keys.point):
            self.sure = True
        self._state = self._in_value
        return "more"

    def _in_value(self, character: str) -> Progress:
        if character in "\"'":
            if self._key in (self._keys.box, self._keys.point):
                return "broken"
            self._begin_string(character, self._in_string)
        elif character == "[":
            self._array, self._depth, self._text = [], 1, []
            self._state = self._in_array
        elif character in _LITERAL:
            self._state = self._in_literal
        else:
            return _only_space(character)
        return "more"

    def _in_string(self, character: str) -> Progress:
        if not self._ends_string(character):
            return self._more_or_too_long()
        if self._key in _LABELS:
            self.label = _unescaped(self._text)
        self._state = self._behind_value
        return "more"

    def _in_literal(self, character: str) -> Progress:
        return "more" if character in _LITERAL else self._behind_value(character)

    def _in_array(self, character: str) -> Progress:
        if character in _NUMBER:
            self._text.append(character)
            return "more" if len(self._text) <= _LONGEST_NUMBER else "broken"
        if not self._end_number():
            return "broken"
        if character in "[]":
            self._depth += 1 if character == "[" else -1
            if not self._depth:
                self._end_array()
            return "more" if self._depth <= 2 else "broken"
        return "more" if character == "," else _only_space(character)

    def _behind_value(self, character: str) -> Progress:
        self._state = self._behind_value
        if character == "}":
            return "whole"
        if character == ",":
            self._state = self._in_gap
            return "more"
        return _only_space(character)

    def _begin_string(self, quote: str, state: Callable[[str], Progress]) -> None:
        self._quote, self._text, self._escaped, self._state = quote, [], False, state

    def _ends_string(self, character: str) -> bool:
        """Whether the string ends here; if not, the character is kept."""
        if character == self._quote and not self._escaped:
            return True
        self._escaped = character == "\\" and not self._escaped
        self._text.append(character)
        return False

    def _more_or_too_long(self) -> Progress:
        return "more" if len(self._text) <= _LONGEST_STRING else "broken"

    def _end_number(self) -> bool:
        """Keeps the number that was read, if there was one; whether it was one."""
        written, self._text = "".join(self._text), []
        if not written:
            return True
        try:
            self._array.append(float(written))
        except ValueError:
            return False
        return len(self._array) <= _MOST_NUMBERS

    def _end_array(self) -> None:
        if self._key in (self._keys.box, self._keys.point):
            self.at_point = self._key == self._keys.point
            self.numbers = self._array
        self._state = self._behind_value


def _only_space(character: str) -> Progress:
    return "more" if character.isspace() else "broken"


def _unescaped(written: list[str]) -> str:
    """The string as it is meant, its white space made single blanks."""
    text = _ESCAPE.sub(_meant, "".join(written))
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # halves join
    return " ".join(text.split())


def _meant(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)
