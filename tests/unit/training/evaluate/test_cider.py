from __future__ import annotations

import math

import pytest

from training.evaluate.cider import cider, words_of


def test_words_are_small_and_without_punctuation() -> None:
    assert words_of("A man's T-shirt, 2 dogs; (no cats)!") == [
        "a", "man", "'s", "t-shirt", "2", "dogs", "no", "cats",
    ]  # fmt: skip


def test_the_same_words_are_alike_in_every_length() -> None:
    """Five words share n-grams of all four lengths: cosine 1 in each, times ten."""
    captions = ["a dog runs on grass", "two red cars stand there"]
    assert cider(captions, [[caption] for caption in captions]) == pytest.approx(10.0)


def test_short_captions_lack_the_long_n_grams() -> None:
    """Two words have n-grams of one and two words only: (1 + 1 + 0 + 0) / 4 * 10."""
    assert cider(["a dog", "the cat"], [["a dog"], ["the cat"]]) == pytest.approx(5.0)


def test_words_of_every_picture_weigh_nothing() -> None:
    """ "a" is in both pictures, log(2 / 2) = 0; of "a dog" only "dog" and the bigram count."""
    found = cider(["a dog", "a cat"], [["a dog"], ["a cat"]])
    assert found == pytest.approx(5.0)
    assert cider(["a", "a"], [["a dog"], ["a cat"]]) == 0.0


def test_the_mean_is_over_references_and_pictures() -> None:
    """The first picture's caption is one of its two references: half of 5; the second's: 0."""
    references = [["red dog", "blue bird"], ["green cat"]]
    assert cider(["red dog", "old shoe"], references) == pytest.approx((2.5 + 0) / 2)


def test_repeating_a_word_does_not_pay() -> None:
    """By hand. Weights are counts times log 2; "dog dog" against "dog": one bigram more.

    One word: clipped at the reference's count, 1 * 1 / (2 * 1) = 0.5, times exp(-1 / 72) for the
    length; two words: the reference has none.
    """
    expected = 10 * 0.5 * math.exp(-1 / 72) / 4
    found = cider(["dog dog", "cat"], [["dog"], ["cat"]])
    assert found == pytest.approx((expected + 2.5) / 2)


def test_length_is_punished_by_a_gaussian_of_six() -> None:
    """By hand. "red dog" and six words more, that nobody else has: 2 of 8 words, 1 of 7 bigrams.

    Each n-gram weighs log 2. One word: 2 / sqrt(8 * 2); two words: 1 / sqrt(7 * 1); the caption
    has six bigrams more, exp(-36 / 72).
    """
    long = "red dog one three five seven nine eleven"
    expected = 10 * (2 / 4 + 1 / math.sqrt(7)) * math.exp(-0.5) / 4
    assert cider([long, "cat"], [["red dog"], ["cat"]]) == pytest.approx((expected + 2.5) / 2)


def test_an_empty_caption_is_worth_nothing() -> None:
    assert cider(["", "cat"], [["a dog"], ["cat"]]) == pytest.approx(2.5 / 2)
