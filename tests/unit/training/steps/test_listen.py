from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bundle import AdaptorFacts
from engine.models.adaptor import WordsAdaptor, build_adaptor
from tests.support import heard_words
from tests.support.heard_words import WORDS, speak, tokenize
from training.data.speech import shards
from training.data.speech.shards import write_shard
from training.ears import load_adaptor, save_adaptor, tokens_said
from training.loop import LoopConfig
from training.steps import heard
from training.steps.listen import ListenConfig, ListenStage, _whole

D_AUDIO, N_EMBD, UTTERANCES = 6, 16, 8
SMALL = AdaptorFacts(kind="words", join=4, layers=2, heads=2, width=64)
hear = partial(heard_words.hear, d_audio=D_AUDIO, loudness=2.0)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ListenStage:
    for module in (shards, heard):
        monkeypatch.setattr(module, "UTTERANCES", UTTERANCES)
    for number in range(2):
        write_shard(tmp_path, number, speak, hear)
    config = ListenConfig(
        loop=LoopConfig(steps=1, rate=1e-3),
        frames=tmp_path,
        out=tmp_path / "out",
        shards=2,
        batch=4,
        masked=0.0,
        others=None,
    )
    torch.manual_seed(0)
    adaptor = build_adaptor(SMALL, d_audio=D_AUDIO, n_embd=N_EMBD, words=len(WORDS))
    assert isinstance(adaptor, WordsAdaptor)
    adaptor.table.normal_()
    columns = {100 + n: n for n in range(len(WORDS))}
    return ListenStage(config, adaptor, columns=columns, tokenize=tokenize)


def test_a_batch_is_the_same_for_ever_and_an_epoch_hears_everything_once(
    stage: ListenStage,
) -> None:
    batches = [stage.batch(number) for number in range(4)]
    assert all(torch.equal(batches[1][key], again) for key, again in stage.batch(1).items())
    assert sum(len(batch["words_lengths"]) for batch in batches) == 2 * UTTERANCES


def test_blocks_are_put_together_from_their_windows() -> None:
    values = torch.arange(2 * 6).reshape(2, 6, 1)
    whole, lengths = _whole(values, [(0, 1, 2), (0, 0, 1)], 1)
    assert whole.flatten().tolist() == [1, 2, 6] and lengths.tolist() == [3]
    letters, twice = _whole(values, [(0, 1, 2), (1, 0, 1)], 2)
    assert letters.flatten().tolist() == [2, 3, 4, 5, 6, 7] and twice.tolist() == [4, 2]


@pytest.mark.parametrize(("others", "agreement"), [(None, 0.0), (3, 0.0), (None, 0.2)])
def test_words_are_learned(stage: ListenStage, others: int | None, agreement: float) -> None:
    stage.config = replace(stage.config, others=others, agreement=agreement)
    optimizer = torch.optim.AdamW(stage.model.parameters(), lr=3e-3)
    for number in range(160):
        loss, _ = stage.loss(stage.model, stage.batch(number))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    figures = [stage.loss(stage.model, stage.batch(number))[1] for number in range(160, 164)]
    assert np.mean([figure["right"] for figure in figures]) > 0.8
    text, samples = speak(0)
    window = hear(samples)[0]
    rows, says = stage.model.eval().heard(window.frames)
    meant = stage.model.table[WORDS.index(text.split()[0])]
    assert says[:3].sum() == 1
    assert torch.cosine_similarity(rows[says][0], meant, dim=0) > 0.9


def test_each_is_heard_twice_where_both_are_to_agree(stage: ListenStage) -> None:
    stage.config = replace(stage.config, agreement=0.2, masked=0.3)
    batch = stage.batch(0)
    for name in ("frames", "words", "letters"):
        one, other = batch[name].chunk(2)
        assert one.shape == other.shape
        assert torch.equal(one, other) is (name != "frames")
    stage.model.eval()
    apart = stage.loss(stage.model, batch)[0]
    stage.config = replace(stage.config, agreement=0.1)
    nearer = stage.loss(stage.model, batch)[0]
    stage.config = replace(stage.config, masked=0.0)
    same = stage.batch(0)
    alike = stage.loss(stage.model, same)[0]
    stage.config = replace(stage.config, agreement=0.2)
    assert apart > nearer
    assert torch.isclose(alike, stage.loss(stage.model, same)[0])


def test_an_adaptor_comes_back_whatever_words_it_hears(stage: ListenStage, tmp_path: Path) -> None:
    save_adaptor(stage.model, range(len(WORDS)), tmp_path)
    other = build_adaptor(SMALL, d_audio=D_AUDIO, n_embd=N_EMBD, words=2)
    assert isinstance(other, WordsAdaptor)
    load_adaptor(other, tmp_path)
    for name, value in stage.model.state_dict().items():
        assert name == "table" or torch.equal(value, other.state_dict()[name])


def test_tokens_that_occur_once_are_not_learned() -> None:
    assert tokens_said(["red dog", "dog cat", "cat dog"], tokenize) == [102, 103]
