from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.bundle.manifest import RegionFacts
from engine.grounding.geometry import Box
from engine.models.regions import POOL, RegionConfig, RegionHead, RegionMaps, sample, suppress

CONFIG = RegionConfig(channels=(6, 10), classes=("cat", "dog", "mug"), width=16, candidates=8)
RIGHT, LEFT = Box(0.5, 0.0, 1.0, 0.5), Box(0.0, 0.5, 0.5, 1.0)


def maps(objectness: Tensor, edges: Tensor) -> RegionMaps:
    """Hand-made maps of one picture: objectness [h, w] (logits), edges [4, h, w]."""
    height, width = objectness.shape
    return RegionMaps(
        objectness=objectness[None],
        edges=edges[None],
        classes=torch.randn(1, 3, height, width),
        cells=torch.randn(1, 16, height, width),
        inputs=(torch.randn(1, 6, height, width), torch.randn(1, 10, height // 2, width // 2)),
    )


def test_a_box_is_its_cells_centre_and_four_edges() -> None:
    edges = torch.zeros(4, 2, 4)
    edges[:, 1, 2] = torch.tensor([0.125, 0.25, 0.25, 0.125])  # left, top, right, bottom
    edges[:, 0, 0] = 0.9
    boxes = maps(torch.zeros(2, 4), edges).boxes()[0]
    assert boxes.shape == (8, 4)
    # The centre of row 1, column 2 of 2 x 4 cells is at x 0.625, y 0.75.
    torch.testing.assert_close(boxes[6], torch.tensor([0.5, 0.5, 0.875, 0.875]))
    torch.testing.assert_close(boxes[1], torch.tensor([0.375, 0.25, 0.375, 0.25]))
    clamped = torch.tensor([0.0, 0.0, 1.0, 1.0])
    torch.testing.assert_close(boxes[0], clamped)  # it reached over the picture's edge


def slowly_suppressed(boxes: list[Box], overlap: float, most: int) -> list[int]:
    kept: list[int] = []
    for n, box in enumerate(boxes):
        if len(kept) < most and all(box.iou(boxes[m]) <= overlap for m in kept):
            kept.append(n)
    return kept


@pytest.mark.parametrize("overlap", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("most", [3, 100])
def test_suppression_keeps_what_the_slow_way_keeps(overlap: float, most: int) -> None:
    torch.manual_seed(1)
    low = torch.rand(50, 2, dtype=torch.float64) * 0.6
    boxes = torch.cat([low, low + 0.1 + 0.3 * torch.rand(50, 2, dtype=torch.float64)], 1)
    boxes = torch.cat([boxes, boxes[::5] + 0.001])  # some nearly twice
    kept = suppress(boxes, overlap, most).tolist()
    assert kept == slowly_suppressed([Box(*b) for b in boxes.tolist()], overlap, most)
    assert len(kept) < 60


def test_nothing_to_suppress() -> None:
    assert suppress(torch.zeros(0, 4), 0.5, 3).tolist() == []
    empty = torch.tensor([[0.5, 0.5, 0.5, 0.5]] * 2)  # boxes without an area overlap nothing
    assert suppress(empty, 0.5, 3).tolist() == [0, 1]


def scored_cells() -> RegionMaps:
    """4 x 4 cells with scores of 0.9, 0.8, 0.7, 0.6, the first two almost the same box."""
    objectness = torch.full((4, 4), -10.0)
    edges = torch.full((4, 4, 4), 0.1)
    edges[:, 0, 1], edges[:, 0, 2] = torch.tensor([[0.3] * 4, [0.3] * 4])
    edges[0, 0, 1], edges[2, 0, 2] = 0.2, 0.2
    scores = {(0, 1): 0.9, (0, 2): 0.8, (3, 0): 0.7, (3, 3): 0.6}
    for (y, x), score in scores.items():
        objectness[y, x] = torch.logit(torch.tensor(score))
    return maps(objectness, edges)


@pytest.mark.parametrize(
    ("k", "threshold", "nms", "scores"),
    [
        (12, 0.5, 0.99, [0.9, 0.8, 0.7, 0.6]),
        (12, 0.5, 0.3, [0.9, 0.7, 0.6]),
        (2, 0.5, 0.3, [0.9, 0.7]),
        (12, 0.65, 0.99, [0.9, 0.8, 0.7]),
        (12, 0.95, 0.99, []),
    ],
)
def test_proposals_keep_to_their_limits(
    k: int, threshold: float, nms: float, scores: list[float]
) -> None:
    torch.manual_seed(0)
    head = RegionHead(CONFIG)
    pixels = torch.zeros(1, 3, 64, 64)
    facts = RegionFacts(k=k, threshold=threshold, nms=nms)
    (found,) = head.propose(scored_cells(), pixels, facts)
    torch.testing.assert_close(found.scores, torch.tensor(scores))
    assert found.boxes.shape == (len(scores), 4)
    assert found.vectors.shape == (len(scores), CONFIG.row_width)


def test_only_the_best_candidates_are_looked_at() -> None:
    found = maps(torch.rand(4, 4), torch.full((4, 4, 4), 0.01))
    facts = RegionFacts(k=16, threshold=0.0, nms=0.5)
    (proposals,) = RegionHead(CONFIG).propose(found, torch.zeros(1, 3, 64, 64), facts)
    wanted = found.objectness.flatten().sigmoid().sort(descending=True).values[:8]
    torch.testing.assert_close(proposals.scores, wanted)


def test_each_picture_has_its_own_proposals() -> None:
    torch.manual_seed(0)
    head = RegionHead(CONFIG).eval()
    inputs = (torch.randn(2, 6, 4, 4), torch.randn(2, 10, 2, 2))
    pixels = torch.rand(2, 3, 64, 64)
    facts = RegionFacts(k=5, threshold=0.0, nms=0.7)
    with torch.no_grad():
        both = head.propose(head(inputs), pixels, facts)
        for n, together in enumerate(both):
            one = tuple(level[n : n + 1] for level in inputs)
            (alone,) = head.propose(head(one), pixels[n : n + 1], facts)
            torch.testing.assert_close(together.boxes, alone.boxes)
            torch.testing.assert_close(together.vectors, alone.vectors)


def test_regions_from_left_to_right_are_the_best_ones_in_another_order() -> None:
    torch.manual_seed(0)
    head, found, pixels = RegionHead(CONFIG), scored_cells(), torch.zeros(1, 3, 64, 64)
    facts = RegionFacts(k=3, threshold=0.5, nms=0.99)
    (best,) = head.propose(found, pixels, facts)
    (across,) = head.propose(found, pixels, replace(facts, order="left to right"))
    middles = across.boxes[:, 0] + across.boxes[:, 2]
    assert middles.tolist() == sorted(middles.tolist())
    order = [best.scores.tolist().index(score) for score in across.scores.tolist()]
    assert order == [2, 0, 1]
    torch.testing.assert_close(across.boxes, best.boxes[order])
    torch.testing.assert_close(across.vectors, best.vectors[order])


def test_what_is_weak_beside_the_best_region_is_left_out() -> None:
    head, found, pixels = RegionHead(CONFIG), scored_cells(), torch.zeros(1, 3, 64, 64)
    facts = RegionFacts(k=5, threshold=0.01, nms=0.99)
    for relative, scores in ((0.0, [0.9, 0.8, 0.7, 0.6]), (0.8, [0.9, 0.8]), (1.0, [0.9])):
        (kept,) = head.propose(found, pixels, replace(facts, relative=relative))
        torch.testing.assert_close(kept.scores, torch.tensor(scores))
    (none,) = head.propose(found, pixels, replace(facts, threshold=1.0, relative=0.5))
    assert len(none.boxes) == 0


def test_a_region_is_named_where_the_class_layer_is_sure() -> None:
    head, found, pixels = RegionHead(CONFIG), scored_cells(), torch.zeros(1, 3, 64, 64)
    found.classes[0, :, 0, 1] = torch.tensor([0.0, 9.0, 0.0])
    found.classes[0, :, 3, 0] = torch.tensor([2.0, 0.0, 0.0])
    facts = RegionFacts(k=2, threshold=0.5, nms=0.3, named=0.9)
    assert head.propose(found, pixels, facts)[0].names == ("dog", "")
    assert head.propose(found, pixels, replace(facts, named=0.5))[0].names == ("dog", "cat")
    assert head.propose(found, pixels, replace(facts, named=None))[0].names == ("", "")


def test_a_region_is_described_by_cell_classes_maps_colours_and_geometry() -> None:
    torch.manual_seed(0)
    found = maps(torch.zeros(4, 4), torch.full((4, 4, 4), 0.1))
    pixels = torch.zeros(1, 3, 64, 64)
    pixels[:, 0, :32, 32:], pixels[:, 1, 32:, :32] = 1.0, 2.0  # red to the right, green below
    pixels[0, :, 16:24, 48:56] = torch.tensor([0.0, 0.0, 5.0])[:, None, None]  # a blue middle
    boxes = torch.tensor([RIGHT.as_list(), LEFT.as_list()])
    cells = torch.tensor([3, 9])
    vectors = RegionHead(CONFIG).describe(found, pixels, 0, cells=cells, boxes=boxes)
    assert vectors.shape == (2, CONFIG.row_width)
    assert vectors.dtype == torch.float32
    parts = torch.split(vectors, [16, 3, 6, 10, 3, 3, 4, 2], dim=1)
    features, classes, fine, coarse, mean, middle, corners, size = parts
    cells_hit = torch.stack([found.cells[0, :, 0, 3], found.cells[0, :, 2, 1]])
    torch.testing.assert_close(features, cells_hit)
    torch.testing.assert_close(classes, found.classes[0].flatten(1)[:, cells].T.softmax(-1))
    for pooled, level in ((fine, found.inputs[0]), (coarse, found.inputs[1])):
        torch.testing.assert_close(pooled, sample(level[0], boxes).mean(-1))
    # Each of the 16 points falls in the middle of 8 x 8 pixels.
    torch.testing.assert_close(mean, torch.tensor([[15 / 16, 0.0, 5 / 16], [0.0, 2.0, 0.0]]))
    torch.testing.assert_close(middle, torch.tensor([[0.0, 0.0, 5.0], [0.0, 2.0, 0.0]]))
    torch.testing.assert_close(corners, boxes)
    torch.testing.assert_close(size, torch.full((2, 2), 0.5))


def test_a_drawn_box_is_described_by_the_cell_that_sees_it_best() -> None:
    torch.manual_seed(0)
    head, found, pixels = RegionHead(CONFIG), scored_cells(), torch.zeros(1, 3, 64, 64)
    boxes = found.boxes()[0]
    seen = boxes[[1, 12]] + torch.tensor([0.01, 0.0, 0.0, 0.01])  # drawn by a hand, a little off
    wanted = head.describe(found, pixels, 0, cells=torch.tensor([1, 12]), boxes=seen)
    torch.testing.assert_close(head.asked(found, pixels, boxes=seen), wanted)


def test_a_drawn_box_like_none_is_described_by_the_cell_in_its_middle() -> None:
    torch.manual_seed(0)
    head, found, pixels = RegionHead(CONFIG), scored_cells(), torch.zeros(1, 3, 64, 64)
    drawn = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.98, 0.98, 1.0, 1.0]])
    wanted = head.describe(found, pixels, 0, cells=torch.tensor([10, 15]), boxes=drawn)
    torch.testing.assert_close(head.asked(found, pixels, boxes=drawn), wanted)
    assert head.asked(found, pixels, boxes=torch.zeros(0, 4)).shape == (0, CONFIG.row_width)


def test_sampling_a_ramp_gives_its_mean_in_the_box() -> None:
    side = 32
    places = (torch.arange(side) + 0.5) / side
    ramp = torch.stack([places.expand(side, side), 3 * places[:, None].expand(side, side)])
    boxes = torch.tensor([[0.25, 0.5, 0.75, 0.75], [0.1, 0.1, 0.2, 0.9]])
    points = sample(ramp, boxes)
    assert points.shape == (2, 2, POOL * POOL)
    centres = torch.tensor([[0.5, 3 * 0.625], [0.15, 3 * 0.5]])
    torch.testing.assert_close(points.mean(-1), centres)
    # Points go through the box in reading order: the first row from left to right.
    torch.testing.assert_close(points[0, 0, :POOL], 0.25 + 0.5 * (torch.arange(4) + 0.5) / 4)
    torch.testing.assert_close(points[0, 1, :POOL], torch.full((4,), 3 * (0.5 + 0.25 / 8)))


def test_sampling_no_boxes() -> None:
    assert sample(torch.zeros(5, 4, 4), torch.zeros(0, 4)).shape == (0, 5, POOL * POOL)


def test_a_fresh_head_finds_nothing_and_its_edges_are_lengths() -> None:
    torch.manual_seed(0)
    head = RegionHead(CONFIG)
    found = head((torch.randn(2, 6, 4, 6), torch.randn(2, 10, 2, 3)))
    assert found.objectness.shape == (2, 4, 6)
    assert found.classes.shape == (2, 3, 4, 6)
    assert found.edges.shape == (2, 4, 4, 6)
    assert found.edges.min() > 0
    assert found.objectness.sigmoid().max() < 0.2


def test_every_map_reaches_the_cells() -> None:
    torch.manual_seed(0)
    head = RegionHead(CONFIG)
    fine, coarse = torch.randn(1, 6, 4, 4), torch.randn(1, 10, 2, 2)
    before = head((fine, coarse)).objectness
    assert not torch.allclose(before, head((torch.randn(1, 6, 4, 4), coarse)).objectness)
    assert not torch.allclose(before, head((fine, torch.randn(1, 10, 2, 2))).objectness)
