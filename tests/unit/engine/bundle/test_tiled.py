"""The checks of a bundle that sees as LLaVA-1.6 does: a second layer, an inner one, tiles."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.bundle import Bundle, TileFacts, read_manifest, write_bundle
from engine.errors import BundleError


@pytest.fixture
def tiled(llava_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be broken."""
    return Path(shutil.copytree(llava_bundle, tmp_path / "tiled"))


def refusal(folder: Path, **facts: Any) -> str:
    """What is said of the bundle with other facts of its eyes."""
    manifest = read_manifest(folder)
    assert manifest.vision is not None
    with pytest.raises(BundleError) as caught:
        write_bundle(folder, replace(manifest, vision=replace(manifest.vision, **facts)))
    return str(caught.value)


def test_it_opens_and_reads_back(tiled: Path) -> None:
    manifest = Bundle.open(tiled).manifest
    assert manifest.vision is not None
    assert manifest.vision.tiles == TileFacts(sizes=((32, 64), (64, 32), (64, 64)))
    assert write_bundle(tiled, manifest).manifest == manifest


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("second.weight", np.zeros((48, 64)), "`second.weight` gives rows of 48 numbers and the l"),
        ("second.weight", np.zeros((64, 48)), "`second.weight` takes 48 numbers and its first lay"),
        ("second.weight", None, "has no matrix `second.weight`"),
        ("newline", np.zeros(48), "has no row of 64 numbers `newline`"),
        ("newline", None, "has no row of 64 numbers `newline`"),
    ],
)
def test_a_projector_that_does_not_fit(
    tiled: Path, name: str, value: np.ndarray[Any, Any] | None, said: str
) -> None:
    path = tiled / "projector.safetensors"
    tensors = {key: tensor for key, tensor in load_file(path).items() if key != name}
    save_file(tensors if value is None else {**tensors, name: value}, path)
    assert said in refusal(tiled)


@pytest.mark.parametrize("layer", [-4, 0, 2])
def test_a_layer_that_the_encoder_does_not_have(tiled: Path, layer: int) -> None:
    said = refusal(tiled, layer=layer)
    assert f"the vision encoder has 3 layers and `vision.layer` is {layer}" in said


@pytest.mark.parametrize("sizes", [(), ((32, 48),), ((0, 32),), ((32, 64), (31, 32))])
def test_sizes_that_are_no_whole_tiles(tiled: Path, sizes: tuple[tuple[int, int], ...]) -> None:
    said = refusal(tiled, tiles=TileFacts(sizes=sizes))
    assert "`vision.tiles.sizes` must be whole tiles of 32 pixels" in said
