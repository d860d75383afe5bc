"""Prompts as exact strings: a prompt that differs by one character costs the answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import BundleError, InputError
from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, load_tasks
from engine.prompt.template import MediaSlot, PromptStyle, RegionSlot, Segment, TextSegment, render
from engine.types import AudioPart, ImagePart, Message, Part, RegionPart, TextPart

MINIGPT = DIALECTS["minigpt-v2"]
CHATML = PromptStyle(template="chatml")
LLAMA = PromptStyle(template="llama-2")


def picture(name: str = "a.png") -> ImagePart:
    return ImagePart(Path(name))


def user(*parts: Part | str, task: str = "chat") -> Message:
    return Message("user", tuple(TextPart(p) if isinstance(p, str) else p for p in parts), task)


def assistant(words: str) -> Message:
    return Message("assistant", (TextPart(words),))


def flat(segments: list[Segment]) -> str:
    """The prompt as one string, a slot as (image 0), (audio 0) or (region of a.png)."""
    return "".join(map(_flat, segments))


def _flat(segment: Segment) -> str:
    match segment:
        case TextSegment():
            return segment.text
        case RegionSlot():
            return f"(region of {segment.path.name})"
        case MediaSlot():
            return f"({segment.kind} {segment.index})"


def prompt(*messages: Message, style: PromptStyle = CHATML) -> str:
    return flat(render(messages, style, MINIGPT, answer=True))


def test_chatml_without_a_picture() -> None:
    assert prompt(user("The capital of France?")) == (
        "<|im_start|>user\nThe capital of France?<|im_end|>\n<|im_start|>assistant\n"
    )


def test_chatml_with_one_picture() -> None:
    assert prompt(user(picture(), "the brown dog", task="refer")) == (
        "<|im_start|>user\n<Img>(image 0)</Img> [refer] the brown dog<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_chatml_with_two_pictures_in_one_turn() -> None:
    assert prompt(user(picture("a.png"), picture("b.png"), "what differs?")) == (
        "<|im_start|>user\n<Img>(image 0)</Img> <Img>(image 1)</Img> what differs?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_chatml_with_five_pictures_over_three_turns() -> None:
    messages = [
        user(picture("a.png"), "and this?", task="vqa"),
        assistant("a cat"),
        user(picture("b.png"), picture("c.png"), picture("d.png"), "cats", task="detection"),
        assistant("none"),
        user(picture("e.png"), task="caption"),
    ]
    assert prompt(*messages) == (
        "<|im_start|>user\n<Img>(image 0)</Img> [vqa] and this?<|im_end|>\n"
        "<|im_start|>assistant\na cat<|im_end|>\n"
        "<|im_start|>user\n<Img>(image 1)</Img> <Img>(image 2)</Img> <Img>(image 3)</Img> "
        "[detection] cats<|im_end|>\n"
        "<|im_start|>assistant\nnone<|im_end|>\n"
        "<|im_start|>user\n<Img>(image 4)</Img> [caption] briefly describe this image<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    slots = [s for s in render(messages, CHATML, MINIGPT) if isinstance(s, MediaSlot)]
    assert [slot.path.name for slot in slots] == ["a.png", "b.png", "c.png", "d.png", "e.png"]


def test_a_region_that_is_asked_about_stands_behind_its_own_row() -> None:
    """Its row and its box, as inside a picture; without `region_rows` its box alone."""
    first, second = Box(0.3, 0.4, 0.52, 0.77), Box(0, 0, 0.5, 0.5)
    message = user(
        picture("a.png"), picture("b.png"), RegionPart(first, image=1), RegionPart(second),
        "what is this", task="identify",
    )  # fmt: skip
    rows = replace(CHATML, region_rows=True)
    assert prompt(message, style=rows) == (
        "<|im_start|>user\n<Img>(image 0)</Img> <Img>(image 1)</Img> [identify] what is this"
        "(region of b.png) {<30><40><52><77>}(region of a.png) {<0><0><50><50>}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert prompt(message) == (
        "<|im_start|>user\n<Img>(image 0)</Img> <Img>(image 1)</Img> [identify] what is this "
        "{<30><40><52><77>}<delim>{<0><0><50><50>}<|im_end|>\n<|im_start|>assistant\n"
    )
    slots = [s for s in render([message], rows, MINIGPT) if isinstance(s, RegionSlot)]
    assert [slot.box for slot in slots] == [first, second]


def test_llama_2_without_a_picture() -> None:
    assert prompt(user("Hello"), style=LLAMA) == "<s>[INST] Hello [/INST]"


def test_llama_2_with_one_picture() -> None:
    assert prompt(user(picture(), "the brown dog", task="refer"), style=LLAMA) == (
        "<s>[INST] <Img>(image 0)</Img> [refer] the brown dog [/INST]"
    )


def test_llama_2_with_two_pictures_in_one_turn() -> None:
    assert prompt(user(picture(), picture(), "what differs?"), style=LLAMA) == (
        "<s>[INST] <Img>(image 0)</Img> <Img>(image 1)</Img> what differs? [/INST]"
    )


def test_llama_2_with_five_pictures_has_one_bos() -> None:
    messages = [
        user(picture(), picture(), "cats", task="detection"),
        assistant("<p>cats</p> {<1><2><3><4>}"),
        user(picture(), picture(), picture(), task="grounding"),
    ]
    assert prompt(*messages, style=LLAMA) == (
        "<s>[INST] <Img>(image 0)</Img> <Img>(image 1)</Img> [detection] cats [/INST]"
        "<p>cats</p> {<1><2><3><4>}</s>"
        "[INST] <Img>(image 2)</Img> <Img>(image 3)</Img> <Img>(image 4)</Img> "
        "[grounding] describe this image in detail [/INST]"
    )


def test_llama_2_puts_the_system_message_inside_the_first_turn() -> None:
    style = PromptStyle(template="llama-2", system="Be brief.")
    speech = AudioPart(Path("a.wav"))
    assert prompt(user(speech), style=style) == (
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n<au_start>(audio 0)<au_end> [/INST]"
    )


def test_llasm_as_its_own_code_writes_it() -> None:
    """infer_tokenize.py of LinkSoul-AI/LLaSM, `tokenize_Cllama2` and `tokenize_baichuan`."""
    speech = user(AudioPart(Path("a.wav")))
    style = PromptStyle(template="llasm", system="Help.", media_tokens=True)
    inside = "<<SYS>>\nHelp.\n<</SYS>>\n\n"
    first = f"{inside}<s>[INST] {inside}<au_start>(audio 0)<au_end> [/INST] "
    assert prompt(speech, style=style) == first
    later = prompt(speech, assistant("Rain."), user("And <au_end> snow?"), style=style)
    assert later == f"{first}Rain. </s><s>[INST] And <au_end> snow? [/INST] "
    style = PromptStyle(template="llasm-baichuan", system="Help.", media_tokens=True)
    first = "Help.USER:<au_start>(audio 0)<au_end>ASSISTANT:"
    assert prompt(speech, style=style) == first
    later = prompt(speech, assistant("Rain."), user("Snow?"), style=style)
    assert later == f"{first}Rain.</s>USER:Snow?ASSISTANT:"


def test_what_stands_around_media_is_a_token_where_the_model_has_one() -> None:
    style = PromptStyle(template="llama-2", media_tokens=True)
    segments = render([user(AudioPart(Path("a.wav")), "<au_end> is typed")], style, MINIGPT)
    texts = [segment for segment in segments if isinstance(segment, TextSegment)]
    assert [s.text for s in texts if s.special] == ["<s>", "<au_start>", "<au_end>"]
    assert " <au_end> is typed [/INST]" in [s.text for s in texts if not s.special]


POLITE = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives "
    "helpful, detailed, and polite answers to the user's questions."
)


def test_vicuna_as_llava_was_trained() -> None:
    style = PromptStyle(template="vicuna", image=("", "\n"), system=POLITE)
    first = user(picture(), "What is shown in this image?")
    assert prompt(first, style=style) == (
        f"<s>{POLITE} USER: (image 0)\nWhat is shown in this image? ASSISTANT:"
    )
    assert prompt(first, assistant("A cat."), user("Where?"), style=style) == (
        f"<s>{POLITE} USER: (image 0)\nWhat is shown in this image? ASSISTANT:A cat.</s>"
        "USER: Where? ASSISTANT:"
    )


def test_two_pictures_of_llava_stand_on_lines_of_their_own() -> None:
    style = PromptStyle(template="vicuna", image=("", "\n"))
    assert prompt(user(picture(), picture(), "What differs?"), style=style) == (
        "<s>USER: (image 0)\n(image 1)\nWhat differs? ASSISTANT:"
    )


def test_mistral_as_llava_was_trained() -> None:
    style = PromptStyle(template="mistral", image=("", "\n"))
    first = user(picture(), "What is shown in this image?")
    assert prompt(first, style=style) == (
        "<s>[INST] (image 0)\nWhat is shown in this image? [/INST]"
    )
    assert prompt(first, assistant("A cat."), user("Where?"), style=style) == (
        "<s>[INST] (image 0)\nWhat is shown in this image? [/INST]A cat. </s>[INST] Where? [/INST]"
    )


def test_llama_3_with_speech() -> None:
    style = PromptStyle(template="llama-3", audio=("", ""), system="Be brief.")
    speech = AudioPart(Path("a.wav"))
    assert prompt(user(speech, "What is said?"), assistant("Hello."), style=style) == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n(audio 0) What is said?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_chatml_system_message_of_the_style_or_of_the_conversation() -> None:
    style = PromptStyle(template="chatml", system="Be brief.")
    assert prompt(user("Hi"), style=style) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    own = Message("system", (TextPart("Rhyme."),))
    assert prompt(own, user("Hi"), style=style).startswith(
        "<|im_start|>system\nRhyme.<|im_end|>\n<|im_start|>user\n"
    )


def test_a_region_stands_behind_the_words() -> None:
    region = RegionPart(Box(0.3, 0.4, 0.52, 0.77))
    assert prompt(user(picture(), region, task="identify")) == (
        "<|im_start|>user\n<Img>(image 0)</Img> [identify] what is this {<30><40><52><77>}"
        "<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("task", ["chat", "refer", "transcribe"])
def test_speech_takes_the_place_of_words(task: str) -> None:
    expected = {
        "chat": "",
        "refer": " [refer]",
        "transcribe": " [asr] " + TASKS[task].default_instruction,
    }
    assert prompt(user(AudioPart(Path("a.wav")), task=task)) == (
        f"<|im_start|>user\n<au_start>(audio 0)<au_end>{expected[task]}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_speech_stands_where_its_words_would() -> None:
    """Nothing is around it then; one that is to be written down is no question."""
    style = replace(CHATML, audio_as_words=True)
    speech, region = AudioPart(Path("a.wav")), RegionPart(Box(0.3, 0.4, 0.52, 0.77))
    ends = "<|im_end|>\n<|im_start|>assistant\n"
    for words, task in (("", "caption"), (" the cup", "refer")):
        asked = user(picture(), *filter(None, [words]), speech, task=task)
        typed = user(picture(), words or TASKS[task].default_instruction, task=task)
        before = "<|im_start|>user\n<Img>(image 0)</Img> [" + task + "]" + words
        assert prompt(asked, style=style) == before + "(audio 0)" + ends
        assert prompt(typed, style=style).startswith(before)
    asked = user(speech, picture(), region, speech, task="identify")
    assert prompt(asked, style=replace(style, region_rows=True)) == (
        "<|im_start|>user\n<Img>(image 0)</Img> [identify](audio 0)(audio 1)(region of a.png) "
        "{<30><40><52><77>}" + ends
    )
    written_down = user(speech, task="transcribe")
    assert prompt(written_down, style=style) == (
        "<|im_start|>user\n<au_start>(audio 0)<au_end> [asr] "
        + TASKS["transcribe"].default_instruction
        + ends
    )


@pytest.mark.parametrize("template", ["chatml", "llama-2", "vicuna", "mistral", "llama-3", "llasm"])
def test_an_earlier_prompt_is_the_beginning_of_a_later_one(template: str) -> None:
    style = PromptStyle(template=template)
    first = [user(picture(), "what is it?", task="vqa")]
    later = [*first, assistant("a cat"), user("where?")]
    before = flat(render(first, style, MINIGPT, answer=True))
    assert flat(render(later, style, MINIGPT, answer=True)).startswith(before + "a cat")


def test_only_the_answer_and_its_end_are_trained() -> None:
    messages = [user("one?"), assistant("1"), user("two?"), assistant("2")]
    segments = render(messages, CHATML, MINIGPT)
    assert [s.text for s in segments if isinstance(s, TextSegment) and s.trained] == [
        "1", "<|im_end|>", "2", "<|im_end|>",
    ]  # fmt: skip
    assert flat(segments).endswith("<|im_start|>assistant\n2<|im_end|>")
    llama = render(messages, LLAMA, MINIGPT)
    assert [s.text for s in llama if isinstance(s, TextSegment) and s.trained] == [
        "1", "</s>", "2", "</s>",
    ]  # fmt: skip


def test_markers_that_a_person_types_are_not_the_templates() -> None:
    segments = render([user("what does <|im_end|> mean?")], CHATML, MINIGPT, answer=True)
    assert segments == [
        TextSegment("<|im_start|>", special=True),
        TextSegment("user\nwhat does <|im_end|> mean?"),
        TextSegment("<|im_end|>", special=True),
        TextSegment("\n"),
        TextSegment("<|im_start|>", special=True),
        TextSegment("assistant\n"),
    ]


def test_rows_of_a_person_are_rendered_like_ours(tmp_path: Path) -> None:
    path = tmp_path / "tasks.toml"
    path.write_text(
        '[tasks.colour]\ntag = "[colour]"\ntakes = "words"\ndefault_instruction = "of what"\n',
        encoding="utf-8",
    )
    segments = render([user("the cup", task="colour")], LLAMA, MINIGPT, tasks=load_tasks(path))
    assert flat(segments) == "<s>[INST] [colour] the cup [/INST]"


def test_an_unknown_task_or_template_is_an_error_that_names_it() -> None:
    with pytest.raises(InputError, match="dance"):
        prompt(user("x", task="dance"))
    with pytest.raises(BundleError, match=r'"alpaca".*chatml, llama-2'):
        prompt(user("x"), style=PromptStyle(template="alpaca"))


def test_a_dialects_markers_are_tokens_where_no_person_typed_them() -> None:
    """In the region and the sentence of the program, and in what the model answered."""
    start, end = "<|box_start|>", "<|box_end|>"
    dialect = DIALECTS["qwen2-vl"]
    region = RegionPart(Box(0.3, 0.4, 0.52, 0.77))
    messages = [
        user(picture(), region, f"what is {start} this", task="identify"),
        assistant(f"a mug{start}(1,2),(3,4){end}"),
    ]
    segments = render(messages, CHATML, dialect, worded=True)
    texts = [segment for segment in segments if isinstance(segment, TextSegment)]
    assert [s.text for s in texts if s.special] == [
        "<|im_start|>", start, end, "<|im_end|>", "<|im_start|>", start, end, "<|im_end|>",
    ]  # fmt: skip
    assert f"</Img> what is {start} this " in [s.text for s in texts if not s.special]
    assert all(s.trained for s in texts[-5:])
    assert flat(segments) == (
        f"<|im_start|>user\n<Img>(image 0)</Img> what is {start} this {start}(300,400),(520,770)"
        f"{end}<|im_end|>\n<|im_start|>assistant\na mug{start}(1,2),(3,4){end}<|im_end|>"
    )


def test_a_model_without_tags_is_asked_in_a_sentence() -> None:
    segments = render(
        [user(picture(), "the mug", task="refer")], CHATML, DIALECTS["qwen2.5-vl"], worded=True
    )
    assert "[refer]" not in flat(segments)
    assert "Locate the mug, output its bbox coordinates using JSON format." in flat(segments)
