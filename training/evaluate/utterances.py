"""What the ears are measured on: sentences in voices that no training has heard, and corpora."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import zip_longest
from pathlib import Path

import numpy as np
import soundfile

from engine.media.audio import RATE, Samples
from training.data.plain import plain_questions
from training.data.speech.corpora import read_corpus
from training.data.speech.effects import KINDS, Noise
from training.data.speech.maker import say
from training.data.speech.utterance import Utterance
from training.data.speech.voices import EVAL_VOICES, Voice
from training.errors import DataError
from training.evaluate.benchmark import SCENES
from training.evaluate.material import Material
from training.evaluate.word_errors import normalized

CAPTIONED = "flickr8k-val"


def check_voices() -> None:
    """Raises DataError, with what to install, where one of the voices can't speak here.

    A synthesizer that lacks a voice may speak in another, perhaps one of training.
    """
    for voice in EVAL_VOICES:
        sound, other = (say("yes", each) for each in (voice, voice.stand_in))
        if np.array_equal(sound, other):
            raise DataError(
                f"{voice.name} speaks as {voice.stand_in.name} does, so this {voice.synthesizer} "
                "lacks it; install another version."
            )


def voice_for(key: str) -> Voice:
    """One of the voices of evaluation, always the same for the same key."""
    return EVAL_VOICES[_digest(key)[0] % len(EVAL_VOICES)]


def sentences(material: Material, *, n: int, seed: int) -> list[str]:
    """At most `n` different sentences, of three kinds in turn.

    Instructions about scenes of evaluation, captions of photographs (where there are any) and plain
    questions that nothing is trained on.
    """
    drawn = [benchmark for benchmark in material.every if benchmark.pictures == SCENES]
    plans = material.plans(drawn, n=max(1, n // len(drawn)), seed=seed)
    instructions = [question.words for _, plan in plans for _, question in plan.values()]
    captions = [
        sample.captions[_digest(sample.key)[0] % len(sample.captions)]
        for sample in material.photos.get(CAPTIONED, ())
        if sample.captions
    ]
    kinds = (instructions, captions, plain_questions(measured=True))
    found: dict[str, str] = {}
    for text in (text for turn in zip_longest(*kinds) for text in turn if text):
        if len(found) < n and (words := normalized(text)):
            found.setdefault(words, text)
    return list(found.values())


def made(texts: Iterable[str], *, snr_db: float | None) -> Iterator[Utterance]:
    """Each text in one of the voices, with a noise under it where `snr_db` is given.

    The same text comes in the same voice, and for the same `snr_db` in the same noise.
    """
    for text in texts:
        voice, digest = voice_for(text), _digest(text)
        noise = None if snr_db is None else Noise(KINDS[digest[1] % len(KINDS)], snr_db)
        speak = partial(say, text, voice, noise=noise, seed=int.from_bytes(digest[2:6]))
        yield Utterance(f"{voice.name}:{digest.hex()[:16]}", text, voice.name, speak)


def of_corpus(name: str, path: Path, *, n: int) -> Iterator[Utterance]:
    """At most `n` utterances with known words from all over a corpus, always the same.

    Raises ConfigError and DataError as the corpus's reader does.
    """
    usable = (utterance for utterance in read_corpus(name, path) if normalized(utterance.text))
    yield from heapq.nsmallest(n, usable, key=lambda utterance: _digest(utterance.key))


def save(samples: Samples, path: Path) -> None:
    """Samples as a WAV file of 16 bits, as a microphone would give them."""
    soundfile.write(path, samples, RATE, subtype="PCM_16")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
