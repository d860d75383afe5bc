"""The adaptor that tells words: transformers' decoder, a word at a time, in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
import torch

from engine.errors import BundleError
from engine.models import telling
from engine.models.telling import KNOWN, START, DecoderConfig, TellingAdaptor
from tests.support.tiny_telling import that_ends, tiny_telling
from tests.support.tiny_whisper import TINY, tiny_whisper

WORDS, WIDTH = 40, 24


@pytest.fixture(scope="module")
def adaptor() -> TellingAdaptor:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return that_ends(tiny_telling(tiny_whisper(), words=WORDS, n_embd=WIDTH), after=6)


def inside(length: int) -> torch.Tensor:
    return torch.ones(1, length, dtype=torch.long)


@torch.inference_mode()
def test_it_is_whispers_decoder(adaptor: TellingAdaptor) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        theirs = tiny_whisper().decoder
    theirs.embed_tokens.weight[: len(adaptor.spoken)] = adaptor.spoken
    theirs.embed_positions.weight.copy_(adaptor.embed_positions.weight)
    frames, told = torch.randn(2, 30, TINY["d_model"]), torch.tensor([[1, 5, 9], [2, 2, 7]])
    real = torch.ones(2, 30, dtype=torch.bool)
    ours = adaptor(frames, inside(30).expand(2, -1), real, told)
    ids = torch.cat((torch.tensor([[WORDS + 1, WORDS + 2]] * 2), told), 1)
    wanted = theirs(input_ids=ids, encoder_hidden_states=frames).last_hidden_state
    torch.testing.assert_close(ours, wanted[:, START - 1 :], atol=1e-5, rtol=1e-4)


def logits_of(adaptor: TellingAdaptor, frames: torch.Tensor, told: Sequence[int]) -> torch.Tensor:
    """What follows each word of a sentence [L + 1, words + 1], all at once."""
    all_of_it, words = inside(len(frames)), torch.tensor([told], dtype=torch.long)
    return adaptor.logits(adaptor(frames[None], all_of_it, all_of_it.bool(), words))[0]


@torch.inference_mode()
def test_further_layers_hear_no_more_than_what_there_is() -> None:
    """They are the encoder's, and what fills a window up is not heard by them either."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        plain = tiny_telling(tiny_whisper(), words=WORDS, n_embd=WIDTH)
        deeper = tiny_telling(tiny_whisper(), words=WORDS, n_embd=WIDTH, further=2)
    deeper.load_state_dict({**deeper.state_dict(), **plain.state_dict()})
    frames, told = torch.randn(1, 30, TINY["d_model"]), torch.tensor([[1, 5, 9]])
    heard = frames
    for layer in deeper.further:
        heard = layer(heard)
    wanted = plain(heard, inside(30), inside(30).bool(), told)
    torch.testing.assert_close(deeper(frames, inside(30), inside(30).bool(), told), wanted)
    filled = torch.cat((frames, torch.randn(1, 10, TINY["d_model"])), 1)
    real = torch.arange(40)[None] < 30
    torch.testing.assert_close(deeper(filled, inside(40), real, told), wanted, atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_a_row_is_what_its_word_was_told_by(adaptor: TellingAdaptor) -> None:
    frames = torch.randn(60, TINY["d_model"])
    rows, told = adaptor.tell(frames, first=0, last=60)
    assert len(rows) == len(told) > 2
    mixed = logits_of(adaptor, frames, told)[:-1, :-1].softmax(-1) @ adaptor.table
    torch.testing.assert_close(rows, mixed, atol=1e-4, rtol=1e-3)


@torch.inference_mode()
def test_the_likeliest_sentence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sentence by itself; a beam as wide as all of them misses none, a narrow one may."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        adaptor = that_ends(tiny_telling(tiny_whisper(), words=3, n_embd=WIDTH), after=3)
        heard = [torch.randn(4, TINY["d_model"]) * 3 for _ in range(12)]
    for layer in adaptor.layers:
        for weights in layer.parameters():
            weights.mul_(8 if weights.ndim == 2 else 1)  # so much hangs on the words before
    adaptor.spoken[: adaptor.words] *= 0.2  # and each is in doubt

    def likely(frames: torch.Tensor, told: tuple[int, ...]) -> float:
        steps = logits_of(adaptor, frames, told).log_softmax(-1)
        return float(steps.gather(1, torch.tensor([*told, adaptor.words])[:, None]).sum())

    found: dict[int, list[float]] = {1: [], 3: [], 81: []}
    best = []
    for frames in heard:
        every = (t for length in range(5) for t in product(range(3), repeat=length))
        best.append(max(likely(frames, told) for told in every))
        for beam, reached in found.items():
            monkeypatch.setattr(telling, "_BEAM", beam)
            reached.append(likely(frames, adaptor.tell(frames, first=0, last=4)[1]))
    assert found[81] == pytest.approx(best, abs=1e-3)
    assert sum(found[1]) < sum(found[3]) < sum(best)


@torch.inference_mode()
def test_the_sharper_the_more_a_row_is_its_likeliest_word(adaptor: TellingAdaptor) -> None:
    frames = torch.randn(60, TINY["d_model"])
    blurred, told = adaptor.tell(frames, first=0, last=60)
    words = adaptor.table[list(told)]
    away = [(blurred - words).norm()]
    for adaptor.sharpness in (4.0, 1e6):
        rows, same = adaptor.tell(frames, first=0, last=60)
        assert same == told
        away.append((rows - words).norm())
    assert away[0] > away[1] > away[2]
    torch.testing.assert_close(rows, words)


@torch.inference_mode()
def test_what_was_told_before_is_known(adaptor: TellingAdaptor) -> None:
    frames = torch.randn(60, TINY["d_model"])
    _, told = adaptor.tell(frames, first=0, last=60)
    _, rest = adaptor.tell(frames, first=0, last=60, known=told[:2])
    assert rest[: len(told) - 2] == told[2:]
    long = [1, 2] * KNOWN
    assert (
        adaptor.tell(frames, first=0, last=60, known=long)[1]
        == (adaptor.tell(frames, first=0, last=60, known=long[-KNOWN:])[1])
    )


@torch.inference_mode()
def test_what_is_around_a_block_is_marked(adaptor: TellingAdaptor) -> None:
    frames = torch.randn(60, TINY["d_model"])
    marked = frames + torch.cat(
        (adaptor.around[:1].expand(10, -1), torch.zeros(30, frames.shape[1]),
         adaptor.around[1:].expand(20, -1))
    )  # fmt: skip
    rows, _ = adaptor.tell(frames, first=10, last=40)
    others, _ = adaptor.tell(marked, first=0, last=60)
    torch.testing.assert_close(rows, others[: len(rows)])


@torch.inference_mode()
def test_no_more_words_than_can_be_said(adaptor: TellingAdaptor) -> None:
    with torch.random.fork_rng():
        endless = that_ends(tiny_telling(tiny_whisper(), words=WORDS, n_embd=WIDTH), after=60)
    frames = torch.randn(50, TINY["d_model"])
    assert len(endless.tell(frames, first=0, last=50)[1]) <= 11
    assert len(endless.tell(frames, first=0, last=1)[1]) <= 4
    assert len(adaptor.tell(frames, first=0, last=50)[1]) > 4


def test_an_end_is_told_at_once(adaptor: TellingAdaptor) -> None:
    with torch.inference_mode():
        silent = tiny_telling(tiny_whisper(), words=WORDS, n_embd=WIDTH)
        silent.layer_norm.weight.zero_()
        silent.layer_norm.bias.copy_(silent.spoken[WORDS] * 9)
        rows, told = silent.tell(torch.randn(50, TINY["d_model"]), first=0, last=50)
    assert rows.shape == (0, WIDTH)
    assert told == ()


@pytest.mark.parametrize(
    ("key", "wrong", "named"),
    [
        ("decoder_attention_heads", 5, "32 numbers can't be shared by 5 heads"),
        ("max_target_positions", 42, "42 places .* leave none for words; 43 at least"),
    ],
)
def test_a_config_whose_numbers_do_not_fit(key: str, wrong: int, named: str) -> None:
    with pytest.raises(BundleError, match=named):
        DecoderConfig.of({**TINY, key: wrong})


@torch.inference_mode()
def test_no_more_words_than_there_are_places(adaptor: TellingAdaptor) -> None:
    frames = torch.randn(1500, TINY["d_model"])
    _, told = adaptor.tell(frames, first=0, last=1500, known=[1] * KNOWN)
    assert len(told) <= TINY["max_target_positions"] - START - KNOWN


@pytest.mark.parametrize("wrong", [0, -1, "six", None])
def test_a_config_that_is_none_of_a_decoder(wrong: object) -> None:
    with pytest.raises(BundleError, match="`decoder_layers` must be a whole number from 1"):
        DecoderConfig.of({**TINY, "decoder_layers": wrong})
