"""A picture file -> what the language model reads in its place, each picture computed once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from engine.bundle import Bundle, TileFacts
from engine.grounding.codec import DIALECTS, Dialect
from engine.grounding.geometry import Box
from engine.kept import KeptRows
from engine.media.image import ImageGeometry, Placement, open_image, to_pixels
from engine.media.tiles import Tiling, to_tiles
from engine.seams import Encoded, Rows, Words, on_square

if TYPE_CHECKING:  # it brings torch, which training and tests may not need here
    from engine.models.eyes import SeenRegion, Sight

SIGHTS = 4
"""Pictures whose maps (3 MB each) are kept, for the rows of regions that are asked about."""


class Sees(Protocol):
    """The part of `engine.models.eyes.Eyes` that is needed here."""

    def see(self, pixels: NDArray[np.float32]) -> Sight:
        """Normalized pixels [3, side, side] -> rows and regions."""

    def see_tiles(self, tiling: Tiling) -> Sight:
        """The squares of a picture -> the rows of all of them."""

    def asked(self, sight: Sight, boxes: Sequence[Box]) -> tuple[SeenRegion, ...]:
        """Each box drawn on what was seen, as a region; none without a region head."""


def region_words(box: Box, dialect: Dialect, name: str = "") -> str:
    """The text behind a region's row; training writes the very same."""
    return f"{name_words(name)} {dialect.box(box)}"


def name_words(name: str) -> str:
    """A region's name behind its row; nothing where it has none."""
    return f" {name}" if name else ""


def pieces(sight: Sight, dialect: Dialect) -> tuple[Rows | Words, ...]:
    """A sight as it stands in the prompt: the joined rows, then each region's row, name and box."""
    listed: list[Rows | Words] = [Rows(sight.rows)]
    for region in sight.regions:
        listed.append(Rows(region.row[np.newaxis]))
        listed.append(Words(region_words(region.box, dialect, region.name)))
    return tuple(listed)


def _pointed_at(region: SeenRegion) -> tuple[Rows | Words, ...]:
    """A region as it stands in a question, in front of its box: its row and its name."""
    row = Rows(region.row[np.newaxis])
    return (row, Words(name_words(region.name))) if region.name else (row,)


class PictureEncoder:
    """Turns pictures into rows and keeps the newest results, see `engine.kept`.

    `salt` names preprocessing, encoder and projector by their content; with the picture's bytes it
    makes the key. With `region_rows` a region that is asked about gets a row of its own, with
    `tiles` a picture is seen in tiles as well. Not for two threads at once.
    """

    def __init__(
        self,
        eyes: Sees,
        geometry: ImageGeometry,
        dialect: Dialect,
        *,
        salt: str,
        region_rows: bool = False,
        tiles: TileFacts | None = None,
    ) -> None:
        self.encoded = 0
        self._tiles = tiles
        self._region_rows = region_rows
        self._sights: OrderedDict[str, Sight] = OrderedDict()
        self._eyes = eyes
        self._geometry = geometry
        self._dialect = dialect
        self._kept = KeptRows(salt)

    def encode_image(self, path: Path, regions: Sequence[Box] = ()) -> Encoded:
        """The picture's pieces, and those of `regions`, boxes on it that questions speak of.

        Raises InputError where the file is no usable picture.
        """
        encoded = self._kept.of(path, open_image, self._looked_at)
        if not regions or not self._region_rows:
            return encoded
        sight = self._sights.get(encoded.key)
        if sight is None:
            sight, _ = self._see(open_image(path), encoded.key)
        boxes = [on_square(encoded, box) for box in regions]
        seen = map(_pointed_at, self._eyes.asked(sight, boxes))
        return replace(encoded, asked=dict(zip(boxes, seen, strict=True)))

    def _looked_at(self, image: Image, key: str) -> Encoded:
        sight, placement = self._see(image, key)
        return Encoded(key, pieces(sight, self._dialect), placement)

    def _see(self, image: Image, key: str) -> tuple[Sight, Placement]:
        if self._tiles is not None:
            tiling = to_tiles(image, self._geometry, self._tiles.sizes)
            sight, placement = self._eyes.see_tiles(tiling), tiling.placements[0]
        else:
            pixels, placement = to_pixels(image, self._geometry)
            sight = self._eyes.see(pixels)
        self.encoded += 1
        if self._region_rows:
            self._sights[key] = sight
            while len(self._sights) > SIGHTS:
                self._sights.popitem(last=False)
        return sight, placement


def picture_encoder(bundle: Bundle, eyes: Sees) -> PictureEncoder | None:
    """The encoder of a bundle, None where the bundle has no eyes."""
    vision = bundle.manifest.vision
    if vision is None:
        return None
    hashes = bundle.hashes(bundle.vision_weights, bundle.projector)
    dialect = DIALECTS[bundle.manifest.dialect]
    return PictureEncoder(
        eyes,
        vision.geometry,
        dialect,
        salt=f"{vision} {hashes}",
        region_rows=bundle.manifest.prompt.region_rows and vision.regions is not None,
        tiles=vision.tiles,
    )
