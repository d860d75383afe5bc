"""Rows of a picture's tiles in the order in which LLaVA-1.6 reads them.

The reference is `pack_image_features` in transformers' modeling_llava_next.py.
"""

from __future__ import annotations

import torch
from torch import Tensor


def packed(
    rows: Tensor, newline: Tensor, *, grid: tuple[int, int], size: tuple[int, int]
) -> Tensor:
    """Rows of each square [1 + tiles, n, d], the whole picture first -> all of them [m, d].

    The rows of the whole stay as they are. Those of the tiles, of which there are `grid` (rows,
    columns), become one large map; what is padding of a picture of `size` (width, height) is cut
    off, and `newline` [d] ends each line.
    """
    down, across = grid
    side = round(rows.shape[1] ** 0.5)
    tiles = rows[1:].reshape(down, across, side, side, -1)
    map_ = tiles.transpose(1, 2).reshape(down * side, across * side, -1)
    shown = _without_padding(map_, size)
    ends = newline.to(shown).expand(len(shown), 1, -1)
    return torch.cat([rows[0], torch.cat([shown, ends], 1).flatten(0, 1)])


def _without_padding(map_: Tensor, size: tuple[int, int]) -> Tensor:
    """The lines and columns [h, w, d] that a picture in the middle of the map takes."""
    high, wide = map_.shape[:2]
    width, height = size
    if width / height > wide / high:
        left = (high - int(round(height * (wide / width), 7))) // 2
        return map_[left : high - left]
    left = (wide - int(round(width * (high / height), 7))) // 2
    return map_[:, left : wide - left]
