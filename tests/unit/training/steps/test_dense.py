from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.bundle import RegionFacts
from engine.grounding.geometry import Box
from engine.media.image import to_pixels
from engine.models.regions import RegionMaps
from tests.support.pictures import captioned, drawn, photographed
from tests.support.tiny_eyes import CLASSES, GEOMETRY, SIDE, tiny_eyes
from training.data.samples import Sample, Thing
from training.data.scenes import SpritePacks
from training.loop import LoopConfig
from training.steps.dense import (
    MOST_BOXES,
    DenseConfig,
    DenseStage,
    Targets,
    assign,
    overlaps,
    region_loss,
    targets_of,
    varied,
)

INDEX = {name: n for n, name in enumerate(CLASSES)}


def batch_of(*pictures: list[Box]) -> dict[str, Tensor]:
    """Cell targets without pixels: the boxes of each picture, all of the first class."""
    boxes = torch.zeros(len(pictures), MOST_BOXES, 4)
    classes = torch.full((len(pictures), MOST_BOXES), -1)
    for n, members in enumerate(pictures):
        for m, box in enumerate(members):
            boxes[n, m] = torch.tensor(box.as_list())
            classes[n, m] = 0
    return {"boxes": boxes, "classes": classes, "counts": torch.tensor([len(p) for p in pictures])}


def assigned(*boxes: Box, side: int = 8) -> list[list[int]]:
    which: list[list[int]] = assign(batch_of(list(boxes)), side, side).view(side, side).tolist()
    return which


def cells(which: list[list[int]], box: int) -> set[tuple[int, int]]:
    return {(y, x) for y, row in enumerate(which) for x, n in enumerate(row) if n == box}


def test_the_cells_around_a_boxes_centre_answer_for_it() -> None:
    which = assigned(Box(0.0, 0.0, 1.0, 0.9375))  # its centre is that of row 3, on a column's edge
    assert cells(which, 0) == {(y, x) for y in (2, 3, 4) for x in (3, 4)}
    assert sum(map(len, which)) - len(cells(which, 0)) == len(cells(which, -1))


def test_of_two_boxes_the_smaller_one_wins() -> None:
    large, small = Box(0.0, 0.0, 1.0, 1.0), Box(0.375, 0.375, 0.625, 0.625)
    for boxes, winner in (((large, small), 1), ((small, large), 0)):
        which = assigned(*boxes)
        assert cells(which, winner) == {(y, x) for y in (3, 4) for x in (3, 4)}
        assert cells(which, 1 - winner) == set()


def test_a_large_box_keeps_what_the_small_one_leaves() -> None:
    which = assigned(Box(0.0, 0.0, 1.0, 0.9375), Box(0.375, 0.375, 0.5, 0.5))
    assert (3, 3) in cells(which, 1)
    assert cells(which, 0) == {(2, 3), (2, 4), (3, 4), (4, 3), (4, 4)}


@pytest.mark.parametrize(("x", "y"), [(0.3, 0.7), (0.01, 0.99), (0.44, 0.06)])
def test_a_box_smaller_than_a_cell_has_the_cell_that_holds_its_centre(x: float, y: float) -> None:
    which = assigned(Box(x - 0.005, y - 0.005, x + 0.005, y + 0.005))
    assert cells(which, 0) == {(int(y * 8), int(x * 8))}


def test_cells_outside_of_a_box_do_not_answer_for_it() -> None:
    thin = Box(0.0, 0.40, 1.0, 0.48)  # one row of cells high
    assert cells(assigned(thin), 0) == {(3, 3), (3, 4)}


def test_padding_is_no_box_and_pictures_do_not_mix() -> None:
    batch = batch_of([], [Box(0.5, 0.5, 1.0, 1.0)])
    which = assign(batch, 8, 8)
    assert (which[0] == -1).all()
    assert (which[1] == 0).sum() > 0
    batch["counts"] = torch.tensor([0, 0])  # boxes past the count are padding, whatever they hold
    assert (assign(batch, 8, 8) == -1).all()


def test_overlaps_are_those_of_the_boxes() -> None:
    rng = random.Random(0)
    pairs = []
    for _ in range(400):
        corners = [rng.choice((rng.random(), 0.25, 0.75)) for _ in range(8)]
        one, other = Box.tidy(*corners[:4]), Box.tidy(*corners[4:])
        if one.area > 0 and other.area > 0:
            pairs.append((one, other))
    assert len(pairs) > 100
    a, b = (torch.tensor([p[n].as_list() for p in pairs], dtype=torch.float64) for n in (0, 1))
    iou, giou = overlaps(a, b)
    for n, (one, other) in enumerate(pairs):
        assert iou[n].item() == pytest.approx(one.iou(other), abs=1e-9)
        hull = Box(
            min(one.x1, other.x1), min(one.y1, other.y1),
            max(one.x2, other.x2), max(one.y2, other.y2),
        )  # fmt: skip
        if one.iou(other) > 0:
            union = (one.area + other.area) / (1 + one.iou(other))
            assert giou[n].item() == pytest.approx(
                one.iou(other) - (hull.area - union) / hull.area, abs=1e-9
            )
    assert ((giou <= iou + 1e-9) & (giou >= -1 - 1e-9)).all()


def test_apart_is_worse_the_farther() -> None:
    still = torch.tensor([[0.0, 0.0, 0.1, 0.1]]).expand(2, 4)
    iou, giou = overlaps(still, torch.tensor([[0.2, 0.0, 0.3, 0.1], [0.8, 0.0, 0.9, 0.1]]))
    assert iou.tolist() == [0, 0]
    assert giou[1] < giou[0] < 0


def perfect(batch: dict[str, Any], side: int = 8) -> RegionMaps:
    """Maps that say exactly what the boxes are."""
    which = assign(batch, side, side)
    places = (torch.arange(side) + 0.5) / side
    x, y = places.repeat(side), places.repeat_interleave(side)
    edges = torch.full((1, 4, side * side), 0.1)
    objectness = torch.full((1, side * side), -20.0)
    classes = torch.zeros(1, len(CLASSES), side * side)
    for cell, box in enumerate(which[0].tolist()):
        if box >= 0:
            x1, y1, x2, y2 = batch["boxes"][0, box]
            edges[0, :, cell] = torch.stack(
                [x[cell] - x1, y[cell] - y1, x2 - x[cell], y2 - y[cell]]
            )
            objectness[0, cell] = 20.0
            classes[0, batch["classes"][0, box], cell] = 20.0
    view = (1, -1, side, side)
    empty = torch.zeros(1, 1, side, side)
    return RegionMaps(
        objectness.view(1, side, side), edges.view(view), classes.view(view), empty, (empty,)
    )


def test_the_truth_has_no_loss_and_every_mistake_has() -> None:
    batch = batch_of([Box(0.1, 0.1, 0.4, 0.5), Box(0.5, 0.6, 0.9, 0.95)])
    batch["classes"][0, 1] = 2
    found = perfect(batch)
    loss, figures = region_loss(found, batch)
    assert loss.item() == pytest.approx(0, abs=1e-4)
    assert figures["overlap"] == pytest.approx(1)
    assert figures["right_class"] == 1
    mistakes = {
        "objectness": replace(found, objectness=-found.objectness),
        "edges": replace(found, edges=found.edges * 1.5),
        "classes": replace(found, classes=found.classes.roll(1, dims=1)),
    }
    for name, spoilt in mistakes.items():
        worse, figures = region_loss(spoilt, batch)
        assert worse > loss + 0.1
        assert figures[name] > 0.1


def test_boxes_without_a_class_and_pictures_without_a_box_have_a_loss_too() -> None:
    batch = batch_of([Box(0.1, 0.1, 0.4, 0.5)])
    found = perfect(batch)
    batch["classes"][:] = -1
    loss, figures = region_loss(found, batch)
    assert loss.item() == pytest.approx(0, abs=1e-4)
    assert figures["classes"] == 0
    loss, figures = region_loss(found, batch_of([]))
    assert torch.isfinite(loss)
    assert loss > 1  # for it finds things where nothing is
    assert figures["overlap"] == 0


def shapes(seed: int) -> Sample:
    """A picture with a red square and a blue one."""
    boxes = {"red": Box(0.125, 0.125, 0.5, 0.5), "blue": Box(0.5, 0.625, 0.9375, 0.9375)}

    def picture() -> Image.Image:
        image = Image.new("RGB", (SIDE, SIDE), "white")
        for colour, box in boxes.items():
            image.paste(colour, tuple(round(v * SIDE) for v in box.as_list()))  # type: ignore[arg-type]
        return image

    named = {"red": "circle", "blue": "square"}
    things = tuple(Thing(named[colour], box) for colour, box in boxes.items())
    return Sample(f"shapes-{seed}", "flickr8k", SIDE, SIDE, picture, things=things)


def test_the_loss_falls_until_one_picture_is_known() -> None:
    sample, eyes = shapes(0), tiny_eyes()
    array, _ = to_pixels(sample.open(), GEOMETRY)
    pixels = torch.from_numpy(array)[None]
    batch = batch_of([thing.box for thing in sample.things])
    batch["classes"][0, :2] = torch.tensor([INDEX[thing.name] for thing in sample.things])
    optimizer = torch.optim.AdamW(eyes.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        loss, figures = region_loss(eyes(pixels), batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
    assert figures["right_class"] == 1
    with torch.no_grad():
        (found,) = eyes.head.propose(eyes(pixels), pixels, RegionFacts(k=2, threshold=0.1, nms=0.5))
    start = eyes.head.config.width
    names = [CLASSES[n] for n in found.vectors[:, start : start + 3].argmax(-1)]
    for thing in sample.things:
        best = max(range(len(names)), key=lambda n: thing.box.iou(Box(*found.boxes[n].tolist())))
        assert thing.box.iou(Box(*found.boxes[best].tolist())) > 0.5
        assert names[best] == thing.name


def test_targets_are_the_distinct_boxes_with_the_classes_of_their_names() -> None:
    box, other = Box(0, 0, 0.5, 0.5), Box(0.5, 0.5, 1, 1)
    sample = drawn(Thing("dog", box), Thing("unheard-of", other), Thing("square", other))
    assert targets_of(sample, INDEX) == Targets((box, other), (INDEX["dog"], INDEX["square"]))
    phrases = targets_of(captioned(), INDEX)
    assert len(phrases.boxes) == len(set(phrases.boxes)) == 4
    assert phrases.classes[0] == INDEX["dog"]
    assert set(phrases.classes[1:]) == {-1}


def lone_square(box: Box, size: tuple[int, int]) -> Image.Image:
    picture = Image.new("RGB", size, "black")
    width, height = size
    corners = (box.x1 * width, box.y1 * height, box.x2 * width, box.y2 * height)
    picture.paste("white", tuple(round(v) for v in corners))  # type: ignore[arg-type]
    return picture


def where_bright(picture: Image.Image) -> Box:
    bright = np.asarray(picture.convert("L")) > 90
    rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
    height, width = bright.shape
    return Box(
        columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height
    )


def test_a_varied_photograph_has_its_boxes_where_things_are() -> None:
    box = Box(0.15, 0.5, 0.40, 0.70)
    picture = lone_square(box, (200, 300))
    seen = set()
    for seed in range(40):
        changed, targets = varied(picture, Targets((box,), (5,)), random.Random(seed))
        if targets.boxes:
            assert targets.classes == (5,)
            truth = where_bright(changed)
            for told, true in zip(targets.boxes[0].as_list(), truth.as_list(), strict=True):
                assert told == pytest.approx(true, abs=0.02)  # a pixel of the smallest cut
        seen.add((changed.size != picture.size, bool(targets.boxes), truth.x1 > 0.5))
    assert {cut for cut, _, _ in seen} == {True, False}
    assert {kept for _, kept, _ in seen} == {True, False}
    assert {mirrored for _, _, mirrored in seen} == {True, False}


def test_classes_stay_with_their_boxes() -> None:
    boxes = tuple(Box(x, 0.4, x + 0.1, 0.6) for x in (0.0, 0.3, 0.6, 0.9))
    picture = Image.new("RGB", (100, 100))
    for seed in range(20):
        _, targets = varied(picture, Targets(boxes, (0, 1, 2, 3)), random.Random(seed))
        order = [box.x1 for box in targets.boxes]
        assert order in (sorted(order), sorted(order, reverse=True))
        assert sorted(targets.classes) == list(targets.classes)


@pytest.fixture
def packs(tmp_path: Path) -> SpritePacks:
    (tmp_path / "flat").mkdir()
    (tmp_path / "vocabulary.json").write_text(
        '{"objects": {"dog": "1F415"}, "expressions": {"sad": "1F622"}}'
    )
    for name in ("dog", "face_sad"):
        Image.new("RGBA", (32, 32), "brown").save(tmp_path / "flat" / f"{name}.png")
    return SpritePacks.open(tmp_path)


def stage_of(packs: SpritePacks, scenes: float) -> DenseStage:
    config = DenseConfig(
        loop=LoopConfig(steps=1, rate=1e-3),
        out=Path("out"),
        sprites=packs.root,
        photos=Path("photos"),
        batch=3,
        scenes=scenes,
    )
    photos = [shapes(0), photographed(Thing("dog", Box(0.1, 0.1, 0.3, 0.4)))]
    return DenseStage(config, tiny_eyes(), geometry=GEOMETRY, photos=photos, packs=packs)


def test_a_batch_is_the_same_each_time_and_has_its_loss(packs: SpritePacks) -> None:
    stage = stage_of(packs, scenes=0.5)
    batch, again = stage.batch(3), stage.batch(3)
    assert batch["pixels"].shape == (3, 3, SIDE, SIDE)
    assert batch["boxes"].shape == (3, MOST_BOXES, 4)
    assert batch["classes"].shape == (3, MOST_BOXES)
    assert all(torch.equal(batch[key], again[key]) for key in batch)
    assert not torch.equal(batch["pixels"], stage.batch(4)["pixels"])
    for n, count in enumerate(batch["counts"].tolist()):
        assert (batch["boxes"][n, :count, 2:] > batch["boxes"][n, :count, :2]).all()
        assert (batch["classes"][n, count:] == -1).all()
    loss, figures = stage.loss(stage.model, batch)
    loss.backward()  # type: ignore[no-untyped-call]
    first = next(stage.model.encoder.parameters())
    assert first.grad is not None and first.grad.abs().max() > 0
    assert figures.keys() == {"objectness", "edges", "classes", "right_class", "overlap"}


def test_photographs_and_scenes_come_by_their_share(packs: SpritePacks) -> None:
    dog = INDEX["dog"]
    scenes = torch.cat(
        [stage_of(packs, scenes=1.0).batch(n)["classes"].flatten() for n in range(4)]
    )
    photos = torch.cat(
        [stage_of(packs, scenes=0.0).batch(n)["classes"].flatten() for n in range(4)]
    )
    assert (scenes == dog).sum() > 0
    assert set(photos.tolist()) <= {-1, *range(3)}
    assert (photos >= 0).sum() < 4 * 3 * 2 + 1 < (scenes >= -1).sum()
