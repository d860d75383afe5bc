"""How a published model prepares its pictures -> the facts that a bundle's manifest has of it.

Read are `preprocessor_config.json` or, since transformers 5, `processor_config.json`, with the keys
of CLIPImageProcessor, LlavaImageProcessor and LlavaNextImageProcessor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.convert.configuration import read_json
from training.errors import ConversionError

_FILTERS = {2: "bilinear", 3: "bicubic"}  # by Pillow's numbers


def pixel_facts(folder: Path, side: int, *, tiled: bool) -> dict[str, Any]:
    """`side`, `resize`, `resample`, `mean` and `std` of a manifest's `vision`.

    A picture that is `tiled` is squashed where it is seen as a whole. Raises ConversionError where
    the settings are missing or ask for something else than a square of `side` pixels.
    """
    path = folder / "preprocessor_config.json"
    found = read_json(path) if path.is_file() else None
    if found is None:
        path = folder / "processor_config.json"
        found = read_json(path).get("image_processor") if path.is_file() else None
    if not isinstance(found, dict):
        raise ConversionError(
            f"{folder} does not say how it takes pictures (preprocessor_config.json); "
            "take the model's whole folder."
        )
    resample = found.get("resample")
    wanted = {
        "resample": resample in _FILTERS,
        "size": _length(found.get("size")) == side,
        "crop_size": _length(found.get("crop_size")) == side,
        "do_center_crop": found.get("do_center_crop", True) is True,
        "image_mean": _is_colour(found.get("image_mean")),
        "image_std": _is_colour(found.get("image_std")),
    }
    for key, fits in wanted.items():
        if not fits:
            raise ConversionError(
                f"{path}: `{key}` is {found.get(key)!r}, which can't be used for an encoder of "
                f"{side} x {side} pixels; take the settings that belong to the model."
            )
    padded = found.get("do_pad", False) and "Next" not in str(found.get("image_processor_type"))
    return {
        "side": side,
        "resize": "squash" if tiled else "pad" if padded else "crop",
        "resample": _FILTERS[found["resample"]],
        "mean": tuple(255.0 * value for value in found["image_mean"]),
        "std": tuple(255.0 * value for value in found["image_std"]),
    }


def _length(size: Any) -> int | None:
    """Of a side, where all that is said of the size is the same number."""
    lengths = set(size.values()) - {None} if isinstance(size, dict) else {size}
    only = lengths.pop() if len(lengths) == 1 else None
    return only if isinstance(only, int) else None


def _is_colour(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) == 3
        and all(isinstance(value, (int, float)) for value in values)
    )
