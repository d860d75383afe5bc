"""English for the questions and answers: articles, plurals, numbers, lists, tidy captions."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip

# Names that English does not count one by one, with what it counts instead.
UNITS = {
    **dict.fromkeys(("jeans", "shorts", "gloves", "socks", "chopsticks", "scissors"), "pair"),
    **dict.fromkeys(("glasses", "sunglasses", "goggles", "headphones", "skis"), "pair"),
    **dict.fromkeys(("grapes", "cherries"), "bunch"),
    **dict.fromkeys(("bricks", "pancakes"), "stack"),
    **dict.fromkeys(("peanuts", "bowling pins"), "set"),
    **dict.fromkeys(("french fries", "spaghetti", "sushi", "popcorn"), "portion"),
    **dict.fromkeys(
        ("bread", "bacon", "cheese", "corn", "garlic", "broccoli", "butter", "candy", "soap"),
        "piece",
    ),
    "yarn": "ball",
}
IRREGULAR = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice",
    "goose": "geese", "ox": "oxen", "die": "dice", "knife": "knives", "wolf": "wolves",
    "leaf": "leaves", "potato": "potatoes", "tomato": "tomatoes", "fish": "fish",
    "sheep": "sheep", "deer": "deer", "squid": "squid", "shrimp": "shrimp",
    "blowfish": "blowfish", "aircraft": "aircraft",
}  # fmt: skip
AN = re.compile(r"(?!unic|unif|eu|one-)(?:[aeio]|u|hour|honest|x-ray)")


def set_of(words: str) -> frozenset[str]:
    """The words of a line, as a set."""
    return frozenset(words.split())


def with_article(phrase: str) -> str:
    """ "dog" -> "a dog", "orange" -> "an orange", "jeans" -> "a pair of jeans"."""
    unit = UNITS.get(phrase)
    if unit:
        return f"a {unit} of {phrase}"
    if phrase.startswith('word "') or phrase.split(" ", 1)[0].endswith(("est", "most")):
        return f"the {phrase}"
    return f"{'an' if AN.match(phrase.lower()) else 'a'} {phrase}"


@lru_cache(maxsize=4096)
def plural(phrase: str) -> str:
    """ "dog" -> "dogs", "cup of coffee" -> "cups of coffee", "jeans" -> "pairs of jeans"."""
    unit = UNITS.get(phrase)
    if unit:
        return f"{plural(unit)} of {phrase}"
    if phrase.endswith('"'):
        return phrase
    for joint in (" and ", " of ", " with "):
        head, found, rest = phrase.partition(joint)
        if found:
            return f"{plural(head)}{joint}{plural(rest) if joint == ' and ' else rest}"
    before, space, word = phrase.rpartition(" ")
    return f"{before}{space}{_plural_word(word)}"


def _plural_word(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if re.search(r"(?:s|x|z|ch|sh)$", word):
        return f"{word}es"
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}s"


def quantity(phrase: str, count: int) -> str:
    """ "a dog", "two dogs", "14 dogs"."""
    if count == 1:
        return with_article(phrase)
    number = NUMBERS[count] if count < len(NUMBERS) else str(count)
    if phrase.startswith('word "'):
        return f"the {phrase} {number} times"
    return f"{number} {plural(phrase)}"


def enumerate_words(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """First letter large (inside a phrase's markup too), a full stop at the end."""
    opening = re.match(r"(?:<p>)?", text)
    at = opening.end() if opening else 0
    text = text[:at] + text[at : at + 1].upper() + text[at + 1 :]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def tidy_caption(text: str) -> str:
    """A caption as people print it: "a dog runs ." -> "A dog runs."; box markup passes through."""
    text = " ".join(text.split())
    text = re.sub(r'" ([^"]+?) "', r'"\1"', text)
    text = re.sub(r"\s+([.,;:!?]|'s\b|n't\b)", r"\1", text)
    letters = re.sub(r"[^A-Za-z]", "", text)
    if letters.isupper() and len(letters) > 8:
        text = text.lower()
    return sentence(re.sub(r"[\s.,;]+$", "", text))


def bare(phrase: str) -> str:
    """A noun phrase in small letters without its article: "The brown dog" -> "brown dog"."""
    text = re.sub(r"\s+([,'])", r"\1", " ".join(phrase.lower().split()))
    return ARTICLES.sub("", text).strip(" .,;")


ARTICLES = re.compile(r"^(?:an?|the|his|her|its|their|this|that|some|one|another)\s+(?=\S)")


def typed(text: str, rng: random.Random) -> str:
    """The same words as different people type them: mostly small letters, sometimes no mark."""
    draw = rng.random()
    if draw < 0.2:
        return text[:1].upper() + text[1:]
    if draw < 0.35:
        return text.removesuffix("?").removesuffix(".")
    return text


def longest_first(words: Iterable[str]) -> re.Pattern[str]:
    """Matches any of `words` as whole words, the longest that fits."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, ordered)) + r")(?![\w-])")
