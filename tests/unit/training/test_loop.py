from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.tiny_stage import TinyStage
from training.checkpoint import Checkpoint
from training.loop import LoopConfig, _schedule, train

pytestmark = pytest.mark.usefixtures("fresh_accelerator")

STEPS = 6
NO_TIME = 0.0  # minutes: a slice of one step


def config(**changes: Any) -> LoopConfig:
    facts: dict[str, Any] = {
        "steps": STEPS, "rate": 0.05, "warmup": 2, "log_every": 1, "workers": 0, "precision": "no",
    }  # fmt: skip
    return LoopConfig(**(facts | changes))


def weights(stage: TinyStage) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in stage.model.state_dict().items()}


def metrics(folder: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "pictures_per_s"} for line in lines]


def unbroken(folder: Path, **changes: Any) -> tuple[dict[str, Tensor], list[dict[str, float]]]:
    stage = TinyStage()
    assert train(stage, config(**changes), folder)
    return weights(stage), metrics(folder)


def equal(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("workers", [0, 1])
def test_slices_give_the_same_losses_and_weights_as_an_unbroken_run(
    tmp_path: Path, workers: int
) -> None:
    expected, lines = unbroken(tmp_path / "whole", workers=workers)
    folder = tmp_path / "slices"
    for slices in range(1, STEPS + 1):  # noqa: B007
        stage = TinyStage()
        if train(stage, config(workers=workers, minutes=NO_TIME), folder):
            break
        assert not equal(weights(stage), expected)
    assert slices > 1
    assert equal(weights(stage), expected)
    assert metrics(folder) == lines
    assert [line["step"] for line in lines] == list(range(1, STEPS + 1))


def test_half_precision_goes_on_as_exactly(tmp_path: Path) -> None:
    expected, lines = unbroken(tmp_path / "whole", precision="bf16")
    done = False
    while not done:
        stage = TinyStage()
        done = train(stage, config(precision="bf16", minutes=NO_TIME), tmp_path / "slices")
    assert equal(weights(stage), expected)
    assert metrics(tmp_path / "slices") == lines


@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_a_run_that_was_killed_goes_on_from_its_last_checkpoint(
    tmp_path: Path, killed_at: int
) -> None:
    expected, lines = unbroken(tmp_path / "whole")
    folder = tmp_path / "killed"
    with pytest.raises(KeyboardInterrupt):
        train(TinyStage(fails_at=killed_at), config(save_every=2), folder)
    assert Checkpoint(folder).exists is (killed_at > 1)
    stage = TinyStage()
    assert train(stage, config(save_every=2), folder)
    assert len(stage.seen) == STEPS - killed_at // 2 * 2  # no step that was saved is done again
    assert equal(weights(stage), expected)
    assert metrics(folder) == lines  # each step once, though some were done twice


def test_what_a_kill_leaves_half_written_is_passed_over(tmp_path: Path) -> None:
    expected, _ = unbroken(tmp_path / "whole")
    folder = tmp_path / "killed"
    train(TinyStage(), config(minutes=NO_TIME), folder)
    for name in ("model-00000002.safetensors", "optimizer-00000002.pt", "state.json.part"):
        (folder / name).write_bytes(b"half")
    stage = TinyStage()
    assert train(stage, config(), folder)
    assert equal(weights(stage), expected)
    assert sorted(path.name for path in folder.iterdir()) == [
        "metrics.jsonl", "model-00000006.safetensors", "optimizer-00000006.pt", "state.json",
    ]  # fmt: skip


def test_a_run_that_is_done_stays_as_it_is(tmp_path: Path) -> None:
    expected, lines = unbroken(tmp_path)
    stage = TinyStage()
    assert train(stage, config(), tmp_path)
    assert stage.seen == []
    assert equal(weights(stage), expected)
    assert metrics(tmp_path) == lines


def test_the_rate_is_what_the_configuration_says_now(tmp_path: Path) -> None:
    train(TinyStage(), config(minutes=NO_TIME), tmp_path)
    stage = TinyStage()
    Checkpoint(tmp_path).load_model(stage.model)
    before = weights(stage)
    train(stage, config(rate=0.0), tmp_path)
    assert equal(weights(stage), before)


def test_lines_say_what_was_learned_and_how_fast(tmp_path: Path) -> None:
    stage = TinyStage()
    train(stage, config(log_every=4), tmp_path)
    text = (tmp_path / "metrics.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["step"] for line in lines] == [1, 4]
    assert all(line.keys() == {"step", "loss", "largest", "pictures_per_s"} for line in lines)
    assert lines[0]["loss"] == pytest.approx(stage.seen[0], abs=1e-5)
    assert lines[1]["loss"] == pytest.approx(stage.seen[3], abs=1e-5)
    assert lines[1]["pictures_per_s"] > 0


def test_the_rate_warms_up_and_falls_to_its_last_share() -> None:
    long = config(steps=110, warmup=10, final_rate=0.1)
    assert [_schedule(step, long) for step in (1, 5, 10)] == [0.1, 0.5, 1.0]
    assert _schedule(60, long) == pytest.approx(0.55)
    assert _schedule(35, long) == pytest.approx(0.1 + 0.9 * (1 + math.sqrt(0.5)) / 2)
    assert _schedule(110, long) == pytest.approx(0.1)
    assert _schedule(1, config(steps=1, warmup=0, final_rate=0.5)) == 0.5


def test_parts_learn_at_their_own_rates_and_frozen_ones_not_at_all(tmp_path: Path) -> None:
    before = weights(TinyStage())
    stage = TinyStage()
    facts = config(steps=1, warmup=1, decay=0.0, clip=1e9, shares={"eyes.": 0.1})
    train(stage, facts, tmp_path)
    # AdamW's first step moves every weight by the rate, whatever its gradient is.
    moved = {n: (t - before[n]).abs().max().item() for n, t in weights(stage).items()}
    assert moved["words.weight"] == pytest.approx(0.05, rel=1e-3)
    assert moved["eyes.weight"] == pytest.approx(0.005, rel=1e-3)
    assert moved["fixed.weight"] == moved["fixed.bias"] == 0
