from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.media.audio import RATE
from engine.media.blocks import blocks
from engine.models import ears as ears_module
from engine.models.adaptor import WordsAdaptor, build_adaptor
from engine.models.ears import FRAME, Ears
from engine.models.speech import SpeechConfig, SpeechEncoder
from engine.models.telling import TellingAdaptor
from tests.support.tiny_telling import tiny_telling
from tests.support.tiny_whisper import TINY, tiny_whisper
from training.data.speech.listening import SPEECH, WORDS, Listener, Speaker

WIDTH = 24


@pytest.fixture
def encoder() -> SpeechEncoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return SpeechEncoder(SpeechConfig.of({"model_type": "whisper", **TINY})).eval()


@pytest.fixture
def adaptor() -> WordsAdaptor:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        found = build_adaptor(WORDS, d_audio=TINY["d_model"], n_embd=WIDTH, words=9)
        assert isinstance(found, WordsAdaptor)
        found.table.normal_()
        return found.eval()


@pytest.fixture
def telling() -> TellingAdaptor:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return tiny_telling(tiny_whisper(), words=9, n_embd=WIDTH)


@pytest.mark.parametrize("kind", ["adaptor", "telling"])
@pytest.mark.parametrize("seconds", [0.15, 1.0, 3.2, 3.68, 3.7, 8.13])
def test_training_hears_what_the_engine_hears(
    encoder: SpeechEncoder,
    kind: str,
    seconds: float,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exactly = torch.device("cpu"), torch.float32  # whatever the processor multiplies quickly
    monkeypatch.setattr(ears_module, "device_and_dtype", lambda _: exactly)
    adaptor = request.getfixturevalue(kind)
    samples = np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    ears = Ears(encoder, adaptor, facts=SPEECH, device="cpu")
    served: list[NDArray[np.float32]] = []
    known: tuple[int, ...] = ()
    for b in blocks(len(samples), SPEECH.windows):
        window, start = samples[b.first : b.last], b.start - b.first
        rows, told = ears.hear(window, start, b.end - b.first, known=known)
        served.append(rows)
        known += told
    assert len(known) == (sum(map(len, served)) if kind == "telling" else 0)
    trained = Speaker(Listener(encoder), adaptor).heard(Listener(encoder)(samples))
    np.testing.assert_allclose(np.concatenate(served), trained, atol=1e-5)


def test_every_row_of_a_clip_is_of_one_block(encoder: SpeechEncoder) -> None:
    samples = np.zeros(round(9.7 * RATE), np.float32)
    windows = Listener(encoder)(samples)
    assert sum(window.rows for window in windows) == -(-len(samples) // (4 * FRAME))
    assert all(w.first >= 0 and w.first + w.rows <= -(-len(w.frames) // 4) for w in windows)


def test_blocks_are_whole_rows() -> None:
    assert SPEECH.windows is not None
    for seconds in (SPEECH.windows.block, SPEECH.windows.before, SPEECH.windows.after):
        assert round(seconds * RATE) % (SPEECH.adaptor.join * FRAME) == 0


def test_nothing_is_heard_where_the_adaptor_hears_nothing(
    encoder: SpeechEncoder, adaptor: WordsAdaptor
) -> None:
    with torch.no_grad():
        adaptor.blank.bias.fill_(1e4)
    listener = Listener(encoder)
    heard = Speaker(listener, adaptor).heard(listener(np.zeros(RATE, np.float32)))
    assert heard.shape == (0, WIDTH)
