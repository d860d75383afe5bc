"""How much a chat template may do: everything is paid for from one budget, before it is done.

The unit is about what copying one character takes. No clock decides, so that the same template
with the same conversation always passes or always fails.
"""

from __future__ import annotations

from typing import Any

from jinja2 import TemplateRuntimeError

ITEM = 32
"""What an item of a list or a call costs."""

NODE = 16
"""What a part of a loop's or a macro's body costs each time."""

_FREE, _PER_MESSAGE = 1 << 25, 1 << 18  # up to two seconds of one core, and a hundredth more each
_DEEPEST = 32  # lists in lists
_LARGEST = 128  # bits of a whole number


class TooMuch(TemplateRuntimeError):
    """The budget is used up, or what was asked for would be more than all of it."""


class Budget:
    """What is left for a rendering of so many messages. Its methods raise TooMuch at its end."""

    def __init__(self, messages: int) -> None:
        self.left = _FREE + messages * _PER_MESSAGE

    def spend(self, amount: int) -> None:
        """Pay for something that takes `amount`."""
        self.left -= amount
        if self.left < 0:
            raise TooMuch("The budget is used up.")

    def weigh(self, value: object) -> int:
        """Pay for reading `value` to its depths, as printing or comparing it does; what it cost."""
        total = 0
        heap = [(value, 0)]
        while heap:
            item, depth = heap.pop()
            total += _flat(item)
            if depth > _DEEPEST or total > self.left:
                raise TooMuch("A value is too large.")
            if isinstance(item, dict):
                heap += [(part, depth + 1) for pair in item.items() for part in pair]
            elif isinstance(item, list | tuple):
                heap += [(part, depth + 1) for part in item]
        self.spend(total)
        return total

    def hold(self, value: Any) -> Any:
        """Pay for a value that was made out of others, without their own content; the value."""
        self.spend(_flat(value))
        return value


def _flat(value: object) -> int:
    """The cost of a value by itself; what it contains counts as one each."""
    if isinstance(value, str):
        return len(value) + ITEM
    if isinstance(value, int):
        if value.bit_length() > _LARGEST:
            raise TooMuch("A number is too large.")
        return ITEM
    if isinstance(value, list | tuple | dict | range):
        return (len(value) + 1) * ITEM
    return ITEM
