"""A bundle's eyes: encoder, region head and projector, on the device that suits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

from engine.bundle.manifest import Manifest, VisionFacts
from engine.errors import BundleError
from engine.grounding.geometry import Box
from engine.media.tiles import Tiling
from engine.models.loading import fill, read_config, to_array
from engine.models.projector import Projector
from engine.models.regions import RegionConfig, RegionHead, RegionMaps
from engine.models.tiles import packed
from engine.models.vision import VisionEncoder, autocast, build_encoder, device_and_dtype
from engine.types import Device


@dataclass(frozen=True, slots=True)
class SeenRegion:
    """A region's row [n_embd] float32, its box on the encoder's square, 0..1, and its name.

    The name is empty where none is to be written.
    """

    row: NDArray[np.float32]
    box: Box
    name: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture as rows: joined patches [n, n_embd] float32, and regions in their order.

    `found` and `pixels` are what the rows of further regions can be read from.
    """

    rows: NDArray[np.float32]
    regions: tuple[SeenRegion, ...]
    found: RegionMaps | None = field(default=None, repr=False)
    pixels: torch.Tensor | None = field(default=None, repr=False)


class Eyes:
    """Owns the weights of the vision side of a bundle. Not for two threads at once."""

    def __init__(
        self,
        encoder: nn.Module,
        projector: Projector,
        *,
        facts: VisionFacts,
        head: RegionHead | None = None,
        device: Device = "auto",
    ):
        self._device, self._dtype = device_and_dtype(device)
        self._encoder: VisionEncoder = encoder.to(self._device).eval()  # type: ignore[assignment]
        self._projector = projector.to(self._device).eval()
        self._head = head.to(self._device).eval() if head else None
        self._facts = facts

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, *, device: Device = "auto") -> Eyes:
        """From the bundle in `folder`, warmed up. Raises BundleError where the files don't fit."""
        facts = manifest.vision
        if facts is None:
            raise BundleError(f"{folder}: this model has no eyes; choose a bundle with vision.")
        config = read_config(folder / "vision" / "config.json")
        weights = load_file(folder / "vision" / "model.safetensors")
        encoder = build_encoder(config, layer=facts.layer)
        channels: tuple[int, ...] = encoder.channels  # type: ignore[assignment]
        head = None
        if facts.regions is not None:
            described = config.get("regions", {})
            if missing := {"classes", "width"} - described.keys():
                raise BundleError(
                    f"{folder}/vision/config.json: the region head's "
                    f"{' and '.join(sorted(missing))} are missing; install the bundle again."
                )
            classes, width = tuple(described["classes"]), int(described["width"])
            head = RegionHead(RegionConfig(channels=channels, classes=classes, width=width))
            fill(head, weights, "regions.", folder)
        fill(encoder, weights, "encoder.", folder)
        d_region = head.config.row_width if head else 0
        projector = Projector(
            channels[-1],
            manifest.n_embd,
            d_region=d_region,
            join=facts.join,
            line=facts.joining == "line",
            kind=facts.projector,
            tiles=facts.tiles is not None,
        )
        fill(projector, load_file(folder / "projector.safetensors"), "", folder)
        eyes = cls(encoder, projector, facts=facts, head=head, device=device)
        eyes.see(np.zeros((3, facts.side, facts.side), np.float32))
        return eyes

    @property
    def device(self) -> str:
        return str(self._device)

    @torch.inference_mode()
    def see(self, pixels: NDArray[np.float32]) -> Sight:
        """Normalized pixels [3, side, side] -> rows and regions."""
        batch = torch.from_numpy(pixels)[None].to(self._device)
        batch = batch.to(memory_format=torch.channels_last)
        with autocast(self._device, self._dtype):
            maps = self._encoder(batch)
            found = self._head(maps) if self._head is not None else None
        rows = self._projector.patch_rows(maps[-1].float())[0]
        if found is None:
            return Sight(to_array(rows), ())
        return Sight(to_array(rows), self._regions(found, batch), found, batch)

    @torch.inference_mode()
    def see_tiles(self, tiling: Tiling) -> Sight:
        """A picture's squares -> rows of the whole and of its tiles, in the order they are read in.

        Regions are not looked for. The projector was built for tiles.
        """
        rows = torch.cat([self._square_rows(square) for square in torch.from_numpy(tiling.pixels)])
        newline = self._projector.newline
        assert newline is not None
        grid = (tiling.rows, tiling.columns)
        return Sight(to_array(packed(rows, newline, grid=grid, size=tiling.size)), ())

    def _square_rows(self, square: torch.Tensor) -> torch.Tensor:
        """Of one at a time: the hidden layers of CLIP for five squares at once take 300 MB."""
        batch = square[None].to(self._device).to(memory_format=torch.channels_last)
        with autocast(self._device, self._dtype):
            maps = self._encoder(batch)
        return self._projector.patch_rows(maps[-1].float())

    @torch.inference_mode()
    def asked(self, sight: Sight, boxes: Sequence[Box]) -> tuple[SeenRegion, ...]:
        """Each box drawn on what was seen, as a region; none without a region head."""
        if self._head is None or sight.found is None or sight.pixels is None or not boxes:
            return ()
        assert self._facts.regions is not None
        drawn = torch.tensor([box.as_list() for box in boxes], device=self._device)
        vectors = self._head.asked(sight.found, sight.pixels, boxes=drawn)
        return self._seen(vectors, boxes, self._head.names(vectors, self._facts.regions.named))

    def _regions(self, found: RegionMaps, batch: torch.Tensor) -> tuple[SeenRegion, ...]:
        assert self._head is not None and self._facts.regions is not None
        proposals = self._head.propose(found, batch, self._facts.regions)[0]
        boxes = [Box(*corners) for corners in proposals.boxes.tolist()]
        return self._seen(proposals.vectors, boxes, proposals.names)

    def _seen(
        self, vectors: torch.Tensor, boxes: Sequence[Box], names: Sequence[str]
    ) -> tuple[SeenRegion, ...]:
        rows = to_array(self._projector.region_rows(vectors))
        return tuple(map(SeenRegion, rows, boxes, names))
