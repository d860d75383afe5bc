"""Whisper's decoder with the language model's words, and what was trained put into it."""

from __future__ import annotations

import pytest
import torch
from transformers import WhisperForConditionalGeneration

from tests.support.tiny_whisper import TINY, tiny_whisper_tokenizer
from training.convert.telling import (
    FURTHER,
    Tellable,
    further_layers,
    known_words,
    teach,
    tellable,
    untaught,
)
from training.errors import ConversionError
from training.telling import new_pupil

OWN = {"Ġdog": 4, "Ġcat": 2, "Ġowls": 9, "Dog": 5, "Ġzebra": 30_000, "?": 7, "ly": 3}
WHISPER = {"Ġdog": 0, "Dog": 1, "Ġow": 2, "ls": 3, "?": 4, "Ġzebra": 5}


def test_words_that_both_have_and_those_that_were_said() -> None:
    words = tellable(OWN, WHISPER, [9, 2])
    assert words == Tellable([4, 7, 2, 9], ["Ġdog", "?", "Ġcat", "Ġowls"], 2)
    assert 30_000 in tellable(OWN, WHISPER, [30_000]).tokens
    assert 5 in tellable(OWN, WHISPER, [5]).tokens


def test_words_of_a_trained_adaptor() -> None:
    assert known_words(OWN, [4, 9], 1) == Tellable([4, 9], ["Ġdog", "Ġowls"], 1)
    with pytest.raises(ConversionError, match="token 77 and the language model has 7"):
        known_words(OWN, [4, 77], 1)


def test_a_word_has_whispers_own_embedding_or_that_of_its_pieces(
    small_whisper: WhisperForConditionalGeneration,
) -> None:
    tokenizer = tiny_whisper_tokenizer(("a", "b", "c"))
    table = torch.randn(3, 12)
    adaptor = untaught(small_whisper, tokenizer, Tellable([8, 9, 3], ["b", "c", "ab"], 1), table)
    theirs = small_whisper.model.decoder.embed_tokens.weight
    a, b, c = (tokenizer.token_to_id(letter) for letter in "abc")
    assert torch.equal(adaptor.spoken[0], theirs[b]) and torch.equal(adaptor.spoken[1], theirs[c])
    torch.testing.assert_close(adaptor.spoken[2], (theirs[a] + theirs[b]) / 2)
    end = tokenizer.token_to_id("<|endoftext|>")
    assert torch.equal(adaptor.spoken[3], theirs[end])
    assert torch.equal(adaptor.table, table)


def test_a_tokenizer_without_its_marks_is_refused(
    small_whisper: WhisperForConditionalGeneration,
) -> None:
    tokenizer = tiny_whisper_tokenizer(("a",), marks=())
    with pytest.raises(ConversionError, match=r"no <\|endoftext\|>"):
        untaught(small_whisper, tokenizer, Tellable([1], ["a"], 0), torch.randn(1, 12))


@torch.no_grad()
def test_further_layers_add_nothing_before_they_are_taught(
    small_whisper: WhisperForConditionalGeneration,
) -> None:
    words, tokenizer = Tellable([8, 3], ["b", "ab"], 1), tiny_whisper_tokenizer(("a", "b"))
    plain, deeper = (
        untaught(small_whisper, tokenizer, words, torch.zeros(2, 12), further=n) for n in (0, 3)
    )
    assert (further_layers(plain.state_dict()), further_layers(deeper.state_dict())) == (0, 3)
    frames, place = torch.randn(1, 8, TINY["d_model"]), torch.ones(1, 8, dtype=torch.long)
    for one, other in zip(
        plain.memories(frames, place), deeper.memories(frames, place), strict=True
    ):
        torch.testing.assert_close(one, other)


@torch.no_grad()
def test_the_taught_adaptor_computes_what_the_pupil_computed(
    small_whisper: WhisperForConditionalGeneration,
) -> None:
    def fresh_one() -> object:
        tokenizer = tiny_whisper_tokenizer(("a", "b", "c"))
        words = Tellable([8, 9, 3], ["b", "c", "ab"], 1)
        return untaught(small_whisper, tokenizer, words, torch.zeros(3, 12), further=2)

    pupil = new_pupil(fresh_one(), 1, rank=4)  # type: ignore[arg-type]
    for value in pupil.taught().values():
        value.add_(torch.randn_like(value) * 0.2)
    adaptor = fresh_one()
    assert further_layers(pupil.taught()) == 2
    teach(adaptor, pupil.taught())  # type: ignore[arg-type]
    frames, told = torch.randn(2, 9, TINY["d_model"]), torch.tensor([[0, 1], [2, 2]])
    batch = {
        "frames": frames,
        "place": torch.tensor([[0] * 2 + [1] * 4 + [2] * 3] * 2),
        "real": torch.ones(2, 9, dtype=torch.bool),
        "told": told,
    }
    found = adaptor.logits(adaptor(*batch.values()))  # type: ignore[attr-defined, operator]
    torch.testing.assert_close(found, pupil(batch), atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_part_of_the_way_lies_between_whispers_and_the_trained_weights(
    small_whisper: WhisperForConditionalGeneration,
) -> None:
    words = Tellable([8, 3], ["b", "ab"], 1)
    tokenizer = tiny_whisper_tokenizer(("a", "b"))
    began, ended, between, taught = (
        untaught(small_whisper, tokenizer, words, torch.zeros(2, 12), further=1) for _ in range(4)
    )
    pupil = new_pupil(taught, 1, rank=4)
    for value in pupil.taught().values():
        value.add_(torch.randn_like(value) * 0.2)
    teach(ended, pupil.part_of_the_way(1.0))
    teach(between, pupil.part_of_the_way(0.75))
    for name, value in between.state_dict().items():
        start, end = began.state_dict()[name], ended.state_dict()[name]
        # Of what a further layer adds its last matrices are enough; they begin as nothing.
        whole = name.startswith(FURTHER) and not ("out_proj" in name or "fc2" in name)
        wanted = end if whole else torch.lerp(start, end, 0.75)
        # LoRA's own beginning is noise times nothing.
        torch.testing.assert_close(value, wanted, atol=1e-5, rtol=1e-4)
    pupil.begin_here()
    before = pupil.part_of_the_way(1.0)
    for value in pupil.taught().values():
        value.add_(1.0)
    for name, found in pupil.part_of_the_way(1.0, 0.25).items():
        torch.testing.assert_close(found, before[name] + 0.25)


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("layers.0.fc1.lora_A", "half a LoRA"),
        ("layers.9.fc1.weight", "belongs to no adaptor that tells words"),
    ],
)
def test_what_has_no_place_is_named(
    small_whisper: WhisperForConditionalGeneration, name: str, named: str
) -> None:
    tokenizer = tiny_whisper_tokenizer(("a",))
    adaptor = untaught(small_whisper, tokenizer, Tellable([1], ["a"], 0), torch.zeros(1, 12))
    with pytest.raises(ConversionError, match=named):
        teach(adaptor, {name: torch.zeros(2, 2)})
