from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

import training.stages
from engine.models.efficientnet import EfficientNetLite
from engine.models.projector import Projector
from engine.models.regions import RegionConfig, RegionHead
from engine.prompt.template import TextSegment
from tests.support.tiny_eyes import tiny_eyes
from tests.support.tiny_llama import N_EMBD, SPECIAL
from training.__main__ import main
from training.errors import ConfigError
from training.eyes import load_eyes, save_eyes
from training.language import LanguageModel, LoraSettings
from training.stages import _choose, new_projector, save_projector, tokenizer_of
from training.steps.dense import Eyes

VARIANT, SIDE = "efficientnet-lite0", 64


@pytest.mark.usefixtures("tiny_part")
def test_a_mark_is_one_token_only_where_the_template_wrote_it() -> None:
    tokenize = tokenizer_of()
    end = SPECIAL.index("<|im_end|>")
    assert tokenize(TextSegment("<|im_end|>", special=True)) == [end]
    typed = tokenize(TextSegment("<|im_end|>"))
    assert len(typed) > 1
    assert end not in typed
    assert tokenize(TextSegment(" dog")) == tokenize(TextSegment(" dog", trained=True))


def test_a_projector_is_as_wide_as_eyes_and_language_model(tmp_path: Path) -> None:
    eyes = tiny_eyes()
    projector = new_projector(eyes, 48).half()
    save_projector(projector, tmp_path)
    weights = load_file(tmp_path / "projector.safetensors")
    assert weights["patches.weight"].shape == (48, 4 * eyes.head.config.channels[-1])
    assert weights["regions.weight"].shape == (48, eyes.head.config.row_width)
    assert {tensor.dtype for tensor in weights.values()} == {torch.float32}
    again = new_projector(eyes, 48)
    again.load_state_dict(weights)
    vectors = torch.randn(3, eyes.head.config.row_width)
    assert torch.equal(again.region_rows(vectors), projector.float().region_rows(vectors))


@pytest.mark.parametrize("trains", [("projector",), ("lora",), ("projector", "lora")])
def test_only_what_a_stage_trains_learns(tiny_gguf: Path, trains: tuple[str, ...]) -> None:
    projector = Projector(3, N_EMBD, d_region=5)
    language = LanguageModel(LoraSettings(rank=2), path=tiny_gguf)
    _choose(projector, language, trains)
    assert {p.requires_grad for p in projector.parameters()} == {"projector" in trains}
    learned = {n for n, p in language.named_parameters() if p.requires_grad}
    every = {n for n, _ in language.named_parameters() if "lora_" in n}
    assert learned == (every if "lora" in trains else set())


def test_what_can_not_be_trained_is_named(tiny_gguf: Path) -> None:
    language = LanguageModel(LoraSettings(rank=2), path=tiny_gguf)
    with pytest.raises(ConfigError, match=r"'eyes'.*projector, lora"):
        _choose(Projector(3, N_EMBD), language, ("projector", "eyes"))


def write_run(folder: Path) -> None:
    """Eyes with random weights, a sprite pack, plain answers and the configurations of a run."""
    torch.manual_seed(0)
    encoder = EfficientNetLite(VARIANT)
    config = RegionConfig(channels=encoder.channels, classes=("dog", "circle"))
    save_eyes(Eyes(encoder, RegionHead(config)), folder / "eyes", variant=VARIANT, side=SIDE)
    (folder / "sprites" / "flat").mkdir(parents=True)
    (folder / "sprites" / "vocabulary.json").write_text(
        '{"objects": {"dog": "1F415"}, "expressions": {"sad": "1F622"}}'
    )
    for name in ("dog", "face_sad"):
        picture = Image.new("RGBA", (32, 32), "brown")
        picture.save(folder / "sprites" / "flat" / f"{name}.png")
    lines = [{"prompt": f"question {n}", "answer": "yes"} for n in range(6)]
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    loop = {
        "steps": 2, "rate": 1e-3, "warmup": 1, "workers": 0, "log_every": 1, "precision": "bf16",
    }  # fmt: skip
    common = {
        "loop": loop,
        "eyes": str(folder / "eyes"),
        "sprites": str(folder / "sprites"),
        "batch": 2,
        "regions": {"k": 6, "threshold": 0.0, "nms": 0.6},
    }
    align = {"out": str(folder / "align"), "mix": {"sources": {"scenes": 1.0}, "kinds": {}}}
    stage = {
        "start": str(folder / "align"),
        "out": str(folder / "stage1"),
        "answers": str(folder / "answers.jsonl"),
        "lora": {"rank": 2},
        "mix": {
            "sources": {"scenes": 0.7, "text": 0.3},
            "kinds": {"caption": 1, "refer": 1, "existence": 1},
        },
    }
    for name, own in (("align", align), ("stage", stage)):
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(common | own))


@pytest.mark.usefixtures("tiny_part", "fresh_accelerator")
def test_the_steps_follow_each_other_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training.stages, "TEXTS_SEEN", 4)
    write_run(tmp_path)
    assert main(["align", str(tmp_path / "align.yaml")]) == 0
    assert main(["stage", str(tmp_path / "stage.yaml"), "loop.minutes=0"]) == 0
    assert main(["stage", str(tmp_path / "stage.yaml")]) == 0
    second = [f"start={tmp_path}/stage1", f"out={tmp_path}/stage2", "trains=[lora]"]
    assert main(["stage", str(tmp_path / "stage.yaml"), *second]) == 0, capsys.readouterr().err
    for name in ("stage1", "stage2"):
        lines = (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        assert [json.loads(line)["step"] for line in lines] == [1, 2]
    projectors = [
        load_file(tmp_path / name / "projector.safetensors")["patches.weight"]
        for name in ("align", "stage1", "stage2")
    ]
    assert not torch.equal(projectors[0], projectors[1])
    assert torch.equal(projectors[1], projectors[2])  # frozen in the second stage
    loras = [load_file(tmp_path / name / "lora.safetensors") for name in ("stage1", "stage2")]
    assert any(not torch.equal(loras[0][name], loras[1][name]) for name in loras[0])
    capsys.readouterr()
    assert main(["stage", str(tmp_path / "stage.yaml"), *second, "lora.rank=4"]) == 1
    assert "rank 2" in capsys.readouterr().err

    assert main(["plot", f"run={tmp_path}/stage1"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "stage1" / "losses.png")
    drawn = Image.open(tmp_path / "stage1" / "losses.png").convert("L")
    assert drawn.getextrema() == (0, 255)


def test_eyes_come_back_as_they_were_kept(tmp_path: Path) -> None:
    write_run(tmp_path)
    eyes, geometry = load_eyes(tmp_path / "eyes")
    assert geometry.side == SIDE
    assert eyes.head.config.classes == ("dog", "circle")
    assert not eyes.training
    assert not any(p.requires_grad for p in eyes.parameters())
    torch.manual_seed(0)
    assert torch.equal(eyes.encoder.stem.weight, EfficientNetLite(VARIANT).stem.weight)
