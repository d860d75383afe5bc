"""Photographs in tar shards (`key.webp` beside `key.json`, the WebDataset form) -> samples.

The corrections that the desktop program exports have the same form, with the questions in `asked`.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from engine.grounding.geometry import Box
from engine.media.image import upright_rgb
from training.data.samples import Asked, GroundedCaption, PersonQuestion, Phrase, Sample, Thing
from training.errors import DataError

SMALLEST = 1e-4  # boxes of less than this share of the picture are marks, not things


def read_photos(folder: Path, sets: tuple[str, ...]) -> list[Sample]:
    """All samples of the named sets ("flickr8k-train"), in the order of their shards.

    The encoded pictures stay in memory (a few tens of megabytes a set); they are decoded when
    opened. Raises DataError where a set has no shard in the folder.
    """
    samples: list[Sample] = []
    for name in sets:
        shards = sorted(folder.glob(f"{name}-*.tar"))
        if not shards:
            raise DataError(f"{folder}: no shard of the set {name!r} (looked for {name}-*.tar)")
        for shard in shards:
            samples.extend(_read_shard(shard))
    return samples


def _read_shard(shard: Path) -> Iterator[Sample]:
    pictures: dict[str, bytes] = {}
    labels: dict[str, dict[str, Any]] = {}
    with tarfile.open(shard) as tar:
        for member in tar:
            stem, _, ending = member.name.rpartition(".")
            file = tar.extractfile(member)
            if file is None:
                continue
            if ending == "json":
                labels[stem] = json.loads(file.read())
            else:
                pictures[stem] = file.read()
    for key, label in labels.items():
        if key not in pictures:
            raise DataError(f"{shard}: {key}.json has no picture beside it")
        yield sample_of(key, pictures[key], label)


def sample_of(key: str, picture: bytes, label: Mapping[str, Any]) -> Sample:
    """One record of a shard as a sample; the sizes are the original's, so that aspect is known."""
    width, height = label["size"]
    source = label["source"]
    return Sample(
        key=key,
        source=source,
        width=width,
        height=height,
        open=partial(_decode, picture),
        things=tuple(
            Thing(entry["name"], box)
            for entry in label.get("objects", ())
            if (box := Box.tidy(*entry["box"])).area > SMALLEST
        ),
        captions=tuple(label.get("captions", ())),
        grounded=tuple(_grounded(entry) for entry in label.get("grounded", ())),
        questions=tuple(PersonQuestion(q["question"], q["answer"]) for q in label.get("qa", ())),
        asked=tuple(_asked(entry) for entry in label.get("asked", ())),
        label=label.get("label"),
        complete=source == "coco2017",
    )


def _grounded(entry: Mapping[str, Any]) -> GroundedCaption:
    return GroundedCaption(entry["caption"], _phrases(entry))


def _asked(entry: Mapping[str, Any]) -> Asked:
    return Asked(
        task=entry["task"],
        words=entry["words"],
        regions=_boxes(entry["regions"]),
        answer=entry["answer"],
        phrases=_phrases(entry),
        boxes=_boxes(entry["boxes"]),
    )


def _phrases(entry: Mapping[str, Any]) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(p["start"], p["end"], p["kind"], _boxes(p["boxes"])) for p in entry["phrases"]
    )


def _boxes(corners: Iterable[Iterable[float]]) -> tuple[Box, ...]:
    return tuple(Box.tidy(*box) for box in corners)


def _decode(picture: bytes) -> Image.Image:
    return upright_rgb(Image.open(io.BytesIO(picture)))


def head_noun(phrase: str) -> str:
    """The word a phrase is about, the last before "of", "in" ...: "a man in red" -> man."""
    words = re.findall(r"[a-z'-]+", phrase.lower())
    for n, word in enumerate(words):
        if n and word in {"of", "in", "with", "on", "at", "and", "that", "who", "wearing", "to"}:
            words = words[:n]
            break
    return words[-1] if words else ""


def boxed_phrases(sample: Sample) -> list[tuple[str, tuple[Box, ...]]]:
    """Every phrase that has boxes, with them: (words, boxes)."""
    return [
        (grounded.caption[phrase.start : phrase.end], phrase.boxes)
        for grounded in sample.grounded
        for phrase in grounded.phrases
        if phrase.boxes
    ]
