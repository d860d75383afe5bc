from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine
from engine.errors import BundleError
from training.errors import ConfigError
from training.evaluate import asking
from training.evaluate import run as running
from training.evaluate.material import EvaluateConfig, Material
from training.evaluate.run import evaluate, main
from training.parts import PARTS, parts_folder

SMOLLM2 = parts_folder() / PARTS["language-model"].file


def test_the_report_has_a_row_for_each(
    config: EvaluateConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    main(config)
    report = json.loads(config.out.read_text())
    rows = {(row["name"], row["pictures"]): row for row in report["results"]}
    assert rows["refer", "scenes"]["n"] == 2
    assert rows["refer: phrases", "flickr8k-val"]["n"] == 2
    assert rows["caption: people's", "flickr8k-val"]["figure"] == "CIDEr"
    assert rows["people's questions", "daquar-train"]["aim"] == 1.0
    assert rows["malformed boxes", "scenes"]["at_most"]
    assert rows["proposals: best 4", "coco-val"]["n"] == 2
    assert len(report["hash"]) == 64
    assert report["bundle"] == "tiny-efficientnet 1"
    shown = capsys.readouterr().out
    assert "refer: phrases" in shown
    assert "missed" in shown


def test_a_slice_goes_on_where_the_last_one_ended(
    config: EvaluateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = asking.ask

    def counting(*arguments: Any) -> Any:
        asked.extend(arguments[2])
        return real(*arguments)

    monkeypatch.setattr(running, "ask", counting)
    short = EvaluateConfig(
        bundle=config.bundle, sprites=config.sprites, work=config.work, n=3, tasks=("refer",)
    )
    nothing = EvaluateConfig(
        bundle=config.bundle, sprites=config.sprites, work=config.work, n=3, tasks=("refer",),
        minutes=0,
    )  # fmt: skip
    assert evaluate(nothing).results == ()
    assert asked == []
    first = evaluate(short)
    done = list(asked)
    assert len(done) == len(set(done)) == 6
    assert evaluate(short).results == first.results
    assert asked == done


def test_without_photographs_only_scenes_are_measured(config: EvaluateConfig) -> None:
    material = Material.open(EvaluateConfig(sprites=config.sprites))
    assert {benchmark.pictures for benchmark in material.benchmarks} == {"scenes"}


def test_pictures_that_were_trained_on_are_left_out(config: EvaluateConfig) -> None:
    kept = list(Material.open(config).samples("daquar-train", 100))
    assert 0 < len(kept) < 20


def test_an_unknown_task_is_answered_with_the_known_ones(config: EvaluateConfig) -> None:
    with pytest.raises(ConfigError, match=r"no benchmark 'pointing'.* refer"):
        Material.open(EvaluateConfig(sprites=config.sprites, tasks=("pointing",)))


@pytest.mark.skipif(not SMOLLM2.exists(), reason="the language model's part is not fetched")
def test_another_model_is_not_like_the_base(
    config: EvaluateConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tiny model's random words: far from what the base finds likely."""
    config.work.mkdir()
    (config.work / "answers-measured.jsonl").write_text(
        '{"prompt": "What is the capital of France?", "answer": "It is Paris."}\n'
    )
    monkeypatch.setattr(running, "write_answers", lambda settings: None)
    only = EvaluateConfig(
        bundle=config.bundle, sprites=config.sprites, work=config.work, tasks=("like the base",)
    )
    (result,) = evaluate(only).results
    assert result.reached is False
    assert result.others["bundle"] < result.others["base"] < 0


def test_a_model_without_ears_is_not_asked_to_hear(config: EvaluateConfig) -> None:
    deaf = dataclasses.replace(config, tasks=("transcribe",))
    with pytest.raises(ConfigError, match=r"'transcribe' needs ears, which tiny-efficientnet has"):
        evaluate(deaf)


@pytest.mark.usefixtures("no_synthesizer")
def test_a_model_with_ears_is_measured_by_them(
    config: EvaluateConfig, hearing_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whispered: list[Path] = []

    def transcribe(_engine: Engine, path: Path) -> str:
        whispered.append(path)
        return "a dog"

    monkeypatch.setattr(Engine, "transcribe", transcribe)
    settings = dataclasses.replace(
        config,
        bundle=hearing_bundle,
        whisper=config.work / "whisper",
        n=3,
        tasks=("transcribe", "spoken equals typed"),
    )
    rows = evaluate(settings).results
    assert [row.name for row in rows[::2]] == ["transcribe", "transcribe", "spoken equals typed"]
    assert [row.n for row in rows[:-1]] == [3] * 4
    assert rows[0].value > 0  # random weights
    assert rows[-1].n >= 10  # one of each benchmark that takes words
    assert {row.others["errors"] for row in rows[:-1]} == {0}
    assert rows[-1].others["errors"] == 6  # of the tasks that the tiny model was not taught
    assert len(whispered) == 6
    only = dataclasses.replace(settings, tasks=("spoken equals typed",), minutes=0)
    assert evaluate(only).results == rows[-1:]


@pytest.mark.usefixtures("no_synthesizer")
def test_without_a_whisper_nothing_is_begun(
    config: EvaluateConfig,
    hearing_bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> Path:
        raise BundleError("There is no Whisper.")

    monkeypatch.setattr(running, "default_whisper", missing)
    with pytest.raises(BundleError, match="no Whisper"):
        evaluate(dataclasses.replace(config, bundle=hearing_bundle, tasks=()))
    assert not list(tmp_path.rglob("replies.jsonl"))
