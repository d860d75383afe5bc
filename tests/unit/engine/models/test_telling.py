"""The adaptor that tells words: transformers' decoder, a word at a time, in blocks."""

from __future__ import annotations

import pytest
import torch

from engine.errors import BundleError
from engine.models.telling import KNOWN, START, DecoderConfig, TellingAdaptor
from tests.support.tiny_telling import tiny_telling
from tests.support.tiny_whisper import TINY, tiny_whisper

WORDS, WIDTH = 40, 24


@pytest.fixture(scope="module")
def adaptor() -> TellingAdaptor:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return tiny_telling(tiny_whisper(), words=WORDS, n_embd=WIDTH)


def inside(length: int) -> torch.Tensor:
    return torch.ones(1, length, dtype=torch.long)


@torch.inference_mode()
def test_it_is_whispers_decoder(adaptor: TellingAdaptor) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        theirs = tiny_whisper().decoder
    theirs.embed_tokens.weight[: len(adaptor.spoken)] = adaptor.spoken
    frames, told = torch.randn(2, 30, TINY["d_model"]), torch.tensor([[1, 5, 9], [2, 2, 7]])
    real = torch.ones(2, 30, dtype=torch.bool)
    ours = adaptor(frames, inside(30).expand(2, -1), real, told)
    ids = torch.cat((torch.tensor([[WORDS + 1, WORDS + 2]] * 2), told), 1)
    wanted = theirs(input_ids=ids, encoder_hidden_states=frames).last_hidden_state
    torch.testing.assert_close(ours, wanted[:, START - 1 :], atol=1e-5, rtol=1e-4)


@torch.inference_mode()
def test_each_word_is_the_likeliest_behind_those_before_it(adaptor: TellingAdaptor) -> None:
    frames = torch.randn(60, TINY["d_model"])
    rows, told = adaptor.tell(frames, first=0, last=60)
    assert len(rows) == len(told) > 2
    logits = adaptor.logits(
        adaptor(frames[None], inside(60), inside(60).bool(), torch.tensor([told]))
    )[0]
    assert logits[: len(told)].argmax(-1).tolist() == list(told)
    mixed = logits[: len(told), :-1].softmax(-1) @ adaptor.table
    torch.testing.assert_close(rows, mixed, atol=1e-4, rtol=1e-3)


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
    """Random weights hardly ever end by themselves."""
    frames = torch.randn(50, TINY["d_model"])
    assert len(adaptor.tell(frames, first=0, last=50)[1]) <= 11
    assert len(adaptor.tell(frames, first=0, last=1)[1]) <= 4


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
