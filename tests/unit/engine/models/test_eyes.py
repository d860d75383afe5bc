from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.bundle.manifest import Manifest, read_manifest
from engine.errors import BundleError
from engine.media.tiles import to_tiles
from engine.models.eyes import Eyes, Sight
from engine.models.projector import joined
from engine.models.vision import build_encoder
from tests.support.tiny_llama import N_EMBD

WEIGHTS, CONFIG = "vision/model.safetensors", "vision/config.json"


def pixels(side: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((3, side, side)).astype(np.float32)


@pytest.fixture
def copied(tiny_bundle: Path, tmp_path: Path) -> Path:
    """The tiny bundle, to be spoilt."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def same(a: Sight, b: Sight) -> bool:
    return np.array_equal(a.rows, b.rows) and all(
        np.array_equal(one.row, other.row) and one.box == other.box
        for one, other in zip(a.regions, b.regions, strict=True)
    )


def test_a_picture_becomes_rows_and_regions(tiny_bundle: Path) -> None:
    eyes = Eyes.load(tiny_bundle, read_manifest(tiny_bundle))
    sight = eyes.see(pixels(128))
    assert sight.rows.shape == (4, N_EMBD)  # 4 x 4 cells at stride 32, joined 2 x 2
    assert sight.rows.dtype == np.float32
    assert 1 <= len(sight.regions) <= 4
    for region in sight.regions:
        assert region.row.shape == (N_EMBD,)
        assert region.row.dtype == np.float32
        assert 0 <= region.box.x1 < region.box.x2 <= 1
        assert 0 <= region.box.y1 < region.box.y2 <= 1
    assert same(sight, eyes.see(pixels(128)))
    assert not same(sight, eyes.see(pixels(128, seed=1)))
    assert same(sight, Eyes.load(tiny_bundle, read_manifest(tiny_bundle)).see(pixels(128)))
    assert eyes.device.partition(":")[0] in ("cpu", "cuda", "mps")


@torch.no_grad()
def test_rows_are_the_joined_patches_through_the_projector(tiny_vit_bundle: Path) -> None:
    manifest = read_manifest(tiny_vit_bundle)
    sight = Eyes.load(tiny_vit_bundle, manifest).see(pixels(64))
    assert sight.regions == ()
    encoder = build_encoder(json.loads((tiny_vit_bundle / CONFIG).read_text())).eval()
    weights = load_file(tiny_vit_bundle / WEIGHTS)
    encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in weights.items()})
    (level,) = encoder(torch.from_numpy(pixels(64))[None])
    layer = load_file(tiny_vit_bundle / "projector.safetensors")
    rows = joined(level, 2)[0] @ layer["patches.weight"].T + layer["patches.bias"]
    assert sight.rows.shape == rows.shape == (4, N_EMBD)
    # The encoder may have run in half precision.
    assert np.abs(sight.rows - rows.numpy()).max() < 0.05 * float(rows.std())


def test_a_picture_in_tiles_is_seen_whole_and_line_by_line(llava_bundle: Path) -> None:
    manifest = read_manifest(llava_bundle)
    facts = manifest.vision
    assert facts is not None and facts.tiles is not None
    eyes = Eyes.load(llava_bundle, manifest)
    noise = np.random.default_rng(0).integers(0, 256, (30, 90, 3), dtype=np.uint8)
    tiling = to_tiles(Image.fromarray(noise), facts.geometry, facts.tiles.sizes)
    assert (tiling.rows, tiling.columns) == (1, 2)
    rows = eyes.see_tiles(tiling).rows
    # 4 x 4 patches a square; of the two tiles' four lines a picture of that shape fills two.
    assert rows.shape == (16 + 2 * (8 + 1), N_EMBD)
    newline = load_file(llava_bundle / "projector.safetensors")["newline"].numpy()
    assert all(np.array_equal(rows[16 + 9 * line + 8], newline) for line in range(2))
    near = 0.05 * float(rows.std())  # the encoder may have run in half precision
    squares = [eyes.see(pixels).rows.reshape(4, 4, -1) for pixels in tiling.pixels]
    assert np.abs(rows[:16].reshape(4, 4, -1) - squares[0]).max() < near
    lines = rows[16:].reshape(2, 9, -1)
    assert np.abs(lines[:, :4] - squares[1][1:3]).max() < near
    assert np.abs(lines[:, 4:8] - squares[2][1:3]).max() < near


def widen(weights: dict[str, Tensor]) -> None:
    weights["encoder.stem.bias"] = torch.zeros(33)


def lose(weights: dict[str, Tensor]) -> None:
    del weights["encoder.stem.bias"]


def add(weights: dict[str, Tensor]) -> None:
    weights["regions.extra"] = torch.zeros(1)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (widen, r"EfficientNetLite don't fit its config .*stem\.bias"),
        (lose, r"EfficientNetLite don't fit its config .*stem\.bias"),
        (add, r"RegionHead don't fit its config .*extra"),
    ],
)
def test_weights_that_do_not_fit_are_a_clear_error(
    copied: Path, spoil: Callable[[dict[str, Tensor]], None], said: str
) -> None:
    weights = load_file(copied / WEIGHTS)
    spoil(weights)
    (copied / WEIGHTS).unlink()
    save_file(weights, copied / WEIGHTS)
    with pytest.raises(BundleError, match=f"copy: the weights of {said}"):
        Eyes.load(copied, read_manifest(copied))


def test_a_projector_of_another_width_is_a_clear_error(tiny_bundle: Path) -> None:
    manifest = replace(read_manifest(tiny_bundle), n_embd=N_EMBD + 1)
    with pytest.raises(BundleError, match="weights of Projector don't fit"):
        Eyes.load(tiny_bundle, manifest)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", r"vision/config\.json is not valid JSON"),
        ('{"kind": "efficientnet-lite0"}', "region head's classes and width are missing"),
        (
            '{"kind": "efficientnet-lite0", "regions": {"width": 32}}',
            "region head's classes are missing",
        ),
    ],
)
def test_a_config_that_lacks_something_is_a_clear_error(
    copied: Path, config: str, said: str
) -> None:
    (copied / CONFIG).write_text(config)
    with pytest.raises(BundleError, match=said):
        Eyes.load(copied, read_manifest(copied))


def test_a_bundle_without_eyes_is_a_clear_error(blind_bundle: Path) -> None:
    manifest: Manifest = read_manifest(blind_bundle)
    with pytest.raises(BundleError, match="no eyes"):
        Eyes.load(blind_bundle, manifest)
