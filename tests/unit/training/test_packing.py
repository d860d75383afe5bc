from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.bundle.manifest import Manifest, read_manifest
from engine.encode import name_words, pieces
from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.llama.decoder import LlamaDecoder
from engine.media.image import Placement
from engine.models.eyes import SeenRegion, Sight
from engine.prompt.tasks import TASKS
from engine.prompt.template import PromptStyle, TextSegment
from engine.prompting import Prompter
from engine.seams import Encoded, Rows, TokenRun, Words
from engine.types import AudioPart, ImagePart, Message, Part, RegionPart, TextPart
from tests.support.tiny_llama import N_EMBD, SPECIAL
from training.data.questions import Question
from training.language import LanguageModel, LoraSettings
from training.packing import (
    IGNORED,
    PATCH,
    REGION,
    SPEECH,
    Packed,
    PlainQuestion,
    Tokenize,
    collate,
    pack,
    pack_plain,
)
from training.stages import tokenizer_of

MINIGPT = DIALECTS["minigpt-v2"]
STYLE = PromptStyle(template="chatml", region_rows=True)
END = SPECIAL.index("<|im_end|>")
NAMES = ("brown dog", "", "mug")
BOXES = (Box(0.1, 0.2, 0.5, 0.625), Box(0.0, 0.3, 0.999, 1.0), Box(0.4, 0.4, 0.6, 0.6))
QUESTIONS = (
    Question("refer", "the brown dog", (), "{<10><20><50><62>}", "refer"),
    Question("identify", "", (BOXES[2],), "a mug", "identify"),
    Question("caption", "", (), "<p>A dog</p> {<10><20><50><62>} runs.\nFast.", "caption"),
    Question("vqa", "is there <|im_end|> or ünïcode 12?", (), "no", "existence"),
    Question("chat", "What is it? ", (), "  A thing, <|im_end|> it says.", "chat"),
    Question("detection", "dog", (), "none", "detection"),
    Question("refer", "the brown dog", (), "none", "refer", spoken=True),
    Question("identify", "what is this", (BOXES[0],), "a dog", "identify", spoken=True),
    Question("chat", "where is the mug", (), "none", "refer", spoken=True),
)
PATCHES = 4
SAID = 3  # rows of speech of each spoken question


@pytest.fixture
def tokenize(tiny_part: Path) -> Tokenize:
    """The tokenizer as training makes it from the GGUF file."""
    return tokenizer_of()


@pytest.fixture
def decoder(tiny_gguf: Path) -> Iterator[LlamaDecoder]:
    decoder = LlamaDecoder(tiny_gguf, n_ctx=1024, threads=1)
    yield decoder
    decoder.close()


@pytest.fixture
def manifest(blind_bundle: Path) -> Manifest:
    return read_manifest(blind_bundle)


def called(box: Box) -> str:
    return NAMES[BOXES.index(box)]


def packed(
    questions: tuple[Question, ...], tokenize: Tokenize, style: PromptStyle = STYLE
) -> Packed:
    return pack(
        questions,
        patches=PATCHES,
        regions=tuple(zip(BOXES, NAMES, strict=True)),
        called=called,
        said=[SAID for question in questions if question.spoken],
        style=style,
        dialect=MINIGPT,
        tokenize=tokenize,
    )


def seen_by(pack: Packed, number: int) -> list[int]:
    """What question `number` sees in a pack: what is shared, and itself."""
    return [i for i, group in zip(pack.ids, pack.groups, strict=True) if group in (0, number)]


def served(decoder: LlamaDecoder, manifest: Manifest, question: Question) -> list[int]:
    """What the engine sends when a person asks: tokens, and PATCH, REGION and SPEECH for rows."""
    rows = np.zeros((PATCHES, N_EMBD), np.float32)
    blank = np.zeros(N_EMBD, np.float32)
    regions = tuple(SeenRegion(blank, box, name) for box, name in zip(BOXES, NAMES, strict=True))
    picture = Path("picture.png")
    row = Rows(np.ones((1, N_EMBD), np.float32))
    own = {box: (row, Words(name_words(called(box)))) for box in question.regions}
    views = {picture: Encoded("key", pieces(Sight(rows, regions), MINIGPT), Placement(), own)}
    clip = Path("clip.wav")
    views[clip] = Encoded("clip", (Rows(np.ones((SAID, N_EMBD), np.float32)),), None)
    asked: list[Part] = [TextPart(question.words)] if question.words else []
    asked = [AudioPart(clip)] if question.spoken else asked
    parts: list[Part] = [ImagePart(picture), *map(RegionPart, question.regions), *asked]
    runs, gone = Prompter(decoder, manifest, TASKS).question(
        [Message("user", tuple(parts), task=question.task)], views, max_tokens=16
    )
    assert not gone
    ids: list[int] = []
    for run in runs:
        if isinstance(run, TokenRun):
            ids += run.ids
        else:
            kinds = {"key/0": PATCH, "clip/0": SPEECH}
            ids += [kinds.get(run.key, REGION)] * len(run.array)
    return ids


@pytest.mark.parametrize("style", [STYLE, replace(STYLE, audio_as_words=True)])
@pytest.mark.parametrize("number", range(1, len(QUESTIONS) + 1))
def test_what_is_trained_is_what_is_served(
    decoder: LlamaDecoder, manifest: Manifest, tokenize: Tokenize, number: int, style: PromptStyle
) -> None:
    assert manifest.dialect == MINIGPT.name
    manifest = replace(manifest, prompt=style)
    question = QUESTIONS[number - 1]
    trained = seen_by(packed(QUESTIONS, tokenize, style), number)
    prompt = served(decoder, manifest, question)
    assert trained[: len(prompt)] == prompt
    answer = decoder.tokenize(question.answer.strip(), special=False)
    assert trained[len(prompt) :] == [*answer, END]


def test_the_picture_stands_once_whoever_asks(tokenize: Tokenize) -> None:
    pack = packed(QUESTIONS, tokenize)
    assert pack.ids.count(PATCH) == PATCHES
    assert pack.ids.count(REGION) == len(BOXES) + len(pack.asked)
    shared = pack.groups.count(0)
    assert pack.groups == sorted(pack.groups)
    assert set(pack.groups) == set(range(len(QUESTIONS) + 1))
    for n, question in enumerate(QUESTIONS, start=1):
        alone = packed((question,), tokenize)
        assert alone.groups.count(0) == shared
        assert seen_by(pack, n) == alone.ids


def test_every_question_is_where_it_would_be_alone(tokenize: Tokenize) -> None:
    pack = packed(QUESTIONS, tokenize)
    for n in range(1, len(QUESTIONS) + 1):
        places = [p for p, g in zip(pack.positions, pack.groups, strict=True) if g in (0, n)]
        assert places == list(range(len(places)))


def test_only_the_answer_and_its_end_are_learned(tokenize: Tokenize) -> None:
    pack = packed(QUESTIONS, tokenize)
    for n, question in enumerate(QUESTIONS, start=1):
        mine = [i for i, group in enumerate(pack.groups) if group == n]
        answer = [*tokenize(TextSegment(question.answer.strip())), END]
        labels = [pack.labels[i] for i in mine]
        # Each place foretells the next one; the last has nothing to foretell.
        first = len(mine) - len(answer) - 1
        assert labels == [IGNORED] * first + answer + [IGNORED]
        assert [pack.ids[i] for i in mine[first + 1 :]] == answer
    assert all(pack.labels[i] == IGNORED for i, group in enumerate(pack.groups) if group == 0)


def test_the_rows_that_questions_ask_about_come_in_their_order(tokenize: Tokenize) -> None:
    asked = [
        Question("identify", "", (BOXES[n],), "a mug", "identify") for n in (2, 0)
    ]  # fmt: skip
    both = packed(tuple(asked), tokenize)
    assert both.asked == (BOXES[2], BOXES[0])
    assert both.ids.count(REGION) == len(BOXES) + 2
    assert packed(QUESTIONS[:1], tokenize).asked == ()


def test_an_answer_of_n_tokens_counts_the_root_of_n(tokenize: Tokenize) -> None:
    pack = packed(QUESTIONS, tokenize)
    for number in range(1, len(QUESTIONS) + 1):
        learned = [
            weight
            for weight, label, group in zip(pack.weights, pack.labels, pack.groups, strict=True)
            if group == number and label != IGNORED
        ]
        assert sum(learned) == pytest.approx(len(learned) ** 0.5)


def test_plain_questions_share_nothing(decoder: LlamaDecoder, tokenize: Tokenize) -> None:
    pairs = (("Hello!", "Hi there."), ("What is a dog?", "An animal.\nIt barks."))
    plain = [PlainQuestion(prompt, answer) for prompt, answer in pairs]
    pack = pack_plain(plain, style=STYLE, dialect=MINIGPT, tokenize=tokenize)
    assert 0 not in pack.groups
    for n, (prompt, answer) in enumerate(pairs, start=1):
        text = [("<|im_start|>", True), (f"user\n{prompt}", False), ("<|im_end|>", True)]
        text += [("\n", False), ("<|im_start|>", True), ("assistant\n", False), (answer, False)]
        expected = [i for words, special in text for i in decoder.tokenize(words, special=special)]
        assert seen_by(pack, n) == [*expected, END]
        mine = [i for i, group in enumerate(pack.groups) if group == n]
        assert [pack.positions[i] for i in mine] == list(range(len(mine)))
        learned = [pack.labels[i] for i in mine if pack.labels[i] != IGNORED]
        assert learned == [*decoder.tokenize(answer, special=False), END]


def test_a_recording_is_written_down_as_the_engine_asks_for_it(
    decoder: LlamaDecoder, manifest: Manifest, tokenize: Tokenize
) -> None:
    words = "Transcribe the following speech into text."
    question = PlainQuestion(words, "Hello.", "transcribe", SAID)
    pack = pack_plain([question], style=STYLE, dialect=MINIGPT, tokenize=tokenize)
    clip = Path("clip.wav")
    views = {clip: Encoded("clip", (Rows(np.ones((SAID, N_EMBD), np.float32)),), None)}
    asked = Message("user", (AudioPart(clip),), task="transcribe")
    manifest = replace(manifest, prompt=STYLE)
    runs, _ = Prompter(decoder, manifest, TASKS).question([asked], views, max_tokens=16)
    sent: list[int] = []
    for run in runs:
        sent += run.ids if isinstance(run, TokenRun) else [SPEECH] * len(run.array)
    assert pack.ids[: len(sent)] == sent and sent.count(SPEECH) == SAID
    assert pack.ids[len(sent) :] == [*decoder.tokenize("Hello.", special=False), END]


def test_the_mask_shows_the_picture_and_the_question_itself() -> None:
    one = Packed([9, 8, 7, 6], [0, 1, 1, 2], [0, 1, 2, 2], [1, 2, 3, 4], [0.0, 1.0, 0.5, 0.5])
    two = Packed([5, 4], [0, 1], [1, 1], [5, IGNORED], [1.0, 1.0])
    batch = collate([one, two])
    assert batch["ids"].tolist() == [[9, 8, 7, 6], [5, 4, 0, 0]]
    assert batch["positions"].tolist() == [[0, 1, 1, 2], [0, 1, 0, 0]]
    assert batch["labels"].tolist() == [[1, 2, 3, 4], [5, IGNORED, IGNORED, IGNORED]]
    assert batch["weights"].tolist() == [[0.0, 1.0, 0.5, 0.5], [1.0, 1.0, 0.0, 0.0]]
    assert batch["real"].tolist() == [[True] * 4, [True, True, False, False]]
    assert batch["mask"].shape == (2, 4, 4)
    assert batch["mask"][0].int().tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 0, 1, 0],  # question 2 does not see question 1
        [1, 0, 1, 1],
    ]
    assert batch["mask"][1, :2].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0]]
    assert batch["mask"].any(-1).all()  # a place that sees nothing would give no number


def answers_of(model: LanguageModel, batch: dict[str, Tensor], rows: Tensor, which: int) -> Tensor:
    """Logits where sequence `which` of a batch learns, [n, vocabulary]."""
    ids = batch["ids"]
    embedded = model.embed(ids.clamp(min=0)).clone()
    for n, where in enumerate(ids < 0):
        asked = rows[:1].expand(int(where.sum()) - len(rows), -1)
        embedded[n, where] = torch.cat([rows, asked])
    at = (batch["labels"][which] >= 0).nonzero()[:, 0] + which * ids.shape[1]
    with torch.no_grad():
        logits: Tensor = model(embedded, batch["positions"], batch["mask"], batch["real"], at)
    return logits


def test_packed_questions_are_answered_as_each_one_alone(
    tiny_gguf: Path, tokenize: Tokenize
) -> None:
    model = LanguageModel(LoraSettings(rank=2), path=tiny_gguf).float()
    torch.manual_seed(0)
    rows = torch.randn(PATCHES + len(BOXES), N_EMBD)
    together = collate([packed(QUESTIONS[:2], tokenize), packed(QUESTIONS, tokenize)])
    found = answers_of(model, together, rows, 1)
    alone = [
        answers_of(model, collate([packed((question,), tokenize)]), rows, 0)
        for question in QUESTIONS
    ]
    torch.testing.assert_close(found, torch.cat(alone), atol=1e-4, rtol=1e-4)
