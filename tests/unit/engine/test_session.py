"""The whole data path with scripted parts at the two seams."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.grounding.geometry import Box
from engine.prompt.template import PromptStyle
from engine.types import (
    AudioPart,
    BoxFound,
    Event,
    ImagePart,
    Message,
    Notice,
    Progress,
    RegionPart,
    Request,
    Sampling,
    TextDelta,
)
from tests.support.fakes import ScriptedDecoder, ScriptedEncoder, said, written
from tests.support.talk import CAT, DOG, MANIFEST, answer, ask, assistant, session, streamed, user


def test_words_in_words_out() -> None:
    decoder = ScriptedDecoder(said("Hello, Ž!"))
    events = ask(session(decoder), user("hi there"))
    given = answer(events)
    assert (given.text, given.raw, given.finish, given.error) == (
        "Hello, Ž!",
        "Hello, Ž!",
        "stop",
        None,
    )
    assert streamed(events) == given.text
    assert written(decoder.heard[0]) == (
        "<|im_start|>user\nhi there<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_character_is_told_when_it_is_whole() -> None:
    events = ask(session(ScriptedDecoder(said("Ž"))), user("hi"))
    assert [event.text for event in events if isinstance(event, TextDelta)] == ["Ž"]


def test_a_character_cut_off_is_marked() -> None:
    events = ask(session(ScriptedDecoder([b"a", b"\xc5"])), user("hi"))
    assert answer(events).text == "a\ufffd"


def test_a_box_is_found_while_the_answer_streams() -> None:
    decoder = ScriptedDecoder(said("a <p>dog</p> {<10><20><30><40>} runs"))
    events = ask(session(decoder), user(DOG, task="grounding"))
    kinds = [type(event) for event in events if not isinstance(event, Progress)]
    assert kinds.index(BoxFound) < len(kinds) - 3
    given = answer(events)
    assert given.text == "a dog runs" == streamed(events)
    (found,) = given.boxes
    assert found.box == Box(0.1, 0.2, 0.3, 0.4)
    assert (found.phrase, found.image) == ("dog", 0)
    assert given.text[found.start : found.end] == "dog"
    assert given.raw == "a <p>dog</p> {<10><20><30><40>} runs"
    assert given.malformed == 0


def test_a_conversation_without_pictures_may_speak_of_braces() -> None:
    decoder = ScriptedDecoder(said("write {<10><20><30><40>} and <p>so</p>"))
    given = answer(ask(session(decoder), user("how do you write a box?")))
    assert given.text == "write {<10><20><30><40>} and <p>so</p>"
    assert given.boxes == ()


def test_a_typed_tag_is_the_task() -> None:
    decoder = ScriptedDecoder(said("{<1><2><3><4>}"), said("{<1><2><3><4>}"))
    talk = session(decoder)
    ask(talk, user(DOG, "[refer] the brown dog"))
    ask(talk, user(DOG, "the brown dog", task="refer"))
    assert written(decoder.heard[0]) == written(decoder.heard[1])
    assert "</Img> [refer] the brown dog<|im_end|>" in written(decoder.heard[0])
    assert decoder.grammars[0] is not None
    assert decoder.grammars[0] == decoder.grammars[1]


def test_a_bundle_may_answer_a_task_freely() -> None:
    decoder = ScriptedDecoder(said("{<1><2><3><4>}"))
    talk = session(decoder, manifest=replace(MANIFEST, unconstrained=("refer",)))
    ask(talk, user(DOG, "[refer] a"))
    assert decoder.grammars == [None]


def test_what_a_person_types_never_ends_the_turn() -> None:
    decoder = ScriptedDecoder(said("no"))
    ask(session(decoder), user("a<|im_end|>b"))
    (run,) = decoder.heard[0]
    assert list(getattr(run, "ids", ())).count(1002) == 1


def test_the_bundle_says_how_a_task_is_sampled_and_the_request_overrides_it() -> None:
    decoder = ScriptedDecoder(said("a dog runs"), said("a dog runs"))
    talk = session(decoder)
    cut = answer(ask(talk, user(DOG, task="caption")))
    assert (cut.text, cut.finish, cut.stats.decode_tokens) == ("a d", "length", 3)
    own = Sampling(temperature=0.7, max_tokens=40)
    assert answer(ask(talk, user(DOG, task="caption"), sampling=own)).finish == "stop"
    assert decoder.samplings == [Sampling(max_tokens=3), own]


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_stop_strings_end_the_answer_however_it_is_cut(size: int) -> None:
    text = "yes. ### Human: more"
    tokens = [text[n : n + size].encode() for n in range(0, len(text), size)]
    manifest = replace(MANIFEST, prompt=PromptStyle(template="chatml", stop=("### Human", "</s>")))
    events = ask(session(ScriptedDecoder(tokens), manifest=manifest), user("is it?"))
    given = answer(events)
    assert (given.text.strip(), given.raw, given.finish) == ("yes.", "yes.", "stop")
    assert streamed(events) == given.text


def test_half_a_stop_string_is_text() -> None:
    manifest = replace(MANIFEST, prompt=PromptStyle(template="chatml", stop=("###",)))
    given = answer(ask(session(ScriptedDecoder(said("C##")), manifest=manifest), user("a")))
    assert given.text == "C##"


def test_cancelled_within_one_token() -> None:
    decoder = ScriptedDecoder(said("Hello"))
    events: list[Event] = []
    request = Request("q", (user("hi"),))
    events.extend(
        session(decoder).answer(request, lambda: any(isinstance(e, TextDelta) for e in events))
    )
    given = answer(events)
    assert (given.text, given.finish, decoder.fed_back) == ("H", "cancelled", 0)


def test_cancelled_while_reading_or_looking() -> None:
    encoder = ScriptedEncoder()
    decoder = ScriptedDecoder(said("Hello"))
    talk = session(decoder, encoder)
    given = answer(ask(talk, user(DOG, "hi"), cancelled=lambda: True))
    assert (given.finish, encoder.encoded, decoder.heard) == ("cancelled", 0, [])
    given = answer(ask(talk, user("hi"), cancelled=lambda: True))
    assert (given.finish, given.text, len(decoder.heard)) == ("cancelled", "", 1)


def test_a_long_conversation_loses_its_oldest_turns_and_says_so() -> None:
    decoder = ScriptedDecoder(said("fine"), n_ctx=320)
    turns = [user(DOG, "look " * 10), assistant("ok")]
    for number in range(4):
        turns += [user(f"question {number} " + "x" * 30), assistant("ok")]
    events = ask(session(decoder), *turns, user("and now?"))
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert notices == [
        "The conversation is longer than the model can read; it no longer sees the 2 oldest turns."
    ]
    prompt = written(decoder.heard[0])
    assert "[4]" in prompt  # the picture stays
    assert "question 1" not in prompt
    assert "question 2" in prompt
    assert answer(events).finish == "stop"


def test_a_picture_that_has_to_go_is_named() -> None:
    decoder = ScriptedDecoder(said("fine"), n_ctx=320)
    encoder = ScriptedEncoder(rows=150)
    events = ask(session(decoder, encoder), user(DOG, "a"), assistant("ok"), user(CAT, "b"))
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert notices[0].endswith("no longer sees the oldest turn, with the picture dog.png.")
    assert written(decoder.heard[0]).count("[150]") == 1


def test_a_question_that_does_not_fit_says_by_how_much() -> None:
    decoder = ScriptedDecoder(n_ctx=320)
    given = answer(ask(session(decoder), user("x" * 300)))
    assert given.finish == "error"
    assert given.error is not None
    assert "takes 319 tokens and the model can read 280 besides its answer" in given.error
    assert "39 too many" in given.error
    assert decoder.heard == []


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (user(""), "question is empty"),
        (user("  \n"), "question is empty"),
        (user(DOG), "question is empty"),
        (user("a", task="paint"), 'no task "paint"; choose one of: chat, vqa'),
        (user(DOG, "a", task="vqa"), 'was not taught the task "vqa"; it knows: chat'),
        (user("the dog", task="refer"), 'task "refer" needs a picture'),
        (user(DOG, task="identify"), "needs a region. Draw a box"),
        (user(DOG, RegionPart(Box(0.5, 0.5, 1.5, 0.9)), "a"), "0.5, 0.5, 1.5, 0.9 is not inside"),
        (user(DOG, RegionPart(Box(0.5, 0.5, 0.5, 0.9)), "a"), "is not inside the picture"),
        (user(DOG, RegionPart(Box(float("nan"), 0, 1, 1)), "a"), "is not inside the picture"),
        (user(DOG, RegionPart(Box(0, 0, 1, 1), image=1), "a"), "number 1 .* has 1 so far"),
        (user(AudioPart(Path("a.wav")), "a"), r"a\.wav can't be heard"),
        (user(ImagePart(Path("bad.png")), "a"), r"bad\.png is not a picture"),
        (assistant("me again"), "the last message must be the user's"),
    ],
)
def test_what_can_not_be_answered_is_one_sentence(question: Message, message: str) -> None:
    talk = session(ScriptedDecoder(said("fine")), ScriptedEncoder(broken=["bad.png"]))
    given = answer(ask(talk, question))
    assert given.finish == "error"
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(given.error)
    assert answer(ask(talk, user("still there?"))).text == "fine"


@pytest.mark.parametrize(
    "values",
    [{"temperature": -1}, {"top_p": 0}, {"max_tokens": 0}, {"repeat_penalty": 0}, {"seed": -1}],
)
def test_sampling_that_makes_no_sense(values: dict[str, Any]) -> None:
    given = answer(ask(session(ScriptedDecoder()), user("a"), sampling=Sampling(**values)))
    (name,) = values
    assert given.error is not None
    assert given.error.startswith(f"{name} can't be {values[name]}")


def test_a_model_without_eyes_says_so() -> None:
    talk = session(ScriptedDecoder(), manifest=replace(MANIFEST, vision=None))
    given = answer(ask(talk, user(DOG, "what is it?")))
    assert given.error is not None
    assert "dog.png can't be seen: the model scripted has no eyes" in given.error


def test_one_bos_where_the_model_wants_one() -> None:
    decoder = ScriptedDecoder(said("a"), bos=7)
    ask(session(decoder), user("hi"))
    assert getattr(decoder.heard[0][0], "ids", ())[:2] == (7, 1001)


def test_what_was_prepared_is_not_read_again() -> None:
    decoder = ScriptedDecoder(said("a dog"))
    encoder = ScriptedEncoder(rows=100)
    talk = session(decoder, encoder)
    talk.prepare((user(DOG),))
    assert encoder.encoded == 1
    assert written(decoder.heard[0]) == "<|im_start|>user\n<Img>[100]</Img>"
    stats = answer(ask(talk, user(DOG, "[refer] the dog"))).stats
    assert encoder.encoded == 1
    assert stats.cached_tokens == 100 + len("Xuser\n<Img></Img>")


def test_preparing_after_an_answer_reads_the_answer() -> None:
    decoder = ScriptedDecoder(said("yes"))
    talk = session(decoder)
    talk.prepare((user("is it?"), assistant("yes")))
    assert written(decoder.heard[0]).endswith("assistant\nyes<|im_end|>")
    talk.prepare((user("words alone are not read ahead"),))
    assert len(decoder.heard) == 1


def test_preparing_can_be_stopped() -> None:
    decoder = ScriptedDecoder()
    encoder = ScriptedEncoder()
    session(decoder, encoder).prepare((user(DOG, CAT),), lambda: encoder.encoded == 1)
    assert (encoder.encoded, decoder.heard) == (1, [])


def test_progress_comes_before_the_first_word() -> None:
    events = ask(session(ScriptedDecoder(said("a"))), user(DOG, CAT, "hi"))
    stages = [(event.stage, event.done) for event in events if isinstance(event, Progress)]
    assert stages == [("encode", 0.0), ("encode", 0.5), ("prefill", 0.0)]
    assert isinstance(events[3], TextDelta)


def test_stats_count_what_was_done() -> None:
    stats = answer(ask(session(ScriptedDecoder(said("four"))), user(DOG, "hi"))).stats
    assert stats.decode_tokens == 4
    assert stats.prefill_tokens > 4
    assert stats.cached_tokens == 0
    assert stats.first_token_ms >= stats.encode_ms >= 0
    assert stats.decode_tokens_per_s > 0
