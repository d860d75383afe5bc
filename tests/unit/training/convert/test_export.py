from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.bundle import Bundle
from engine.engine import Engine
from engine.types import AudioPart, Finished, ImagePart, Message, Request, TextPart
from tests.support.picture_files import corners
from tests.unit.training.convert.conftest import CLASSES
from training.convert.bundle import BuildConfig, build
from training.convert.export import ExportConfig, export, main
from training.convert.gguf_reader import read_language_model
from training.convert.hearing import embeddings
from training.data.speech.listening import SPEECH, WORDS
from training.errors import ConversionError
from training.parts import fetch


def test_an_exported_run_becomes_a_bundle_that_sees(config: ExportConfig, tmp_path: Path) -> None:
    export(config)
    build(BuildConfig(edition=config.out, out=tmp_path / "bundle"))
    picture = tmp_path / "picture.png"
    corners().save(picture)
    with Engine.load(tmp_path / "bundle") as engine:
        parts = (ImagePart(picture), TextPart("hello"))
        *_, last = engine.answer(Request("1", (Message("user", parts),)))
    assert isinstance(last, Finished)
    assert last.answer.error is None


def check_table(table: Tensor, bundle: Path, tokens: list[int]) -> None:
    """The words are embedded as the bundle's language model embeds them when they are typed."""
    own = embeddings(bundle / "llm.gguf", tokens)
    assert np.array_equal(table.numpy(), own.astype(np.float16))
    base = read_language_model(fetch("tiny")).get_input_embeddings().weight
    torch.testing.assert_close(table.float(), base[tokens].detach(), atol=0.02, rtol=0)


def test_an_exported_run_with_ears_becomes_a_bundle_that_hears(
    ears: ExportConfig, tmp_path: Path
) -> None:
    edition = export(ears)
    assert edition.ears == "speech-encoder" and "transcribe" in edition.manifest.tasks
    bundle = build(BuildConfig(edition=ears.out, out=tmp_path / "bundle"))
    assert bundle.manifest.speech == replace(SPEECH, adaptor=WORDS)
    assert json.loads((ears.out / "heard_tokens.json").read_text()) == [7, 3, 11]
    table = load_file(tmp_path / "bundle" / "adaptor.safetensors")["table"]
    check_table(table, tmp_path / "bundle", [7, 3, 11])
    recording = tmp_path / "noise.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    soundfile.write(recording, noise, 16_000)
    with Engine.load(tmp_path / "bundle") as engine:
        assert engine.info.hears
        asked = Message("user", (AudioPart(recording),), task="transcribe")
        *_, last = engine.answer(Request("1", (asked,)))
    assert isinstance(last, Finished)
    assert last.answer.error is None or "No speech was heard" in last.answer.error


def test_an_exported_run_that_tells_words_becomes_a_bundle_that_does(
    telling: ExportConfig, tmp_path: Path
) -> None:
    assert export(telling).manifest.speech == SPEECH
    build(BuildConfig(edition=telling.out, out=tmp_path / "bundle"))
    weights = load_file(tmp_path / "bundle" / "adaptor.safetensors")
    tokens = json.loads((telling.out / "heard_tokens.json").read_text())
    check_table(weights["table"], tmp_path / "bundle", tokens)
    assert telling.ears is not None
    trained = load_file(telling.ears / "adaptor.safetensors")
    torch.testing.assert_close(weights["around"].float(), trained["around"], atol=1e-3, rtol=1e-3)
    assert torch.equal(weights["spoken"][3], trained["fresh"][0].half())
    assert not any("lora" in name for name in weights)
    with Engine.load(tmp_path / "bundle") as engine:
        assert engine.info.hears


def test_an_adaptor_of_another_language_model_is_refused(
    ears: ExportConfig, tmp_path: Path
) -> None:
    export(ears)
    (ears.out / "heard_tokens.json").write_text("[1, 2, 999999]")
    with pytest.raises(ConversionError, match="another language model"):
        build(BuildConfig(edition=ears.out, out=tmp_path / "bundle"))
    (ears.out / "heard_tokens.json").unlink()
    with pytest.raises(ConversionError, match=r"heard_tokens\.json can't be read"):
        build(BuildConfig(edition=ears.out, out=tmp_path / "bundle"))


def test_the_edition_holds_what_the_run_trained(config: ExportConfig) -> None:
    export(config)
    names = sorted(path.name for path in config.out.iterdir())
    assert names == [
        "edition.json", "lora.safetensors", "projector.safetensors", "vision.safetensors",
        "vision_config.json",
    ]  # fmt: skip
    vision = load_file(config.out / "vision.safetensors")
    trained = load_file(config.eyes / "eyes.safetensors")
    assert len(vision) == len(trained)
    assert torch.equal(vision["encoder.stem.weight"], trained["encoder.stem.weight"].half())
    assert torch.equal(vision["regions.edges.bias"], trained["head.edges.bias"].half())
    facts = json.loads((config.out / "vision_config.json").read_text())
    assert facts["regions"] == {"classes": list(CLASSES), "width": 32}
    manifest = json.loads((config.out / "edition.json").read_text())["manifest"]
    assert manifest["vision"]["side"] == 128
    assert manifest["vision"]["regions"] == {
        "k": 3, "threshold": 0.0, "nms": 0.6, "relative": 0.0, "order": "best first", "named": None,
    }  # fmt: skip


def test_the_card_and_the_figures_stay(
    config: ExportConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    config.out.mkdir()
    (config.out / "README.md").write_text("card")
    (config.out / "lora-01.safetensors").write_text("of another edition")
    main(config)
    assert (config.out / "README.md").read_text() == "card"
    assert not (config.out / "lora-01.safetensors").exists()
    assert "MiB" in capsys.readouterr().err


def test_eyes_that_the_joint_stage_tuned_come_first(config: ExportConfig) -> None:
    tuned = {name: t + 1 for name, t in load_file(config.eyes / "eyes.safetensors").items()}
    save_file(tuned, config.joint / "eyes.safetensors")
    (config.joint / "eyes.json").write_text((config.eyes / "eyes.json").read_text())
    export(config)
    found = load_file(config.out / "vision.safetensors")["encoder.stem.weight"]
    assert torch.equal(found, tuned["encoder.stem.weight"].half())


def test_without_a_lora_the_base_itself_is_the_language_model(
    config: ExportConfig, tmp_path: Path
) -> None:
    for path in config.joint.glob("lora*"):
        path.unlink()
    assert export(config).lora is None
    build(BuildConfig(edition=config.out, out=tmp_path / "bundle"))
    Bundle.open(tmp_path / "bundle")


@pytest.mark.parametrize("file", ["eyes.json", "eyes.safetensors"])
def test_a_missing_file_is_named_and_nothing_is_written(config: ExportConfig, file: str) -> None:
    (config.eyes / file).unlink()
    with pytest.raises(ConversionError, match=file.replace(".", r"\.")):
        export(config)
    assert not config.out.exists()


def test_a_tensor_of_nothing_known_is_named(config: ExportConfig) -> None:
    save_file({"tail.weight": torch.zeros(1)}, config.eyes / "eyes.safetensors")
    with pytest.raises(ConversionError, match=r"'tail\.weight'"):
        export(config)
