"""How speech reaches the model: among pictures and words, block by block, while it is spoken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.bundle import AdaptorFacts, SpeechFacts
from engine.seams import RowRun
from engine.senses import Senses
from engine.session import Session
from engine.types import AudioPart, Message, Notice, Progress, Sampling
from tests.support.fakes import ScriptedDecoder, ScriptedEncoder, said, written
from tests.support.talk import CAT, DOG, MANIFEST, answer, ask, assistant, session, user

SPEECH = SpeechFacts(
    seconds=30.0, longer="refuse", windows=None, adaptor=AdaptorFacts(kind="linear")
)
WORDS = replace(SPEECH, adaptor=AdaptorFacts(kind="words"))
HEARING = replace(MANIFEST, speech=SPEECH, tasks=(*MANIFEST.tasks, "transcribe"))
ONE, TWO = AudioPart(Path("one.wav")), AudioPart(Path("two.wav"))
GROWING = AudioPart(Path("one.wav"), growing=True)


def keys(decoder: ScriptedDecoder, prompt: int = -1) -> list[str]:
    return [run.key for run in decoder.heard[prompt] if isinstance(run, RowRun)]


def test_a_spoken_question_about_a_picture() -> None:
    decoder = ScriptedDecoder(said("a dog"))
    events = ask(session(decoder, manifest=HEARING), user(DOG, ONE))
    assert answer(events).text == "a dog"
    assert written(decoder.heard[0]) == (
        "<|im_start|>user\n<Img>[4]</Img> <au_start>[3][3]<au_end><|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert not any(isinstance(event, Notice) for event in events)


def test_a_spoken_question_for_a_task_keeps_the_task() -> None:
    decoder = ScriptedDecoder(said("{<1><2><3><4>}"))
    events = ask(session(decoder, manifest=HEARING), user(DOG, ONE, task="refer"))
    assert "<au_start>[3][3]<au_end> [refer]<|im_end|>" in written(decoder.heard[0])
    assert len(answer(events).boxes) == 1
    assert not any(isinstance(event, Notice) for event in events)


def test_a_recording_is_written_down_by_the_model() -> None:
    decoder = ScriptedDecoder(said("where is it"))
    ask(session(decoder, manifest=HEARING), user(ONE, task="transcribe"))
    assert (
        "<au_start>[3][3]<au_end> [asr] Transcribe the following speech into text.<|im_end|>"
        in written(decoder.heard[0])
    )


@pytest.mark.parametrize(("speech", "words"), [(WORDS, 8), (SPEECH, 20)])
def test_hardly_more_is_written_down_than_words_were_heard(speech: SpeechFacts, words: int) -> None:
    manifest = replace(HEARING, speech=speech)
    talk = session(ScriptedDecoder([b"on "] * 20, [b"on "] * 20), manifest=manifest)
    written_down = answer(ask(talk, user(ONE, task="transcribe")))
    assert (written_down.text.split(), written_down.finish) == (["on"] * words, "stop")
    assert len(answer(ask(talk, user(ONE))).text.split()) == 20


def test_hardly_fewer_are_written_down_than_were_heard() -> None:
    """Of the six rows of a recording, five."""
    manifest = replace(HEARING, speech=WORDS)
    decoder = ScriptedDecoder(said("one"), said("one"), said("one"))
    ask(session(decoder, manifest=manifest), user(ONE, task="transcribe"))
    ask(session(decoder, manifest=manifest), user(ONE))
    ask(session(decoder, manifest=HEARING), user(ONE, task="transcribe"))
    assert decoder.at_least == [5, 0, 0]


def test_a_tag_is_read_while_one_speaks() -> None:
    """Where a recording stands in its words' place, the tag is in front of it."""
    decoder = ScriptedDecoder(said("none"))
    style = replace(MANIFEST.prompt, audio_as_words=True)
    encoder = ScriptedEncoder(blocks=1)
    talk = session(decoder, encoder, manifest=replace(HEARING, prompt=style))
    talk.prepare((user(DOG, GROWING, task="refer"),))
    begun = "<|im_start|>user\n<Img>[4]</Img> [refer]"
    assert written(decoder.heard[0]) == begun
    encoder.blocks = 2
    talk.prepare((user(DOG, GROWING, task="refer"),))
    assert written(decoder.heard[-1]) == f"{begun}[3]"
    talk.prepare((user(DOG, ONE, task="refer"),))
    assert written(decoder.heard[-1]) == f"{begun}[3][3]"
    ask(talk, user(DOG, ONE, task="refer"))
    assert written(decoder.heard[-1]).startswith(f"{begun}[3][3]<|im_end|>")


def test_what_was_asked_to_be_short_is_shorter_than_what_was_heard() -> None:
    talk = session(ScriptedDecoder([b"on "] * 20), manifest=replace(HEARING, speech=WORDS))
    few = ask(talk, user(ONE, task="transcribe"), sampling=Sampling(max_tokens=2))
    assert (answer(few).text.split(), answer(few).finish) == (["on"] * 2, "length")


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_recordings_in_one_question(count: int) -> None:
    decoder = ScriptedDecoder(said("one"))
    recordings = [AudioPart(Path(f"{n}.wav")) for n in range(count)]
    ask(session(decoder, manifest=HEARING), user(*recordings, "look"))
    assert keys(decoder) == [f"{n} {block}" for n in range(count) for block in range(2)]
    assert written(decoder.heard[0]).count("<au_start>[3][3]<au_end>") == count


def test_pictures_recordings_and_words_in_any_order_over_a_conversation() -> None:
    decoder = ScriptedDecoder(said("yes"), said("no"))
    encoder = ScriptedEncoder(rows=2)
    talk = session(decoder, encoder, manifest=HEARING)
    turns = [user(ONE, DOG, "is it?"), assistant("yes"), user("and this", CAT, TWO)]
    assert answer(ask(talk, *turns)).finish == "stop"
    assert written(decoder.heard[0]) == (
        "<|im_start|>user\n<au_start>[3][3]<au_end> <Img>[2]</Img> is it?<|im_end|>\n"
        "<|im_start|>assistant\nyes<|im_end|>\n"
        "<|im_start|>user\n<Img>[2]</Img> <au_start>[3][3]<au_end> and this<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert keys(decoder) == ["one 0", "one 1", "dog.png/0", "cat.png/0", "two 0", "two 1"]
    assert encoder.encoded == 6
    later = ask(talk, *turns, assistant("yes"), user(TWO))
    assert encoder.encoded == 6
    assert answer(later).stats.prefill_tokens < 60


def test_the_finished_clip_computes_only_its_last_block() -> None:
    decoder = ScriptedDecoder(said("a dog"))
    encoder = ScriptedEncoder(blocks=3)
    talk = session(decoder, encoder, manifest=HEARING)
    encoder.blocks = 1
    talk.prepare((user(DOG, GROWING),))
    assert written(decoder.heard[0]) == "<|im_start|>user\n<Img>[4]</Img> <au_start>"
    encoder.blocks = 3
    talk.prepare((user(DOG, GROWING),))
    assert written(decoder.heard[1]).endswith("</Img> <au_start>[3][3]")
    assert encoder.encoded == 3  # the picture, two blocks
    stats = answer(ask(talk, user(DOG, ONE))).stats
    assert encoder.encoded == 4
    assert stats.cached_tokens == len("Xuser\n<Img></Img> <au_start>") + 4 + 6
    assert stats.prefill_tokens == 3 + len("<au_end>X\nXassistant\n")


def test_what_comes_behind_a_growing_clip_is_not_read_ahead() -> None:
    decoder = ScriptedDecoder()
    session(decoder, manifest=HEARING).prepare((user(GROWING, DOG),))
    assert written(decoder.heard[0]) == "<|im_start|>user\n<au_start>[3]"


@pytest.mark.parametrize("recording", [ONE, replace(GROWING, paused=True)])
def test_a_finished_or_paused_clip_is_read_to_its_end_ahead(recording: AudioPart) -> None:
    decoder = ScriptedDecoder()
    session(decoder, manifest=HEARING).prepare((user(DOG, recording),))
    assert written(decoder.heard[0]).endswith("</Img> <au_start>[3][3]<au_end>")


def test_pictures_and_recordings_are_told_of_while_they_are_looked_at() -> None:
    events = ask(session(ScriptedDecoder(said("a")), manifest=HEARING), user(DOG, ONE))
    stages = [(event.stage, event.done) for event in events if isinstance(event, Progress)]
    assert stages == [("encode", 0.0), ("encode", 0.5), ("prefill", 0.0)]


def test_stopped_between_a_picture_and_a_recording() -> None:
    decoder, encoder = ScriptedDecoder(), ScriptedEncoder()
    talk = session(decoder, encoder, manifest=HEARING)
    given = answer(ask(talk, user(DOG, ONE), cancelled=lambda: encoder.encoded == 1))
    assert (given.finish, encoder.encoded, decoder.heard) == ("cancelled", 1, [])


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (user(AudioPart(Path("bad.wav"))), r"bad\.wav is not a recording"),
        (user(AudioPart(Path("silence.wav"))), r"No speech was heard in silence\.wav"),
        (user("what?", task="transcribe"), 'task "transcribe" needs a recording'),
    ],
)
def test_what_can_not_be_heard_is_one_sentence(question: Message, message: str) -> None:
    talk = session(
        ScriptedDecoder(said("fine")), ScriptedEncoder(broken=["bad.wav"]), manifest=HEARING
    )
    given = answer(ask(talk, question))
    assert given.finish == "error"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(given.error)
    assert answer(ask(talk, user("still there?"))).text == "fine"


@pytest.mark.parametrize(("part", "sense"), [(DOG, "eyes"), (ONE, "ears")])
def test_what_a_model_has_no_sense_for_is_not_read_ahead(part: AudioPart, sense: str) -> None:
    talk = Session(ScriptedDecoder(), Senses(None, None), manifest=HEARING)
    with pytest.raises(Exception, match=f"this model has no {sense}"):
        talk.prepare((user(part),))
