"""Models with an mmproj file write through the whole program what llama.cpp's own code writes.

Pairs with random weights, one for each way in which such models differ from words: M-RoPE, blocks
that are read whole, recordings, and pictures in slices. The other implementation keeps nothing
between answers.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from soundfile import write as write_wav

from engine import Engine
from engine.bundle.importing import import_gguf
from engine.llama.mtmd import Mtmd
from engine.media.audio import RATE, read_audio
from engine.media.image import open_image
from engine.seams import Rows
from engine.types import (
    Answer,
    AudioPart,
    Finished,
    ImagePart,
    Message,
    Part,
    Request,
    Sampling,
    TextPart,
)
from tests.support.mtmd_reference import MARK, Media, Reference
from tests.support.tiny_mtmd import PAIRS, Pair

PROMPTS, TOKENS = 100, 8
PROGRAM_PROMPTS = 9  # a start of the program each
SIZES = ((150, 100), (64, 200), (300, 90))
PROGRAM = Path(__file__).resolve().parents[2] / "build" / "llama.cpp" / "bin" / "llama-mtmd-cli"


@dataclass(frozen=True)
class Form:
    """A chat template, written out by hand."""

    start: str
    user: tuple[str, str]
    model: tuple[str, str]


FORMS = {
    "qwen2.5-vl": Form(
        "<|im_start|>system\nBe kind.<|im_end|>\n",
        ("<|im_start|>user\n", "<|im_end|>\n"),
        ("<|im_start|>assistant\n", "<|im_end|>\n"),
    ),
    "gemma-3": Form(
        "",
        ("<start_of_turn>user\n", "<end_of_turn>\n"),
        ("<start_of_turn>model\n", "<end_of_turn>\n"),
    ),
    "ultravox": Form(
        "",
        ("<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
        ("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
    ),
    "smolvlm": Form(
        "<|im_start|>",
        ("User: ", "<end_of_utterance>\n"),
        ("Assistant: ", "<end_of_utterance>\n"),
    ),
}


@dataclass
class Both:
    """A model in this program and in the other, and files that it can see or hear."""

    name: str
    pair: Pair
    engine: Engine
    reference: Reference
    files: list[Path]
    written: list[bytes] = field(default_factory=list)

    def part(self, path: Path) -> Part:
        return AudioPart(path) if path.suffix == ".wav" else ImagePart(path)

    def ask(self, *messages: Message, tokens: int = TOKENS) -> Answer:
        self.written.clear()
        request = Request("contract", messages, Sampling(max_tokens=tokens))
        *_, last = self.engine.answer(request)
        assert isinstance(last, Finished)
        assert last.answer.error is None
        return last.answer

    def prompt(self, *messages: Message) -> tuple[str, list[Media]]:
        """The same conversation as a text with marks, and what stands at them."""
        form, media = FORMS[self.name], []
        text = form.start
        for message in messages:
            before, after = form.user if message.role == "user" else form.model
            text += before
            for part in message.parts:
                match part:
                    case ImagePart():
                        media.append(np.asarray(open_image(part.path)))
                        text += MARK
                    case AudioPart():
                        media.append(read_audio(part.path))
                        text += MARK
                    case TextPart():
                        text += part.text.strip()
            text += after
        return text + form.model[0].rstrip(" "), media  # SmolVLM's is shorter where it ends


@pytest.fixture(scope="module", params=list(PAIRS))
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp(request.param)
    pair = PAIRS[request.param](folder / "files")
    bundle = import_gguf(pair.gguf, pair.mmproj, into=folder / "models")
    files = recordings(folder) if bundle.manifest.hears else pictures(folder)
    reference = Reference(pair)
    with Engine.load(bundle.path) as engine:
        both = Both(request.param, pair, engine, reference, files)
        listen(engine, both.written)
        yield both
    reference.close()


def listen(engine: Engine, written: list[bytes]) -> None:
    """Writes down the tokens of each answer, which its text does not tell one by one."""
    decoder = engine._decoder
    stream = decoder.stream

    def heard(*arguments: object, **options: object) -> Iterator[bytes]:
        for token in stream(*arguments, **options):  # type: ignore[arg-type]
            written.append(token)
            yield token

    decoder.stream = heard  # type: ignore[method-assign, assignment]


def pictures(folder: Path) -> list[Path]:
    """Pictures of large squares of any colour; one of them lies on its side by its EXIF."""
    paths = []
    for number, (width, height) in enumerate(SIZES):
        noise = np.random.default_rng(number).integers(0, 256, (height // 10, width // 10, 3))
        image = Image.fromarray(noise.astype(np.uint8)).resize((width, height), 0)
        exif = Image.Exif()
        if number == 1:
            exif[0x0112] = 6
        paths.append(folder / f"{number}.png")
        image.save(paths[-1], exif=exif)
    return paths


def recordings(folder: Path) -> list[Path]:
    paths = []
    for number in range(2):
        sound = 0.2 * np.random.default_rng(number).standard_normal(RATE)
        paths.append(folder / f"{number}.wav")
        write_wav(paths[-1], sound.astype(np.float32), RATE, subtype="FLOAT")
    return paths


def user(words: str, *parts: Part) -> Message:
    return Message("user", (*parts, TextPart(words)))


def some_words(rng: random.Random) -> str:
    letters = "abcdefghij klmnop the dog in nose {<} 0123 ?é"
    words = "".join(rng.choice(letters) for _ in range(rng.randint(3, 40))).strip()
    return words or "x"


def agreement(both: Both, asked: Callable[[int], tuple[Message, ...]], count: int) -> float:
    same, answers = 0, set()
    for number in range(count):
        messages = asked(number)
        both.ask(*messages)
        expected = both.reference.answer(*both.prompt(*messages), tokens=TOKENS)
        same += both.written == expected
        answers.add(tuple(expected))
    assert len(answers) > count // 4  # else it would answer anything
    return same / count


def test_greedy_tokens_are_those_of_llama_cpps_own_helper(both: Both) -> None:
    rng = random.Random(7)

    def asked(number: int) -> tuple[Message, ...]:
        path = both.files[number * len(both.files) // PROMPTS]
        return (user(some_words(rng), both.part(path)),)

    assert agreement(both, asked, PROMPTS) >= 0.99


def test_and_of_its_one_function_that_does_it_all(both: Both) -> None:
    for path in both.files:
        message = user("what is it", both.part(path))
        both.ask(message)
        text, media = both.prompt(message)
        expected = both.reference.answer(text, media, tokens=TOKENS, eval_chunks=True)
        assert both.written == expected


def test_rows_are_those_of_mtmd(both: Both) -> None:
    decoder = both.engine._decoder
    assert isinstance(decoder.senses, Mtmd)
    for path in both.files:
        if path.suffix == ".wav":
            samples = read_audio(path)
            pieces, theirs = decoder.senses.hear(samples), both.reference.rows(samples)
        else:
            pixels = np.asarray(open_image(path))
            pieces, theirs = decoder.senses.look(pixels)[0], both.reference.rows(pixels)
        ours = np.concatenate([piece.array for piece in pieces if isinstance(piece, Rows)])
        assert np.abs(ours - theirs).max() <= 1e-2 * np.abs(theirs).max()


@settings(
    deadline=None,
    derandomize=True,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    order=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.booleans()), min_size=2, max_size=5
    )
)
def test_whatever_was_asked_before_the_answer_is_that_of_an_empty_cache(
    both: Both, order: list[tuple[int, int, bool]]
) -> None:
    """Questions about pictures in any order, on their own or going on with the conversation."""
    words = ("what is it", "what is in the nose", "where", "")
    talk: list[Message] = []
    for picture, question, goes_on in order:
        shown = both.part(both.files[picture % len(both.files)])
        if goes_on and talk:
            talk += [Message("assistant", (TextPart("a dog"),)), user(words[question] or "and")]
        else:
            talk = [user(words[question] or "so", shown)]
        if not question:
            both.engine.prepare((*talk[:-1], Message("user", (shown,))))
        both.ask(*talk)
        assert both.written == both.reference.answer(*both.prompt(*talk), tokens=TOKENS)


def test_a_second_question_reads_its_own_words_alone(both: Both) -> None:
    encoded = both.engine._session._encoder
    shown = both.part(both.files[0])
    first = user("what is it", shown)
    answer = both.ask(first)
    before = encoded.encoded
    talk = (first, Message("assistant", (TextPart(answer.raw),)), user("and where is it"))
    second = both.ask(*talk)
    assert encoded.encoded == before
    prompt = answer.stats.cached_tokens + answer.stats.prefill_tokens
    # All of the first question stays, but for its line ends where the answer behind them makes
    # them other tokens. What was written is tokenized anew, and read where it differs.
    assert second.stats.cached_tokens >= prompt - 1
    assert second.stats.prefill_tokens < 80
    other = both.ask(user("something else", shown))
    assert encoded.encoded == before
    assert other.stats.prefill_tokens < 60


def test_a_prepared_picture_waits_for_the_words(both: Both) -> None:
    shown = both.part(both.files[-1])
    both.ask(user("hello"))
    both.engine.prepare((Message("user", (shown,)),))
    answer = both.ask(user("what is it", shown))
    assert answer.stats.prefill_tokens < 50
    assert answer.stats.cached_tokens > 15


@pytest.mark.skipif(not PROGRAM.exists(), reason=f"{PROGRAM.name} is not built")
def test_greedy_tokens_are_those_of_llama_cpps_own_program(both: Both) -> None:
    rng = random.Random(8)
    for number in range(PROGRAM_PROMPTS):
        path, words = both.files[number % len(both.files)], some_words(rng)
        answer = both.ask(user(words, both.part(path)), tokens=24)
        assert written_by_the_program(both.pair, path, words) == answer.raw


def written_by_the_program(pair: Pair, path: Path, words: str) -> str:
    kind = "--audio" if path.suffix == ".wav" else "--image"
    command = [
        str(PROGRAM), "-m", str(pair.gguf), "--mmproj", str(pair.mmproj), kind, str(upright(path)),
        "-p", words, "--temp", "0", "-n", "24", "-c", "2048", "--jinja", "-t", "1", "--no-warmup",
        "--repeat-penalty", "1",
    ]  # fmt: skip
    while True:
        done = subprocess.run(command, capture_output=True, check=True)
        if done.stdout.endswith(b"\n\n"):  # else its log was not written to its end
            return done.stdout.decode().strip()


def upright(path: Path) -> Path:
    """The picture as a person sees it: llama.cpp's program does not look at EXIF."""
    if path.suffix == ".wav":
        return path
    turned = path.with_name(f"upright-{path.name}")
    open_image(path).save(turned)
    return turned
