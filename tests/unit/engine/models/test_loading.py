"""Configs that ask for more than their weights have, before anything is set aside for them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engine.errors import BundleError
from engine.models.loading import build, read_config


def config(folder: Path, **facts: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({"model_type": "vit", "hidden_size": 32} | facts))
    return path


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ("num_hidden_layers", 1_000_000_000), ("encoder_layers", 513), ("depth", -1_000),
        ("hidden_size", 1_000_000_000), ("num_labels", 10**9), ("image_size", 10**18),
    ],
)  # fmt: skip
def test_numbers_that_no_encoder_has(tmp_path: Path, key: str, number: int) -> None:
    for facts in ({key: number}, {"inner": {key: number}}, {"inner": [{key: [number]}]}):
        with pytest.raises(BundleError, match=rf"`[\w.]*{key}` can't be"):
            read_config(config(tmp_path, **facts))


def test_what_would_fetch_or_run_code_is_left_out(tmp_path: Path) -> None:
    code = {
        "auto_map": {"AutoModel": "a/b--modeling.Model"}, "attn_implementation": "a/kernel",
        "_attn_implementation": "a/kernel", "trust_remote_code": True,
    }  # fmt: skip
    assert read_config(config(tmp_path, **code)) == {"model_type": "vit", "hidden_size": 32}


class Table(nn.Module):
    """A layer and a table of positions that no file holds."""

    places: torch.Tensor

    def __init__(self, width: int, places: int = 4) -> None:
        super().__init__()
        self.layer = nn.Linear(width, 2)
        self.register_buffer("places", torch.arange(places), persistent=False)


WEIGHTS = {"a.layer.weight": torch.ones(2, 3), "a.layer.bias": torch.zeros(2)}


def test_a_module_that_fits_is_built(tmp_path: Path) -> None:
    made = build(lambda: Table(3), WEIGHTS, "a.", tmp_path)
    assert made.layer.weight.tolist() == [[1.0] * 3] * 2
    assert made.places.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(("width", "places"), [(1 << 40, 4), (3, 1 << 40), (4, 4)])
def test_a_module_that_asks_for_more_is_never_made(tmp_path: Path, width: int, places: int) -> None:
    made = []

    def make() -> Table:
        made.append(torch.get_default_device())
        return Table(width, places)

    with pytest.raises(BundleError, match="weights of Table don't fit its config"):
        build(make, WEIGHTS, "a.", tmp_path)
    assert made == [torch.device("meta")]


PROGRAM = """
import sys
from pathlib import Path
import torch
from torch import nn
from engine.models.loading import build

def made():
    return nn.Sequential(nn.Embedding(3, 4), nn.Linear(4, 5), nn.Conv1d(5, 6, 3), nn.LayerNorm(6))

weights = {name: value + 1 for name, value in made().state_dict().items()}
module = build(made, weights, "", Path("bundle"))
assert all(torch.equal(value, weights[name]) for name, value in module.state_dict().items())
print("torch._dynamo" in sys.modules)
"""


def test_torchs_compiler_is_not_loaded_for_what_is_read_from_a_file() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr
