from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from training.errors import ConfigError
from training.evaluate import asking
from training.evaluate import run as running
from training.evaluate.material import EvaluateConfig, Material
from training.evaluate.run import evaluate, main
from training.parts import PARTS, parts_folder

OBJECTS = ("dog", "cat", "taxi")
SMOLLM2 = parts_folder() / PARTS["language-model"].file


@pytest.fixture
def config(tmp_path: Path, tiny_bundle: Path) -> EvaluateConfig:
    """Scenes from a pack of three drawings, and two photographs of each set."""
    sprites, photos = tmp_path / "sprites", tmp_path / "photos"
    (sprites / "flat").mkdir(parents=True)
    names = {"objects": dict.fromkeys(OBJECTS, "1f415"), "expressions": {"happy": "1f600"}}
    (sprites / "vocabulary.json").write_text(json.dumps(names))
    for name in (*OBJECTS, "face_happy"):
        Image.new("RGBA", (16, 16), "red").save(sprites / "flat" / f"{name}.png")
    photos.mkdir()
    write_shard(photos / "flickr8k-val-000.tar", "flickr8k", grounded=True)
    write_shard(photos / "coco-val-000.tar", "coco2017")
    write_shard(photos / "daquar-train-000.tar", "daquar", count=40)
    return EvaluateConfig(
        bundle=tiny_bundle,
        photos=photos,
        sprites=sprites,
        work=tmp_path / "work",
        out=tmp_path / "evaluation.json",
        n=2,
        tasks=("refer", "identify", "existence", "caption", "people's questions", "proposals"),
    )


def write_shard(path: Path, source: str, *, count: int = 2, grounded: bool = False) -> None:
    caption = "A dog runs ."
    phrase = {"start": 0, "end": 5, "kind": "animals", "boxes": [[0.1, 0.1, 0.6, 0.6]]}
    label: dict[str, Any] = {"source": source, "size": [64, 48], "captions": [caption]}
    if grounded:
        label["grounded"] = [{"caption": caption, "phrases": [phrase]}]
    if source == "coco2017":
        label["objects"] = [{"name": "dog", "box": [0.1, 0.1, 0.6, 0.6]}]
    if source == "daquar":
        label["qa"] = [{"question": "what is it ?", "answer": "dog"}]
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "WEBP")
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            for ending, data in (
                ("webp", picture.getvalue()),
                ("json", json.dumps(label).encode()),
            ):
                member = tarfile.TarInfo(f"{source}{number}.{ending}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


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
