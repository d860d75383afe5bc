"""The engine with every real part, on bundles of random weights."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import engine
from engine.engine import Engine
from engine.errors import BundleError, InputError
from engine.grounding.geometry import Box
from engine.types import (
    Answer,
    AudioPart,
    BoxFound,
    Finished,
    ImagePart,
    LoadOptions,
    Message,
    Part,
    Progress,
    RegionPart,
    Request,
    Sampling,
    TextDelta,
    TextPart,
)
from tests.support.sound_files import save, tone

SPEECH = Path(__file__).resolve().parents[3] / "resources" / "examples" / "question.ogg"
SHORT = Sampling(max_tokens=8)


@pytest.fixture(scope="module")
def loaded(tiny_bundle: Path) -> Iterator[Engine]:
    with Engine.load(tiny_bundle) as engine:
        yield engine


@pytest.fixture
def fresh(tiny_bundle: Path) -> Iterator[Engine]:
    with Engine.load(tiny_bundle) as engine:
        yield engine


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    colours = ["red", "green", "blue", "white", "black"]
    for colour in colours:
        Image.new("RGB", (60, 40), colour).save(folder / f"{colour}.png")
    return [folder / f"{colour}.png" for colour in colours]


def user(*parts: Part | str | Path, task: str = "chat") -> Message:
    def part(given: Part | str | Path) -> Part:
        if isinstance(given, Path):
            return ImagePart(given)
        return TextPart(given) if isinstance(given, str) else given

    return Message("user", tuple(map(part, parts)), task)


def ask(engine: Engine, *messages: Message, sampling: Sampling = SHORT) -> Answer:
    last = list(engine.answer(Request("q", messages, sampling)))[-1]
    assert isinstance(last, Finished)
    return last.answer


def looks(engine: Engine) -> int:
    """How many pictures and blocks of sound were computed so far."""
    return engine._session._encoder.encoded


def test_the_package_offers_it_lazily() -> None:
    assert engine.Engine is Engine
    with pytest.raises(AttributeError, match="no attribute 'Motor'"):
        _ = engine.Motor


def test_it_says_what_it_is(loaded: Engine, tiny_bundle: Path) -> None:
    info = loaded.info
    assert (info.bundle, info.sees, info.context, info.n_embd) == (tiny_bundle, True, 1024, 64)
    assert "refer" in info.tasks


def test_a_refer_answer_is_a_box_or_none(loaded: Engine, pictures: list[Path]) -> None:
    sampling = Sampling(max_tokens=60)
    events = list(loaded.answer(Request("q", (user(pictures[0], "[refer] the dog"),), sampling)))
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.answer.finish == "stop"
    assert last.answer.malformed == 0
    found = [event.box for event in events if isinstance(event, BoxFound)]
    assert list(last.answer.boxes) == found
    assert bool(found) != (last.answer.text == "none")
    assert any(isinstance(event, Progress) for event in events)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_second_question_encodes_nothing(fresh: Engine, pictures: list[Path], count: int) -> None:
    talk = [user(*pictures[:count], "what is it?")]
    first = ask(fresh, *talk)
    assert looks(fresh) == count
    talk += [Message("assistant", (TextPart(first.raw),)), user("and now?")]
    second = ask(fresh, *talk)
    assert looks(fresh) == count
    assert second.stats.cached_tokens >= first.stats.prefill_tokens - 1
    with Engine.load(fresh.info.bundle) as other:
        alone = ask(other, *talk)
    assert alone.stats.cached_tokens == 0
    assert (alone.text, alone.raw) == (second.text, second.raw)


def test_what_was_prepared_is_not_computed_again(fresh: Engine, pictures: list[Path]) -> None:
    fresh.prepare((user(pictures[0]),))
    assert looks(fresh) == 1
    stats = ask(fresh, user(pictures[0], "[refer] the dog")).stats
    assert looks(fresh) == 1
    assert stats.cached_tokens > 20
    assert stats.prefill_tokens < 80


def test_stopping_in_mid_answer_and_going_on(fresh: Engine, pictures: list[Path]) -> None:
    question = user(pictures[0], "tell me")
    stop = threading.Event()
    told = 0
    for event in fresh.answer(Request("q", (question,), Sampling(max_tokens=500)), stop.is_set):
        told += isinstance(event, TextDelta)
        if told == 3:
            stop.set()
    assert isinstance(event, Finished)
    assert event.answer.finish == "cancelled"
    assert event.answer.stats.decode_tokens < 20
    with Engine.load(fresh.info.bundle) as other:
        assert ask(fresh, question).raw == ask(other, question).raw


def test_a_region_of_the_question_is_written_for_the_model(
    loaded: Engine, pictures: list[Path]
) -> None:
    region = RegionPart(Box(0.1, 0.1, 0.5, 0.5))
    assert ask(loaded, user(pictures[0], region, task="identify")).finish in ("stop", "length")


def test_a_picture_that_is_none_costs_one_answer(loaded: Engine, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no")
    answer = ask(loaded, user(bad, "what is it?"))
    assert answer.finish == "error"
    assert answer.error is not None
    assert str(bad) in answer.error
    assert ask(loaded, user("hello")).finish in ("stop", "length")


def test_a_model_without_eyes_chats(blind_bundle: Path, pictures: list[Path]) -> None:
    with Engine.load(blind_bundle) as blind:
        assert not blind.info.sees
        assert ask(blind, user("hello")).finish in ("stop", "length")
        assert "has no eyes" in (ask(blind, user(pictures[0], "hello")).error or "")


@pytest.fixture(scope="module")
def listening(hearing_bundle: Path) -> Iterator[Engine]:
    with Engine.load(hearing_bundle) as engine:
        yield engine


def test_it_says_how_it_hears(listening: Engine, loaded: Engine, words_bundle: Path) -> None:
    assert (listening.info.hears, listening.info.longest_s) == (True, 8.0)
    assert (loaded.info.hears, loaded.info.longest_s) == (False, None)
    with Engine.load(words_bundle) as cutting:
        assert (cutting.info.hears, cutting.info.longest_s) == (True, None)


def test_speech_pictures_and_words_in_one_conversation(
    listening: Engine, pictures: list[Path], tmp_path: Path
) -> None:
    one, two = (save(tmp_path / f"{n}.wav", tone(1.5 + n)) for n in range(2))
    talk = [user(pictures[0], AudioPart(one))]
    first = ask(listening, *talk)
    assert (first.error, first.finish in ("stop", "length")) == (None, True)
    talk += [Message("assistant", (TextPart(first.raw),)), user(AudioPart(two), "and this?")]
    second = ask(listening, *talk)
    assert second.error is None
    assert second.stats.cached_tokens >= first.stats.prefill_tokens - 1
    with Engine.load(listening.info.bundle) as other:
        assert ask(other, *talk).raw == second.raw


def test_of_a_finished_recording_only_the_end_is_computed_and_read(
    hearing_bundle: Path, tmp_path: Path
) -> None:
    sound = tone(4.0)
    growing, finished = tmp_path / "growing.wav", save(tmp_path / "finished.wav", sound)
    with Engine.load(hearing_bundle) as engine:
        for end in (8_000, 24_000, 48_000):
            save(growing, sound[:end])
            engine.prepare((user(AudioPart(growing, growing=True)),))
        early = looks(engine)
        asked = ask(engine, user(AudioPart(finished)))
        assert (early, looks(engine)) == (2, 4)
        # Two blocks of 13 rows were read while the rest was said.
        assert asked.stats.cached_tokens >= 26
        with Engine.load(hearing_bundle) as other:
            assert ask(other, user(AudioPart(finished))).raw == asked.raw


def test_a_recording_that_is_none_costs_one_answer(listening: Engine, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_text("no")
    assert "bad.wav is not a recording" in str(
        ask(listening, user(AudioPart(tmp_path / "bad.wav"))).error
    )
    long = save(tmp_path / "long.wav", tone(9.0))
    assert "long.wav is 9 seconds long; at most 8 seconds" in str(
        ask(listening, user(AudioPart(long))).error
    )
    assert ask(listening, user("hello")).finish in ("stop", "length")


def test_a_model_without_ears_has_speech_written_down(
    blind_bundle: Path, whisper: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SIGHTLINE_WHISPER", str(tmp_path / "absent"))
    with Engine.load(blind_bundle) as deaf:
        assert "has no ears" in str(ask(deaf, user(AudioPart(SPEECH))).error)
        with pytest.raises(BundleError, match="absent holds no Whisper"):
            deaf.transcribe(SPEECH)
        monkeypatch.setenv("SIGHTLINE_WHISPER", str(whisper))
        assert "red apple" in deaf.transcribe(SPEECH)
        with pytest.raises(InputError, match=r"absent\.wav"):
            deaf.transcribe(tmp_path / "absent.wav")
    chosen = LoadOptions(whisper=tmp_path)
    with (
        Engine.load(blind_bundle, options=chosen) as other,
        pytest.raises(BundleError, match=f"{tmp_path} holds no Whisper"),
    ):
        other.transcribe(SPEECH)


def test_a_vit_without_regions_sees_too(tiny_vit_bundle: Path, pictures: list[Path]) -> None:
    with Engine.load(tiny_vit_bundle) as vit:
        assert ask(vit, user(pictures[0], "hello")).finish in ("stop", "length")


def test_a_broken_bundle_is_refused_in_one_sentence(tiny_bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, copy)
    (copy / "llm.gguf").write_bytes(b"nothing")
    with pytest.raises(BundleError, match=r"llm\.gguf"):
        Engine.load(copy)


def test_it_is_placed_as_it_is_told(blind_bundle: Path) -> None:
    with Engine.load(blind_bundle, options=LoadOptions(device="cpu", context=512)) as engine:
        assert (engine.info.context, engine.info.device) == (512, "cpu")
    with Engine.load(blind_bundle, options=LoadOptions(context=10**6)) as engine:
        assert engine.info.context == 1024
