"""The recall of the eyes' proposals: nothing that they miss can be pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tqdm import tqdm

from engine.bundle import VisionFacts
from engine.grounding.geometry import Box
from engine.media.image import to_pixels
from engine.models.eyes import Eyes
from training.data.photos import boxed_phrases
from training.data.samples import Sample
from training.evaluate.benchmark import HIT, share

LARGE = 0.02  # of the picture's area


def recall(eyes: Eyes, facts: VisionFacts, samples: Sequence[Sample]) -> dict[str, float]:
    """The share of true boxes that a proposal covers at IoU 0.5, of all and of the large ones."""
    found: list[tuple[float, bool]] = []
    for sample in tqdm(samples, unit="picture", desc="proposals", disable=None):
        pixels, placement = to_pixels(sample.open(), facts.geometry)
        proposals = [placement.to_picture(region.box) for region in eyes.see(pixels).regions]
        found += [(box.area, covered(box, proposals)) for box in true_boxes(sample)]
    return {
        "recall": share([hit for _, hit in found]),
        "recall 2%": share([hit for area, hit in found if area >= LARGE]),
        "boxes": len(found),
    }


def covered(box: Box, proposals: Iterable[Box]) -> bool:
    """Whether one of the proposals covers the box at IoU 0.5."""
    return any(box.iou(proposal) >= HIT for proposal in proposals)


def true_boxes(sample: Sample) -> list[Box]:
    """Every distinct box that is known of a picture: its things', else its captions' phrases'."""
    if sample.things:
        return [thing.box for thing in sample.things]
    return sorted({box for _, boxes in boxed_phrases(sample) for box in boxes}, key=Box.as_list)
