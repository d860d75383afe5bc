"""The figures of a session in this process, against the bare loop and against itself."""

from __future__ import annotations

from collections.abc import Sequence
from operator import truediv
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from soundfile import write as write_wav

from engine.bench.question import (
    ANSWER_TOKENS,
    LONG_WORDS,
    REPEATS,
    SPEECH,
    STORY,
    Figures,
    ask,
    user,
)
from engine.bundle import Bundle
from engine.llama.bare import BareLoop
from engine.llama.decoder import LlamaDecoder
from engine.llama.stock import StockHandler
from engine.media.audio import RATE, Samples, read_audio
from engine.models.ears import Ears
from engine.models.eyes import Eyes
from engine.projected import projected_encoder
from engine.prompt.tasks import TASKS
from engine.prompting import Prompter, prompt_length
from engine.seams import Encoded, MediaEncoder, RowRun, Run, TokenRun
from engine.senses import Senses
from engine.session import Session
from engine.types import Answer, AudioPart, ImagePart, Message, TextPart


def figures(bundle: Bundle, picture: Path) -> Figures:
    """Loads the bundle, measures, and frees everything."""
    bench = _Bench(bundle, picture)
    found: Figures = {
        "threads": bench.decoder.threads,
        "language_model": bench.decoder.model.describe(),
        "decode": bench.decode(),
        "prefill_tokens": bench.prefill(user(LONG_WORDS)),
    }
    if bundle.manifest.sees:
        found["prefill_picture"] = bench.prefill(user("Look.", picture))
        found["second_question"] = bench.second_question()
        found["question_after_drop"] = bench.question_after_drop()
    if bundle.manifest.mmproj and bundle.manifest.sees:
        found["second_question"] |= bench.against_stock(bundle)
    if bundle.manifest.speech is not None:
        found["answer_to_speech"] = bench.answer_to_speech()
    bench.bare.close()
    bench.decoder.close()
    return found


class _Bench:
    """A session with its parts in reach, and a bare loop on the same weights."""

    def __init__(self, bundle: Bundle, picture: Path) -> None:
        self.picture = picture
        manifest = bundle.manifest
        self.decoder = LlamaDecoder(
            bundle.language_model,
            n_ctx=manifest.context,
            mmproj=bundle.mmproj if manifest.mmproj else None,
        )
        self.encoder: MediaEncoder
        if self.decoder.senses is not None:
            self.encoder = projected_encoder(bundle, self.decoder.senses)
        else:
            eyes = Eyes.load(bundle.path, manifest) if manifest.vision else None
            ears = Ears.load(bundle.path, manifest) if manifest.speech else None
            self.encoder = Senses.of(bundle, eyes, ears)
        self.session = Session(self.decoder, self.encoder, manifest=bundle.manifest)
        self.prompter = Prompter(self.decoder, bundle.manifest, TASKS)
        self.bare = BareLoop(self.decoder)

    def decode(self) -> Figures:
        """Tokens a second of an answer."""
        ours, theirs = [], []
        prompt = self.prompt(user(STORY))
        for _ in range(REPEATS):
            answer = ask(self.session, user(STORY))
            count = answer.stats.decode_tokens
            ended = answer.finish == "stop"  # then the end of the turn was chosen, too
            ours.append(answer.stats.decode_tokens_per_s)
            self.bare.read(prompt)
            steps = count if ended else count - 1
            theirs.append(count / self.bare.answer(samples=count + ended, steps=steps))
        return _against(ours, theirs, "tokens_per_s")

    def prefill(self, message: Message) -> Figures:
        """Places of the context read a second, tokenizing and all."""
        ours, theirs = [], []
        prompt = self.prompt(message)
        length = prompt_length(prompt)
        for _ in range(REPEATS):
            self.forget()
            ours.append(length / ask(self.session, message, tokens=1).stats.prefill_ms * 1000)
            theirs.append(length / self.bare.read(prompt))
        rows = sum(len(run.array) for run in prompt if isinstance(run, RowRun))
        return {"places": length, "rows": rows, **_against(ours, theirs, "places_per_s")}

    def second_question(self) -> Figures:
        """What a second question about a picture costs, against the first and one without it."""
        first_ms, second_ms, without_ms, reused, encoded_again = [], [], [], [], 0
        for _ in range(REPEATS):
            _, plain = self.two_questions(None)
            without_ms.append(plain.stats.first_token_ms)
            self.encoder.encode_image(self.picture)  # once; from then on it is known
            encoded = self.encoder.encoded
            first, second = self.two_questions(self.picture)
            encoded_again += self.encoder.encoded - encoded
            prefix = first.stats.prefill_tokens + first.stats.cached_tokens
            first_ms.append(first.stats.first_token_ms)
            second_ms.append(second.stats.first_token_ms)
            reused.append(min(1.0, second.stats.cached_tokens / prefix))
        return {
            "pictures_encoded_again": encoded_again,
            "prefix_reused": median(reused),
            "first_question_ms": median(first_ms),
            "second_question_ms": median(second_ms),
            "without_picture_ms": median(without_ms),
            "ratio": median(map(truediv, second_ms, without_ms)),
        }

    def two_questions(self, picture: Path | None) -> tuple[Answer, Answer]:
        """The answers to a question and a second one after it, in an empty cache."""
        self.forget()
        talk = [user("What is in the picture?", picture)]
        first = ask(self.session, *talk, tokens=8)
        talk += [Message("assistant", (TextPart(first.raw),)), user("What else is there?")]
        return first, ask(self.session, *talk, tokens=8)

    def against_stock(self, bundle: Bundle) -> Figures:
        """The same second question asked by llama-cpp-python's own chat handler."""
        stock = StockHandler(
            bundle.language_model,
            bundle.mmproj,
            n_ctx=self.decoder.n_ctx,
            threads=self.decoder.threads,
            gpu=self.decoder.model.on_gpu,
        )
        ours, theirs = [], []
        for _ in range(REPEATS):
            first, second = self.two_questions(self.picture)
            ours.append(second.stats.first_token_ms)
            talk = (
                user("What is in the picture?", self.picture),
                Message("assistant", (TextPart(first.raw),)),
                user("What else is there?"),
            )
            theirs.append(stock.first_token(talk) * 1000)
        stock.close()
        return {
            "chat_handler_ms": median(theirs),
            "chat_handler_takes_times": median(map(truediv, theirs, ours)),
        }

    def question_after_drop(self) -> Figures:
        """Time to the first token once a dropped picture was prepared, against no picture."""
        prepared, without = [], []
        for _ in range(REPEATS):
            self.forget()
            self.session.prepare((user("", self.picture),))
            asked = ask(self.session, user(STORY, self.picture), tokens=1)
            prepared.append(asked.stats.first_token_ms)
            self.forget()
            without.append(ask(self.session, user(STORY), tokens=1).stats.first_token_ms)
        return {
            "first_token_ms": median(prepared),
            "without_picture_ms": median(without),
            "ratio": median(prepared) / median(without),
        }

    def answer_to_speech(self) -> Figures:
        """Time from letting the key go to the first token, against reading the speech's rows alone.

        The recording grows by half a second at a time, as it does while a person speaks, who lets
        go in the last word or after a short pause.
        """
        spoken = read_audio(SPEECH)[: 5 * RATE]
        at_once: list[float] = []
        paused: list[float] = []
        alone, rows = [], 0
        with TemporaryDirectory() as folder:
            finished = Path(folder) / "finished.wav"
            for number in range(REPEATS):
                for released, pauses in ((at_once, False), (paused, True)):
                    # What was heard before would be known.
                    said = spoken * (1 - (2 * number + pauses) / 100)
                    self._listen(said, Path(folder), pauses=pauses)
                    write_wav(finished, said, RATE)
                    question = Message("user", (AudioPart(finished),))
                    released.append(ask(self.session, question, tokens=1).stats.first_token_ms)
                heard = [run for run in self.prompt(question) if isinstance(run, RowRun)]
                rows = prompt_length(heard)
                alone.append(self.bare.read(heard) * 1000)
        return {
            "seconds": len(spoken) / RATE,
            "rows": rows,
            "first_token_ms": median(at_once),
            "after_a_pause_ms": median(paused),
            "rows_alone_ms": median(alone),
            "ratio": median(map(truediv, at_once, alone)),
            "ratio_after_a_pause": median(map(truediv, paused, alone)),
        }

    def _listen(self, said: Samples, folder: Path, *, pauses: bool) -> None:
        """Hear the samples as they are said, by a person who `pauses` behind them or does not."""
        self.forget()
        growing = folder / "growing.wav"
        ends = [*range(RATE // 2, len(said), RATE // 2), *([len(said)] if pauses else [])]
        for end in ends:
            write_wav(growing, said[:end], RATE)
            part = AudioPart(growing, growing=True, paused=end == len(said))
            self.session.prepare((Message("user", (part,)),))

    def prompt(self, message: Message) -> list[Run]:
        """The message as the session would read it."""
        views: dict[Path, Encoded] = {}
        for part in message.parts:
            if isinstance(part, ImagePart):
                views[part.path] = self.encoder.encode_image(part.path)
            elif isinstance(part, AudioPart):
                views[part.path] = self.encoder.encode_audio(part)
        runs, _gone = self.prompter.question([message], views, max_tokens=ANSWER_TOKENS)
        return runs

    def forget(self) -> None:
        """Leaves nothing in the cache that a measured prompt begins with."""
        unlike = TokenRun(tuple(self.decoder.tokenize("0", special=False)))
        list(self.decoder.prefill([unlike], cancelled=lambda: False))


def _against(ours: Sequence[float], theirs: Sequence[float], unit: str) -> Figures:
    """Both medians, and the median of their ratios (each pair was measured back to back)."""
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    return {f"session_{unit}": median(ours), f"bare_{unit}": median(theirs), "ratio": ratio}
