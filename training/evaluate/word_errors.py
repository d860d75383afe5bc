"""Word error rate, on words that are written in one way.

Both sides go through the normalization of Whisper's paper (arXiv 2212.04356, appendix C) as
transformers has it: small letters, no punctuation, nothing in brackets, no "um", short forms
written out ("don't" -> "do not"), numbers in digits ("twenty-two" -> "22"). Two spellings of a word
are two words. Chinese characters are a word each, so that their figure is of characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import jiwer

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


def normalized(text: str) -> str:
    """The words of a text, one space between two of them; "" where there are none."""
    return " ".join(_CHINESE.sub(r" \g<0> ", _normalizer()(text)).split())


@lru_cache(maxsize=1)
def _normalizer() -> Callable[[str], str]:
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    # The mapping is of British spellings to American ones; synthesizers say neither.
    normalizer: Callable[[str], str] = EnglishTextNormalizer({})
    return normalizer


def word_errors(said: Sequence[str], heard: Sequence[str]) -> dict[str, float]:
    """ "word error rate" of all texts together, and how many words of each error make it up.

    Texts in which nothing is said don't count.
    """
    pairs = [(normalized(a), normalized(b)) for a, b in zip(said, heard, strict=True)]
    pairs = [pair for pair in pairs if pair[0]]
    if not pairs:
        return {"word error rate": 0.0, "words": 0}
    found = jiwer.process_words([a for a, _ in pairs], [b for _, b in pairs])
    return {
        "word error rate": found.wer,
        "words": found.hits + found.substitutions + found.deletions,
        "substituted": found.substitutions,
        "left out": found.deletions,
        "put in": found.insertions,
    }
