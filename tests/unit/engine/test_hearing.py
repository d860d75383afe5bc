"""Recordings by blocks: each computed once, whole or growing, cut or refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine import hearing
from engine.bundle import AdaptorFacts, SpeechFacts, WindowFacts, read_manifest
from engine.errors import InputError
from engine.hearing import ClipEncoder, Heard
from engine.media.audio import RATE, Samples
from engine.models.ears import Ears
from engine.seams import Encoded, Rows, Words
from engine.types import AudioPart
from tests.support.sound_files import save, tone

FACTS = SpeechFacts(
    seconds=8.0,
    longer="refuse",
    windows=WindowFacts(block=1.0, before=0.5, after=0.25),
    adaptor=AdaptorFacts(kind="linear"),
)
MARKS = ("<au_start>", "<au_end>")


@dataclass
class Counting:
    """Ears that hear a row in each fifth of a second in which there is sound, its loudness."""

    heard: list[tuple[int, int, int | None]] = field(default_factory=list)

    def hear(
        self, window: Samples, start: int = 0, end: int | None = None, *, known: Sequence[int] = ()
    ) -> Heard:
        self.heard.append((len(window), start, end))
        kept = np.abs(window[start:end])
        parts = [kept[at : at + RATE // 5] for at in range(0, len(kept), RATE // 5)]
        values = [float(part.mean()) for part in parts if part.max() > 0.01]
        return Heard(np.array(values, np.float32).reshape(-1, 1).repeat(4, axis=1))


def encoder(ears: Any, facts: SpeechFacts = FACTS, salt: str = "weights") -> ClipEncoder:
    return ClipEncoder(ears, facts, salt=salt, marks=MARKS)


def rows_of(encoded: Encoded) -> NDArray[np.float32]:
    arrays = [piece.array for piece in encoded.pieces if isinstance(piece, Rows)]
    return np.concatenate(arrays) if arrays else np.empty((0, 4), np.float32)


def keys_of(encoded: Encoded) -> list[str]:
    return [piece.key for piece in encoded.pieces if isinstance(piece, Rows)]


def clip(folder: Path, name: str, seconds: float, *, start: float = 0.0) -> Path:
    return save(folder / name, tone(start + seconds)[round(start * RATE) :])


def test_blocks_are_heard_with_what_is_around_them(tmp_path: Path) -> None:
    ears = Counting()
    encoded = encoder(ears).encode_audio(AudioPart(clip(tmp_path, "a.wav", 2.5)))
    assert ears.heard == [
        (20_000, 0, 16_000),
        (28_000, 8_000, 24_000),
        (16_000, 8_000, 16_000),
    ]
    assert len(encoded.pieces) == len(set(keys_of(encoded))) == 3
    assert encoded.placement is None


def test_the_same_sound_is_computed_once_under_any_name(tmp_path: Path) -> None:
    ears = Counting()
    clips = encoder(ears)
    first = clips.encode_audio(AudioPart(clip(tmp_path, "a.wav", 2.5)))
    assert clips.encode_audio(AudioPart(tmp_path / "a.wav")) is first
    again = clips.encode_audio(AudioPart(clip(tmp_path, "copy.wav", 2.5)))
    assert (again.key, keys_of(again)) == (first.key, keys_of(first))
    assert clips.encoded == len(ears.heard) == 3


def test_other_weights_make_other_keys(tmp_path: Path) -> None:
    part = AudioPart(clip(tmp_path, "a.wav", 1.0))
    one, other = (encoder(Counting(), salt=salt).encode_audio(part) for salt in ("one", "other"))
    assert one.key != other.key
    assert not set(keys_of(one)) & set(keys_of(other))


def test_a_changed_file_is_heard_anew(tmp_path: Path) -> None:
    clips = encoder(Counting())
    before = clips.encode_audio(AudioPart(clip(tmp_path, "a.wav", 1.0)))
    after = clips.encode_audio(AudioPart(clip(tmp_path, "a.wav", 1.1, start=0.1)))
    assert before.key != after.key


def test_the_last_block_alone_is_computed_when_a_growing_clip_is_finished(tmp_path: Path) -> None:
    ears = Counting()
    clips = encoder(ears)
    sound = tone(3.0)
    for seconds in (0.0, 0.5, 1.3, 1.4, 2.5, 3.0):
        path = save(tmp_path / "growing.wav", sound[: round(seconds * RATE)])
        clips.encode_audio(AudioPart(path, growing=True))
    assert len(ears.heard) == 2
    finished = clips.encode_audio(AudioPart(clip(tmp_path, "finished.wav", 3.0)))
    assert len(ears.heard) == 3
    assert len(finished.pieces) == 3


def test_nothing_is_left_to_hear_of_one_that_ends_after_a_pause(tmp_path: Path) -> None:
    ears = Counting()
    clips = encoder(ears)
    path = save(tmp_path / "growing.wav", tone(3.0))
    paused = clips.encode_audio(AudioPart(path, growing=True, paused=True))
    heard = len(ears.heard)
    finished = clips.encode_audio(AudioPart(clip(tmp_path, "finished.wav", 3.0)))
    assert keys_of(finished) == keys_of(paused) and len(ears.heard) == heard
    more = save(tmp_path / "growing.wav", tone(4.0))
    settled = clips.encode_audio(AudioPart(more, growing=True))
    assert keys_of(settled)[:2] == keys_of(paused)[:2] != keys_of(settled)


def test_what_would_be_heard_anew_is_not_heard_in_a_pause(tmp_path: Path) -> None:
    ears = Counting()
    whole = encoder(ears, replace(FACTS, windows=None))
    path = save(tmp_path / "growing.wav", tone(3.0))
    assert whole.encode_audio(AudioPart(path, growing=True, paused=True)).pieces == ()
    assert ears.heard == []


@pytest.fixture(scope="module", params=["hearing_bundle", "telling_bundle"])
def real(request: pytest.FixtureRequest) -> tuple[Ears, SpeechFacts]:
    bundle: Path = request.getfixturevalue(request.param)
    manifest = read_manifest(bundle)
    assert manifest.speech is not None
    return Ears.load(bundle, manifest, device="cpu"), manifest.speech


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    length=st.integers(RATE // 10, 5 * RATE), stops=st.lists(st.integers(0, 5 * RATE), max_size=4)
)
def test_growing_and_whole_give_the_same_rows_for_any_cut(
    real: tuple[Ears, SpeechFacts], tmp_path: Path, length: int, stops: list[int]
) -> None:
    ears, facts = real
    sound = tone(5.0)[:length]
    streaming = encoder(ears, facts)
    known: list[str] = []
    for stop in sorted(stop for stop in stops if stop < length):
        path = save(tmp_path / "growing.wav", sound[:stop])
        early = keys_of(streaming.encode_audio(AudioPart(path, growing=True)))
        assert early[: len(known)] == known
        known = early
    path = save(tmp_path / "finished.wav", sound)
    finished = streaming.encode_audio(AudioPart(path))
    assert keys_of(finished)[: len(known)] == known
    whole = encoder(ears, facts).encode_audio(AudioPart(path))
    assert keys_of(finished) == keys_of(whole)
    assert np.array_equal(rows_of(finished), rows_of(whole))
    if not facts.adaptor.rows_are_words:
        rows = len(rows_of(whole))
        assert rows == pytest.approx(length / RATE / 0.08, abs=len(whole.pieces) + 1)


def test_a_block_is_told_what_was_told_before_it(tmp_path: Path) -> None:
    """And is heard anew where that is something else."""

    class Telling(Counting):
        def hear(
            self,
            window: Samples,
            start: int = 0,
            end: int | None = None,
            *,
            known: Sequence[int] = (),
        ) -> Heard:
            knew.append(tuple(known))
            return super().hear(window, start, end)._replace(told=(round(window.max() * 100),))

    knew: list[tuple[int, ...]] = []
    sound = tone(3.0)
    ears = encoder(Telling())
    before = ears.encode_audio(AudioPart(save(tmp_path / "1.wav", sound)))
    assert knew[0] == () and knew[2] == knew[1] * 2
    sound[:800] *= 2  # heard by the first block alone
    knew.clear()
    after = ears.encode_audio(AudioPart(save(tmp_path / "2.wav", sound)))
    assert len(knew) == 3
    assert not set(keys_of(before)) & set(keys_of(after))


def test_what_is_too_long_is_refused_or_cut_at_a_pause(tmp_path: Path) -> None:
    sound = tone(6.0)
    sound[round(2.4 * RATE) : round(2.8 * RATE)] = 0
    path = save(tmp_path / "long.wav", sound)
    short = replace(FACTS, seconds=4.0)
    with pytest.raises(InputError, match=r"long\.wav is 6 seconds long; at most 4 seconds"):
        encoder(Counting(), short).encode_audio(AudioPart(path))
    encoded = encoder(Counting(), replace(short, longer="cut")).encode_audio(AudioPart(path))
    between = [piece for piece in encoded.pieces if isinstance(piece, Words)]
    assert between == [Words("<au_end> <au_start>")]
    place = encoded.pieces.index(between[0])
    first = save(tmp_path / "first.wav", sound[: round(2.6 * RATE)])
    alone = encoder(Counting()).encode_audio(AudioPart(first))
    assert keys_of(encoded)[: place - 1] == keys_of(alone)[: place - 1]


def test_a_clip_in_which_nothing_was_heard(tmp_path: Path) -> None:
    clips = encoder(Counting())
    for name, loudness in (("silence.wav", 0.0), ("whisper.wav", 0.02)):
        path = save(tmp_path / name, tone(2.0) * loudness)
        with pytest.raises(InputError, match=f"No speech was heard in {path}"):
            clips.encode_audio(AudioPart(path))
        assert clips.encode_audio(AudioPart(path, growing=True)).pieces == ()


def test_a_block_in_which_nothing_was_heard_is_left_out(tmp_path: Path) -> None:
    sound = tone(3.0)
    sound[RATE : 2 * RATE] = 0
    encoded = encoder(Counting()).encode_audio(AudioPart(save(tmp_path / "a.wav", sound)))
    assert len(encoded.pieces) == 2


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ears = Counting()
    clips = encoder(ears)
    paths = [clip(tmp_path, f"{n}.wav", 1.0, start=n * 0.03) for n in range(3)]
    size = rows_of(clips.encode_audio(AudioPart(paths[0]))).nbytes
    monkeypatch.setattr(hearing, "CACHE_BYTES", 2 * size)
    monkeypatch.setattr(hearing, "RECORDINGS", 1)
    for path in (*paths[1:], paths[2], paths[1]):
        clips.encode_audio(AudioPart(path))
    assert len(ears.heard) == 3
    clips.encode_audio(AudioPart(paths[0]))
    assert len(ears.heard) == 4
