"""What the window says, in the language that it speaks. No Qt in here: `app.language` joins them.

A sentence stands where it is shown as `translate("chat", "Stopped.")`: whole, in English, with
{names} for what `format` fills in afterwards. A constant holds it as `marked("chat", "Stopped.")`
and is translated where it is shown. Both are given literals, which `make translations` finds in
the source; the first names the part of the window, under which the translators see the sentence.
"""

from __future__ import annotations

from collections.abc import Callable

LookUp = Callable[[str, str, str, int], str]
"""Finds a text of a context, with a note and a count; QCoreApplication.translate is one."""


def as_written(_context: str, text: str, _note: str, count: int, /) -> str:
    """The English text itself: what the window says before a language was chosen."""
    return text.replace("%n", str(count))


look_up: LookUp = as_written


def translate(context: str, text: str, note: str = "", count: int = -1) -> str:
    """The text in the language of the window; may be called on any thread.

    Where a number decides the form of a word, the English text has the plural and `count` is that
    number, which %n stands for. `note` is for the translators. What has no translation stays.
    """
    return look_up(context, text, note, count)


def marked(_context: str, text: str, _note: str = "", _count: int = 0) -> str:
    """The text as it is, found by `make translations`.

    One with forms for numbers is always marked, with any number as the fourth: lupdate tells it by
    that, and does not understand a variable in this place.
    """
    return text
