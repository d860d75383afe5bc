"""How well a bundle hears: its `[asr]` beside Whisper's own decoder, on the same recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from engine.errors import InputError
from engine.types import AudioPart, Message
from training.data.speech.utterance import Utterance
from training.evaluate.asking import Answering, Kept, errors_in, file_name, reply
from training.evaluate.benchmark import Reply
from training.evaluate.material import TRANSCRIBE, EvaluateConfig, Material
from training.evaluate.report import Result
from training.evaluate.utterances import made, of_corpus, save, sentences
from training.evaluate.word_errors import word_errors

WHISPER = f"{TRANSCRIBE}: Whisper itself"
FIGURE = "word error rate"
_MADE: tuple[tuple[str, float | None, float], ...] = (
    ("unseen voices", None, 0.10),
    ("unseen voices, 10 dB noise", 10.0, 0.25),
)
"""What synthesizers say: its name in the report, the decibels over the noise, the aim."""


class Listening(Answering, Protocol):
    """What is measured and, by itself, writes down what it hears; `engine.Engine` is one."""

    def transcribe(self, path: Path) -> str: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What was said, and how the bundle and Whisper have written it down."""

    said: str
    own: Reply
    whisper: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Where replies are kept and recordings may lie, and whether the slice has ended."""

    kept: Kept
    folder: Path
    late: Callable[[], bool]


def transcriptions(
    engine: Listening, material: Material, config: EvaluateConfig, slice_: Slice
) -> list[Result]:
    """Word error rates, two rows for each set of recordings that was begun: ours and Whisper's.

    Raises DataError where a corpus or a voice can't be used, BundleError without a Whisper.
    """
    rows: list[Result] = []
    texts = sentences(material, n=config.n, seed=config.seed)
    for name, snr_db, aim in _MADE:
        heard = listen(engine, name, made(texts, snr_db=snr_db), slice_)
        rows += _rows(name, aim, heard)
    for name, path in config.speech.items():
        heard = listen(engine, name, of_corpus(name, path, n=config.n), slice_)
        rows += _rows(name, None, heard)
    return rows


def listen(
    engine: Listening, name: str, utterances: Iterable[Utterance], slice_: Slice
) -> list[Written]:
    """What is written down of each utterance of the set `name`, until the slice ends."""
    replies = slice_.kept.replies
    written = []
    for utterance in tqdm(utterances, unit="clip", desc=name, disable=None):
        own, whisper = (f"{who}/{name}/{utterance.key}" for who in (TRANSCRIBE, "whisper"))
        if own not in replies or whisper not in replies:
            if slice_.late():
                break
            path = slice_.folder / f"{file_name(utterance.key)}.wav"
            save(utterance.open(), path)
            if own not in replies:
                message = Message("user", (AudioPart(path),), task=TRANSCRIBE)
                slice_.kept.add(own, reply(engine, message))
            if whisper not in replies:
                slice_.kept.add(whisper, _whispered(engine, path))
            path.unlink()
        written.append(Written(utterance.text, replies[own], replies[whisper]))
    return written


def _whispered(engine: Listening, path: Path) -> Reply:
    try:
        return Reply(engine.transcribe(path))
    except InputError as error:  # too short, say; the bundle's reply holds its error likewise
        return Reply("", error=str(error))


def _rows(name: str, aim: float | None, written: Sequence[Written]) -> list[Result]:
    if not written:
        return []
    said = [each.said for each in written]
    rows = []
    for title, replies, wanted in (
        (TRANSCRIBE, [each.own for each in written], aim),
        (WHISPER, [each.whisper for each in written], None),
    ):
        others = word_errors(said, [each.text for each in replies])
        rows.append(
            Result(
                name=title,
                pictures=name,
                n=len(written),
                figure=FIGURE,
                value=others.pop(FIGURE),
                aim=wanted,
                at_most=True,
                others={**others, "errors": errors_in(replies)},
            )
        )
    return rows
