"""The published EfficientNet-Lite0 through our own layers, on photographs whose class is known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.media.image import to_pixels
from engine.models.efficientnet import EfficientNetLite, fold_published
from training.data.photos import read_photos
from training.data.samples import Sample
from training.eyes import geometry_of
from training.parts import PARTS, parts_folder

WEIGHTS = parts_folder() / PARTS["vision-encoder"].file
PHOTOGRAPHS = Path(
    os.environ.get("SIGHTLINE_PHOTOS", Path(__file__).parents[4] / "shared" / "photos")
)
EVERY = 5  # one in so many of ImageNet's thousand classes is looked at
SIDE, BATCH = 224, 20
RIGHT, AMONG_FIVE = 0.78, 0.92


@pytest.mark.skipif(not WEIGHTS.exists(), reason="the vision encoder's part is not fetched")
@pytest.mark.skipif(
    not any(PHOTOGRAPHS.glob("imagenet-sample-*.tar")),
    reason="there are no photographs; SIGHTLINE_PHOTOS names their folder",
)
def test_photographs_are_named_right() -> None:
    classes = one_of_each_class(read_photos(PHOTOGRAPHS, ("imagenet-sample",)))
    assert len(classes) == 1000
    encoder, classifier = published()
    numbers = range(0, len(classes), EVERY)
    hits = near = 0
    for start in range(0, len(numbers), BATCH):
        some = numbers[start : start + BATCH]
        pixels = torch.stack([pixels_of(classes[number]) for number in some])
        with torch.inference_mode():
            best = classifier(encoder(pixels)[-1].mean((2, 3))).topk(5).indices  # [B, 5]
        found = best == torch.tensor(list(some))[:, None]
        hits += int(found[:, 0].sum())
        near += int(found.any(1).sum())
    assert hits / len(numbers) >= RIGHT
    assert near / len(numbers) >= AMONG_FIVE


def one_of_each_class(samples: list[Sample]) -> list[Sample]:
    """The n-th is a picture of ImageNet's class n: their keys have no number in the middle."""
    return sorted(
        (sample for sample in samples if not sample.key.split("_")[1].isdigit()),
        key=lambda sample: sample.key,
    )


def published() -> tuple[EfficientNetLite, nn.Linear]:
    """Encoder and ImageNet's classifier, every published weight in its place."""
    weights = fold_published(torch.load(WEIGHTS, weights_only=True, map_location="cpu"))
    encoder, classifier = EfficientNetLite("efficientnet-lite0"), nn.Linear(1280, 1000)
    classifier.load_state_dict(
        {name.removeprefix("classifier."): weights.pop(name) for name in list(weights)
         if name.startswith("classifier.")}
    )  # fmt: skip
    encoder.load_state_dict(weights)
    return encoder.eval(), classifier


def pixels_of(sample: Sample) -> Tensor:
    """Seven eighths of the picture's middle square, as ImageNet is measured, [3, 224, 224]."""
    picture = sample.open()
    side = min(picture.size) * 7 // 8
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    middle = picture.crop((left, top, left + side, top + side))
    return torch.from_numpy(to_pixels(middle, geometry_of(SIDE))[0])
