from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.unit.training.convert.conftest import CLASSES
from training.convert.export import ExportConfig, export
from training.convert.restore import RestoreConfig, main
from training.errors import ConversionError
from training.language import LoraSettings


@pytest.fixture
def back(config: ExportConfig, tmp_path: Path) -> RestoreConfig:
    """Where the edition of a run goes back to."""
    export(config)
    return RestoreConfig(edition=config.out, eyes=tmp_path / "again", joint=tmp_path / "joint")


def test_an_edition_becomes_the_run_that_it_was_made_from(
    config: ExportConfig, back: RestoreConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    main(back)
    assert "go on" in capsys.readouterr().err
    for before, after, name in (
        (config.eyes, back.eyes, "eyes"),
        (config.joint, back.joint, "projector"),
        (config.joint, back.joint, "lora"),
    ):
        kept = load_file(before / f"{name}.safetensors")
        found = load_file(after / f"{name}.safetensors")
        assert found.keys() == kept.keys()
        assert all(torch.equal(found[key], kept[key].half().float()) for key in kept)
    facts = json.loads((back.eyes / "eyes.json").read_text())
    assert facts == {"variant": "efficientnet-lite0", "side": 128, "classes": list(CLASSES)}
    lora = json.loads((back.joint / "lora.json").read_text())
    assert (lora["rank"], lora["alpha"]) == (4, 8)
    assert tuple(lora["modules"]) == LoraSettings().modules


def test_ears_come_back_too(ears: ExportConfig, tmp_path: Path) -> None:
    export(ears)
    assert ears.ears is not None
    places = {name: tmp_path / f"back-{name}" for name in ("eyes", "joint", "ears")}
    main(RestoreConfig(edition=ears.out, **places))
    kept = load_file(ears.ears / "adaptor.safetensors")
    found = load_file(places["ears"] / "adaptor.safetensors")
    assert found["tokens"].dtype == torch.int32 and found["tokens"].tolist() == [7, 3, 11]
    assert found.keys() == kept.keys()
    assert all(torch.equal(found[key], kept[key].half().to(kept[key].dtype)) for key in kept)


def test_an_edition_without_a_lora_is_nothing_to_go_on_from(back: RestoreConfig) -> None:
    facts = json.loads((back.edition / "edition.json").read_text())
    facts["lora"] = None
    (back.edition / "edition.json").write_text(json.dumps(facts))
    with pytest.raises(ConversionError, match="no eyes or no LoRA"):
        main(back)


def test_a_damaged_config_is_named(back: RestoreConfig) -> None:
    (back.edition / "vision_config.json").write_text('{"kind": "efficientnet-lite0"}')
    with pytest.raises(ConversionError, match=r"vision_config\.json can't be used"):
        main(back)
