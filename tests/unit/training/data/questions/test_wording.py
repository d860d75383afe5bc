from __future__ import annotations

import pytest

from training.data.questions.names import drawings
from training.data.questions.wording import (
    bare,
    enumerate_words,
    plural,
    quantity,
    sentence,
    tidy_caption,
    with_article,
)


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("dog", "dogs"),
        ("person", "people"),
        ("bus", "buses"),
        ("knife", "knives"),
        ("potted plant", "potted plants"),
        ("cup of coffee", "cups of coffee"),
        ("cup with straw", "cups with straw"),
        ("bow and arrow", "bows and arrows"),
        ("computer mouse", "computer mice"),
        ("strawberry", "strawberries"),
        ("key", "keys"),
        ("jeans", "pairs of jeans"),
        ("yarn", "balls of yarn"),
        ("tropical fish", "tropical fish"),
        ('word "stop"', 'word "stop"'),
    ],
)
def test_plurals(name: str, several: str) -> None:
    assert plural(name) == several


@pytest.mark.parametrize(
    ("name", "one"),
    [
        ("dog", "a dog"),
        ("orange", "an orange"),
        ("unicorn", "a unicorn"),
        ("umbrella", "an umbrella"),
        ("hourglass", "an hourglass"),
        ("scissors", "a pair of scissors"),
        ('word "stop"', 'the word "stop"'),
        ("largest cup", "the largest cup"),
    ],
)
def test_articles(name: str, one: str) -> None:
    assert with_article(name) == one


def test_no_two_names_of_the_vocabulary_share_a_plural() -> None:
    several = [plural(name) for name in drawings()]
    assert len(set(several)) == len(drawings())


def test_quantities() -> None:
    assert quantity("dog", 1) == "a dog"
    assert quantity("dog", 3) == "three dogs"
    assert quantity("dog", 20) == "20 dogs"
    assert quantity('word "stop"', 2) == 'the word "stop" two times'


def test_lists() -> None:
    assert enumerate_words([]) == ""
    assert enumerate_words(["a"]) == "a"
    assert enumerate_words(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("a dog runs .", "A dog runs."),
        ("A dog , and a cat .", "A dog, and a cat."),
        ("  two   dogs", "Two dogs."),
        ('a sign says " stop " .', 'A sign says "stop".'),
        ("a boy 's hat .", "A boy's hat."),
        ("A MAN RIDES A HORSE .", "A man rides a horse."),
        ("who is this ?", "Who is this?"),
        ("<p>a dog</p> {<1><2><3><4>} runs .", "<p>A dog</p> {<1><2><3><4>} runs."),
    ],
)
def test_captions_are_tidied(written: str, printed: str) -> None:
    assert tidy_caption(written) == printed


def test_a_sentence_begins_large_and_ends() -> None:
    assert sentence("<p>a dog</p> {<1><2><3><4>}") == "<p>A dog</p> {<1><2><3><4>}."


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("The brown dog", "brown dog"),
        ("an orange", "orange"),
        ("his mouth", "mouth"),
        ("two dogs", "two dogs"),
        ("one", "one"),
    ],
)
def test_phrases_lose_their_article(phrase: str, words: str) -> None:
    assert bare(phrase) == words
