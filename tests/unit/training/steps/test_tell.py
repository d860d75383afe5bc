"""Words are told from frames, shared out among windows in any way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path

import pytest
import torch

from tests.support import heard_words
from tests.support.heard_words import WORDS, speak, tokenize
from tests.support.tiny_telling import tiny_telling
from tests.support.tiny_whisper import TINY, tiny_whisper
from training.convert.telling import teach
from training.data.speech import shards
from training.data.speech.shards import HeardUtterance, HeardWindow, write_shard
from training.errors import DataError
from training.loop import LoopConfig
from training.steps import heard
from training.steps.tell import TellConfig, TellStage, shared_out
from training.telling import load_pupil, new_pupil, save_taught

D_AUDIO, UTTERANCES, JOIN = TINY["d_model"], 8, 4
hear = partial(heard_words.hear, d_audio=D_AUDIO, loudness=4.0)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TellStage]:
    for module in (shards, heard):
        monkeypatch.setattr(module, "UTTERANCES", UTTERANCES)
    for number in range(2):
        write_shard(tmp_path, number, speak, hear)
    config = TellConfig(
        loop=LoopConfig(steps=1, rate=1e-3),
        frames=tmp_path,
        out=tmp_path / "out",
        shards=2,
        batch=4,
        masked=0.0,
        misheard=0.0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        adaptor = tiny_telling(tiny_whisper(), words=len(WORDS), n_embd=16)
        for name, parameter in adaptor.named_parameters():
            if parameter.ndim == 2 and "norm" not in name:
                parameter.data *= 6  # what is frozen must do something for LoRA to learn
        pupil = new_pupil(adaptor, fresh=2, rank=16)
        columns = {100 + n: n for n in range(len(WORDS))}
        yield TellStage(
            config, pupil, columns=columns, tokenize=lambda text: tokenize(text) or [100], join=JOIN
        )


def test_a_batch_is_the_same_for_ever_and_an_epoch_hears_everything_once(stage: TellStage) -> None:
    batches = [stage.batch(number) for number in range(4)]
    assert all(torch.equal(batches[1][key], again) for key, again in stage.batch(1).items())
    assert sum(len(batch["lengths"]) for batch in batches) == 2 * UTTERANCES


def test_what_is_around_a_block_is_told_apart(stage: TellStage) -> None:
    place = stage.batch(0)["place"]
    assert place[0, :12].tolist() == [1] * 12
    assert place[1, :4].tolist() == [0] * 4 and set(place[1, 4:16].tolist()) == {1}


def test_in_each_batch_nobody_speaks_once(stage: TellStage) -> None:
    quiet = HeardUtterance("", (HeardWindow(torch.full((8, D_AUDIO), 0.5), 0, 2),))
    stage._quiet = [quiet]
    batch = stage.batch(0)
    assert batch["lengths"].tolist()[4:] == [0]
    assert torch.equal(batch["frames"][-1, :8].float(), quiet.windows[0].frames)
    loss, _ = stage.loss(stage.model, batch)
    assert torch.isfinite(loss)


def shares(
    told: torch.Tensor, ended: torch.Tensor, owners: list[int], lengths: list[int]
) -> torch.Tensor:
    return shared_out(told, ended, torch.tensor(owners), torch.tensor(lengths))


def test_the_loss_is_that_of_all_ways_to_share_words_out() -> None:
    """Each way by itself: the words of a window in turn, and its end."""
    words, windows = 4, 3
    with torch.random.fork_rng():
        torch.manual_seed(0)
        told = torch.randn(windows, words).double()
        ended = torch.randn(windows, words + 1).double()
    ways = []
    for cuts in combinations_with_replacement(range(words + 1), windows - 1):
        ends = (*cuts, words)
        way, first = torch.zeros((), dtype=torch.double), 0
        for window, end in enumerate(ends):
            way = way + told[window, first:end].sum() + ended[window, end]
            first = end
        ways.append(way)
    wanted = -torch.stack(ways).logsumexp(0)
    torch.testing.assert_close(shares(told, ended, [0, 0, 0], [words])[0], wanted)


def test_each_sentence_has_its_own_windows_and_length() -> None:
    told, ended = -torch.rand(3, 5), -torch.rand(3, 6)
    both = shares(told, ended, [0, 1, 1], [5, 2])
    torch.testing.assert_close(both[:1], shares(told[:1], ended[:1], [0], [5]))
    alone = shares(told[1:, :2], ended[1:, :3], [0, 0], [2])
    torch.testing.assert_close(both[1:], alone)


def test_words_are_learned_and_told_in_their_windows(stage: TellStage) -> None:
    trained = [p for p in stage.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=5e-3)
    for number in range(400):
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (1 - number / 400)
        loss, _ = stage.loss(stage.model, stage.batch(number))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    adaptor = tiny_telling(tiny_whisper(), words=len(WORDS), n_embd=16)
    frozen = {
        name.replace("base_layer.", ""): value
        for name, value in stage.model.adaptor.state_dict().items()
        if "lora_" not in name
    }
    adaptor.load_state_dict(frozen)
    teach(adaptor, {name: value.detach() for name, value in stage.model.taught().items()})
    right = 0
    for number in range(2 * UTTERANCES):
        text, samples = speak(number)
        known: tuple[int, ...] = ()
        with torch.inference_mode():
            for window in hear(samples):
                first, last = window.first * JOIN, (window.first + window.rows) * JOIN
                known += adaptor.tell(window.frames, first=first, last=last, known=known)[1]
        right += known == tuple(WORDS.index(word) for word in text.split())
    assert right >= 14


def test_some_words_before_are_others_than_were_said(stage: TellStage) -> None:
    batch = stage.batch(0)
    assert torch.equal(batch["told"], batch["targets"])
    object.__setattr__(stage.config, "misheard", 0.5)
    wrong = stage.batch(0)
    assert torch.equal(wrong["targets"], batch["targets"])
    assert not torch.equal(wrong["told"], batch["targets"])


def test_a_pupil_comes_back_whatever_words_it_tells(stage: TellStage, tmp_path: Path) -> None:
    with torch.no_grad():
        for value in stage.model.taught().values():
            value.normal_()
    save_taught(stage.model.taught(), [9, 3, 5, 101, 100], tmp_path)
    with torch.random.fork_rng():
        adaptor = tiny_telling(tiny_whisper(), words=6, n_embd=16)
        other = new_pupil(adaptor, fresh=3, rank=16)
    new = other.fresh[2].clone()
    load_pupil(other, [9, 3, 5, 100, 101, 102], tmp_path)
    kept = stage.model.taught()
    for name, value in other.taught().items():
        assert name == "fresh" or torch.equal(value, kept[name])
    assert torch.equal(other.fresh[:2], kept["fresh"].flip(0))
    assert torch.equal(other.fresh[2], new)
    thinner = new_pupil(tiny_telling(tiny_whisper(), words=6, n_embd=16), fresh=3, rank=8)
    with pytest.raises(DataError, match=r"lora_.` is \(.*16.*\) there and \(.*8.*\) here"):
        load_pupil(thinner, [9, 3, 5, 100, 101, 102], tmp_path)
    deeper = tiny_telling(tiny_whisper(), words=6, n_embd=16, further=1)
    with pytest.raises(DataError, match=r"further.* is None there"):
        load_pupil(new_pupil(deeper, fresh=3, rank=16), [9, 3, 5, 100, 101, 102], tmp_path)
