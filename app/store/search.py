"""Searching conversations: how words are cut for SQLite's full-text index, and queries for it.

The index cuts text at what is neither letter nor digit. Chinese and Japanese write no spaces, so
each of their characters is made a word of its own, and typed words of several are sought as a
phrase.
"""

from __future__ import annotations

import re
import unicodedata

# Around a hit, in characters.
_BEFORE, _AFTER = 12, 84
# Shown as nothing at all, and no part of a word to the index.
_CUT = "\u200b"
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def spread(text: str) -> str:
    """The text with its ideographs cut apart, as the index gets it."""
    return _IDEOGRAPH.sub(lambda found: f"{_CUT}{found[0]}{_CUT}", text)


def sought_words(typed: str) -> list[str]:
    """The words of what was typed that can be sought at all."""
    return [word for word in typed.split() if any(map(str.isalnum, word))]


def queries(words: list[str]) -> list[str]:
    """A full-text query for each word; every one of them must be found.

    The last may be unfinished: it finds what begins with it.
    """
    quoted = ['"{}"'.format(spread(word).replace('"', " ")) for word in words]
    if quoted:
        quoted[-1] += "*"
    return quoted


def excerpt(text: str, words: list[str]) -> str:
    """What stands around the first of the words in a text of the index; empty without a hit."""
    text = " ".join(text.replace(_CUT, "").split())
    folded = _fold(text)
    places = [folded.find(_fold(word.strip('"'))) for word in words]
    hits = [place for place in places if place >= 0]
    if not hits:
        return ""
    start = max(min(hits) - _BEFORE, 0)
    if start:
        # From the beginning of a word on, where one begins before the hit.
        start = max(text.find(" ", start, min(hits)) + 1, start)
    end = min(hits) + _AFTER
    return ("…" if start else "") + text[start:end].strip() + ("…" if end < len(text) else "")


def _fold(text: str) -> str:
    """Small letters without their accents, one for one."""
    if not text.isascii():
        text = "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)
    return text.lower()
