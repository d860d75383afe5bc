"""Silence in front of words and behind them."""

from __future__ import annotations

from array import array

import pytest

from app.voice.trimming import CHUNK, Trimmer, silero
from tests.support.speech import SAID_S, noise, said, silence

RATE = 16_000
BEFORE = 10 * CHUNK  # 0.3 seconds in whole chunks
BEHIND = 3200


class Scripted:
    """A detector that is as sure as it is told to be; after that it hears nothing."""

    def __init__(self, *sure: float) -> None:
        self._sure = list(sure)

    def __call__(self, chunk: list[float]) -> float:
        assert len(chunk) == CHUNK and all(-1 <= value <= 1 for value in chunk)
        return self._sure.pop(0) if self._sure else 0.0


def _trimmed(trimmer: Trimmer, sound: array[int], piece: int = 800) -> array[int]:
    """What is left of a sound that comes in pieces of so many samples."""
    taken = [trimmer.take(sound[at : at + piece].tobytes()) for at in range(0, len(sound), piece)]
    whole = array("h", b"".join([*taken, trimmer.rest()]))
    assert len(whole) == trimmer.given
    return whole[: trimmer.kept]


def _counting(chunks: int) -> array[int]:
    """Every chunk has its number as its samples."""
    return array("h", [n for n in range(chunks) for _ in range(CHUNK)])


def test_what_is_before_the_words_is_left_out_but_for_a_moment() -> None:
    trimmer = Trimmer(Scripted(*[0.0] * 20, 0.9, 0.9))
    kept = _trimmed(trimmer, _counting(40))
    # Chunks 20 and 21 are the voice, ten are in front of it, and 0.2 seconds behind.
    assert kept[0] == 10 and len(kept) == BEFORE + 2 * CHUNK + BEHIND


def test_words_from_the_first_moment_on_lose_nothing() -> None:
    kept = _trimmed(Trimmer(Scripted(0.9, 0.9)), _counting(3))
    assert kept == _counting(3)


def test_one_click_is_nobody_speaking() -> None:
    trimmer = Trimmer(Scripted(0.0, 0.9, 0.0, 0.9, 0.0))
    assert _trimmed(trimmer, _counting(9)) == array("h")
    assert not trimmer.begun and trimmer.kept == 0


def test_a_pause_between_words_stays() -> None:
    trimmer = Trimmer(Scripted(0.9, 0.9, *[0.0] * 30, 0.4))
    kept = _trimmed(trimmer, _counting(60))
    assert len(kept) == 33 * CHUNK + BEHIND and kept[0] == 0


def test_what_was_on_its_way_belongs_to_the_last_word() -> None:
    trimmer = Trimmer(Scripted(0.9, 0.9))
    trimmer.take(_counting(2).tobytes())
    assert trimmer.speaking
    trimmer.take(array("h", [7] * 100).tobytes())
    assert array("h", trimmer.rest()) == array("h", [7] * 100)
    assert trimmer.kept == 2 * CHUNK + 100 and not trimmer.speaking


@pytest.mark.parametrize("piece", [1, 700, 800, 5000])
def test_pieces_of_any_size_give_the_same(piece: int) -> None:
    sure = [0.0] * 15 + [0.9] * 4
    wanted = _trimmed(Trimmer(Scripted(*sure)), _counting(40))
    assert _trimmed(Trimmer(Scripted(*sure)), _counting(40), piece) == wanted


def test_a_sentence_is_cut_out_of_silence() -> None:
    trimmer = Trimmer(silero())
    kept = _trimmed(trimmer, said(RATE, before_s=2.0, behind_s=3.0))
    assert trimmer.begun and trimmer.noisy
    assert SAID_S - 0.2 < len(kept) / RATE < SAID_S + 0.7
    # Nothing of it is lost: what was cut off is silent.
    whole = said(RATE)
    loud = [at for at, value in enumerate(whole) if abs(value) > 500]
    assert kept.tobytes().find(whole[loud[0] : loud[-1]].tobytes()) >= 0


@pytest.mark.parametrize(
    ("sound", "noisy"),
    [
        (silence(RATE, 2.0), False),
        (noise(RATE, 2.0, loud=100), False),
        (noise(RATE, 2.0, loud=3000), True),
    ],
)
def test_what_is_no_voice_is_nothing_said(sound: array[int], noisy: bool) -> None:
    trimmer = Trimmer(silero())
    assert _trimmed(trimmer, sound) == array("h")
    assert (trimmer.begun, trimmer.noisy) == (False, noisy)
