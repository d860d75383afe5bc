"""An answer in JSON: its objects with boxes are read, whatever else stands in brackets is words."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.grounding.dialect import NOTHING
from engine.grounding.geometry import POINT_SIZE, Box
from engine.grounding.json_object import FlatObject, Keys
from engine.grounding.scale import Numbering
from engine.grounding.stream import Reader

_LONGEST_START = 256  # characters of what has not shown whether it is a box
_LONGEST_REST = 100  # of a malformed object

_FENCE = re.compile(r"`{1,2}|```[A-Za-z]{0,10}\s{0,8}")
_CLOSING = re.compile(r"\s{0,8}`{0,3}")
_DEBRIS = "0123456789.,-[] \n\t\"'"


class JsonReader(Reader):
    """Clean text is the labels as a list, in the place where the JSON stands.

    A label that comes again gets the box as well and is not said twice. An empty list and nothing
    else is `NOTHING`. A method named `_in_...` is a state and takes the next character.
    """

    def __init__(self, keys: Keys, numbering: Numbering) -> None:
        super().__init__()
        self._keys = keys
        self._numbering = numbering
        self._state: Callable[[str], None] = self._in_words
        self._held = ""  # words after all, unless an object with a box comes
        self._fenced = False
        self._listed = False  # inside [ ]
        self._went_on = False  # an object with a box was before this one
        self._object = FlatObject(keys)
        self._found = False  # a box
        self._found_nothing = False  # said an empty list, or a box that is null

    def _take(self, character: str) -> None:
        self._state(character)
        if len(self._held) > _LONGEST_START:
            self._give_back()

    def _end(self, *, cut: bool) -> None:
        state, held = self._state, self._held
        self._become_words()
        if state == self._in_empty:
            self._found_nothing = True
        elif state == self._in_object:
            self._object.cut()
            if self._object.likely:
                self._finish_object(whole=False)
            else:
                self._say(held)
        elif state == self._in_rest:
            self._say(held.lstrip(_DEBRIS))
        elif state in (self._in_fence, self._in_list) and not (cut or "json" in held):
            self._say(held)
        if self._found_nothing and not (self._length or self._found):
            self._name(NOTHING, ())

    def _in_words(self, character: str) -> None:
        if character not in "`[{":
            self._say(character)
            return
        self._fenced = self._went_on = False
        self._begin(character)

    def _begin(self, character: str) -> None:
        """A fence, a list or an object may begin here."""
        self._held += character
        if character == "`":
            self._fenced, self._state = True, self._in_fence
        elif character == "[":
            self._listed, self._state = True, self._in_list
        else:
            self._listed = False
            self._begin_object()

    def _in_fence(self, character: str) -> None:
        if character in "[{" and self._held.startswith("```"):
            self._begin(character)
        elif _FENCE.fullmatch(self._held + character):
            self._held += character
        else:
            self._give_back(character)

    def _in_list(self, character: str) -> None:
        self._held += character
        if character == "{":
            self._begin_object()
        elif character == "]" and not self._length:
            self._state = self._in_empty
        elif not character.isspace():
            self._not_after_all()

    def _in_empty(self, character: str) -> None:
        """Behind an empty list that the answer begins with."""
        self._held += character
        if not (character.isspace() or (character == "`" and self._fenced)):
            self._not_after_all()

    def _begin_object(self) -> None:
        self._object = FlatObject(self._keys)
        self._state = self._in_object

    def _in_object(self, character: str) -> None:
        progress = self._object.take(character)
        if self._object.sure:
            self._held = ""
        else:
            self._held += character
        if progress == "whole":
            if self._object.sure or self._went_on:
                self._finish_object(whole=True)
            else:
                self._give_back()
        elif progress == "broken":
            self._break(character)

    def _break(self, character: str) -> None:
        if not (self._object.sure or self._went_on):
            self._not_after_all()
            return
        self._finish_object(whole=False)
        self._state = self._in_rest
        self._again(character)

    def _in_rest(self, character: str) -> None:
        """What a broken object leaves behind, up to its brace."""
        if character == "}":
            self._held = ""
            self._state = self._between
        elif character == "{" and self._listed and not self._held.strip(_DEBRIS):
            self._held = ""
            self._begin_object()
        elif character in "{`":
            self._give_back_rest()
            self._again(character)
        else:
            self._held += character
            if len(self._held) > _LONGEST_REST:
                self._give_back_rest()

    def _between(self, character: str) -> None:
        """Behind an object."""
        if character == "{":
            self._begin_object()
            self._held = "" if self._listed else self._held + character
        elif character == "]" and self._listed:
            self._held, self._state = "", self._in_closing
        elif character == "`" and self._fenced:
            self._state = self._in_closing
            self._again(character)
        elif character.isspace() or character == ",":
            self._held = (self._held + character)[-_LONGEST_START:]
        else:
            held = "" if self._listed else self._held
            self._become_words()
            self._say(held)
            self._again(character)

    def _in_closing(self, character: str) -> None:
        """Behind a list, up to the end of its fence."""
        if self._fenced and _CLOSING.fullmatch(self._held + character):
            self._held += character
            if self._held.endswith("```"):
                self._become_words()
        else:
            self._give_back(character)

    def _not_after_all(self) -> None:
        """What is held is words, but its last character may begin something."""
        held = self._held
        self._become_words()
        self._say(held[:-1])
        self._again(held[-1:])

    def _give_back(self, character: str = "") -> None:
        """What is held is words."""
        held = self._held
        self._become_words()
        self._say(held)
        self._again(character)

    def _give_back_rest(self) -> None:
        self._held = self._held.lstrip(_DEBRIS)
        self._give_back()

    def _become_words(self) -> None:
        self._held, self._state = "", self._in_words

    def _finish_object(self, *, whole: bool) -> None:
        """What was read of the object is all that there will be of it."""
        found = self._object
        self._went_on, self._held, self._state = True, "", self._between
        if whole and found.sure and not found.numbers:
            self._found_nothing = True
            return
        boxes = self._boxes(found)
        if boxes:
            self._found = True
        else:
            self.malformed += 1
        self._name(found.label, boxes)

    def _boxes(self, found: FlatObject) -> list[Box]:
        """As many boxes as the numbers are good for; none where some are left over."""
        numbers, each = found.numbers or [], 2 if found.at_point else 4
        if len(numbers) % each:
            return []
        groups = [numbers[at : at + each] for at in range(0, len(numbers), each)]
        if found.at_point:
            points = (self._numbering.read([*group, *group]) for group in groups)
            return [point.around(POINT_SIZE) for point in points]
        return [self._numbering.read(group) for group in groups]
