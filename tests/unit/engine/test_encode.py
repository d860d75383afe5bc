from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import encode, kept
from engine.bundle import TileFacts
from engine.encode import PictureEncoder, pieces, region_words
from engine.errors import InputError
from engine.grounding.codec import DIALECTS
from engine.grounding.geometry import Box
from engine.media.image import ImageGeometry, Placement
from engine.media.tiles import Tiling
from engine.seams import Rows, Words

DIALECT = DIALECTS["minigpt-v2"]
GEOMETRY = ImageGeometry(side=8, resize="pad", mean=(0, 0, 0), std=(1, 1, 1))


@dataclass
class Region:
    row: np.ndarray[Any, np.dtype[np.float32]]
    box: Box
    name: str = ""


@dataclass
class Seen:
    rows: np.ndarray[Any, np.dtype[np.float32]]
    regions: tuple[Region, ...]
    value: float


class Counting:
    """Eyes that see two rows of the picture's first value and one region."""

    def __init__(self, name: str = "") -> None:
        self.looks = 0
        self.name = name

    def see(self, pixels: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
        self.looks += 1
        value = float(pixels.max())
        region = Region(np.full(4, value, np.float32), Box(0.1, 0.2, 0.3, 0.4), self.name)
        return Seen(np.full((2, 4), value, np.float32), (region,), value)

    def see_tiles(self, tiling: Tiling) -> Any:
        self.looks += 1
        return Seen(np.full((2 * len(tiling.pixels), 4), 1, np.float32), (), 1.0)

    def asked(self, sight: Any, boxes: Sequence[Box]) -> Any:
        rows = [np.array([sight.value, box.x1, box.y1, box.x2], np.float32) for box in boxes]
        return tuple(Region(row, box, self.name) for row, box in zip(rows, boxes, strict=True))


def encoder(eyes: Counting, salt: str = "weights", *, region_rows: bool = False) -> PictureEncoder:
    return PictureEncoder(eyes, GEOMETRY, DIALECT, salt=salt, region_rows=region_rows)


def picture(folder: Path, name: str, colour: str = "red", size: tuple[int, int] = (8, 4)) -> Path:
    path = folder / name
    Image.new("RGB", size, colour).save(path)
    return path


def test_pieces_are_rows_then_each_region_and_its_box() -> None:
    seen = Counting().see(np.ones((3, 8, 8), np.float32))
    rows, row, words = pieces(seen, DIALECT)
    assert isinstance(rows, Rows)
    assert isinstance(row, Rows)
    assert rows.array.shape == (2, 4)
    assert row.array.shape == (1, 4)
    assert words == Words(" {<10><20><30><40>}")
    assert region_words(Box(0, 0, 1, 1), DIALECT) == " {<0><0><100><100>}"


def test_a_named_region_has_its_name_in_front_of_its_box(tmp_path: Path) -> None:
    seen = Counting("alarm clock").see(np.ones((3, 8, 8), np.float32))
    *_, words = pieces(seen, DIALECT)
    assert words == Words(" alarm clock {<10><20><30><40>}")
    pictures = encoder(Counting("dog"), region_rows=True)
    asked = pictures.encode_image(picture(tmp_path, "a.png"), [Box(0.0, 0.0, 1.0, 1.0)]).asked
    ((row, name),) = asked.values()
    assert isinstance(row, Rows)
    assert name == Words(" dog")


def test_a_picture_in_tiles_has_the_rows_of_all_of_them(tmp_path: Path) -> None:
    eyes = Counting()
    squash = ImageGeometry(side=8, resize="squash", mean=(0, 0, 0), std=(1, 1, 1))
    tiles = TileFacts(sizes=((8, 16), (8, 24)))
    pictures = PictureEncoder(eyes, squash, DIALECT, salt="weights", tiles=tiles)
    wide = picture(tmp_path, "wide.png", size=(90, 30))
    encoded = pictures.encode_image(wide)
    assert pictures.encode_image(wide) is encoded
    (rows,) = encoded.pieces
    assert isinstance(rows, Rows) and len(rows.array) == 2 * (1 + 3)
    assert encoded.placement == Placement(0, 0, 1, 1)
    assert eyes.looks == 1


def test_the_same_bytes_are_computed_once_under_any_name(tmp_path: Path) -> None:
    eyes = Counting()
    encode_image = encoder(eyes).encode_image
    first = encode_image(picture(tmp_path, "a.png"))
    assert encode_image(tmp_path / "a.png") is first
    assert encode_image(picture(tmp_path, "copy.png")) is first
    assert eyes.looks == 1
    assert first.placement is not None and first.placement.height == 0.5


def test_a_region_that_is_asked_about_has_a_row_and_costs_no_second_look(tmp_path: Path) -> None:
    eyes = Counting()
    pictures = encoder(eyes, region_rows=True)
    wide = picture(tmp_path, "wide.png", "white")  # 8 x 4: the upper and lower quarters are padding
    assert pictures.encode_image(wide).asked == {}
    drawn = Box(0.5, 0.0, 1.0, 0.5)
    asked = pictures.encode_image(wide, [drawn]).asked
    assert list(asked) == [Box(0.5, 0.25, 1.0, 0.5)]  # where it lies on the square
    (row,) = asked[Box(0.5, 0.25, 1.0, 0.5)]
    assert isinstance(row, Rows) and row.array.tolist() == [[255.0, 0.5, 0.25, 1.0]]
    assert (eyes.looks, pictures.encoded) == (1, 1)
    assert pictures.encode_image(wide).asked == {}


def test_a_picture_whose_maps_are_gone_is_looked_at_again(tmp_path: Path) -> None:
    eyes = Counting()
    pictures = encoder(eyes, region_rows=True)
    paths = [picture(tmp_path, f"{n}.png", f"#{n:02}0000") for n in range(encode.SIGHTS + 1)]
    for path in paths:
        pictures.encode_image(path)
    drawn = [Box(0.0, 0.0, 0.5, 0.5)]
    ((row,),) = pictures.encode_image(paths[0], drawn).asked.values()
    assert isinstance(row, Rows) and row.array[0, 0] == 0
    assert eyes.looks == len(paths) + 1
    pictures.encode_image(paths[-1], drawn)
    assert eyes.looks == len(paths) + 1


def test_without_region_rows_a_region_is_its_box_alone(tmp_path: Path) -> None:
    seen = encoder(Counting()).encode_image(picture(tmp_path, "a.png"), [Box(0, 0, 1, 1)])
    assert seen.asked == {}


def test_a_changed_file_is_seen_anew(tmp_path: Path) -> None:
    eyes = Counting()
    encode_image = encoder(eyes).encode_image
    before = encode_image(picture(tmp_path, "a.png", "red"))
    picture(tmp_path, "a.png", "blue")
    os.utime(tmp_path / "a.png", ns=(1, 1))
    after = encode_image(tmp_path / "a.png")
    assert eyes.looks == 2
    assert before.key != after.key


def test_other_weights_make_other_keys(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png")
    one = encoder(Counting(), "one").encode_image(path)
    other = encoder(Counting(), "other").encode_image(path)
    assert one.key != other.key


def test_the_cache_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eyes = Counting()
    encode_image = encoder(eyes).encode_image
    size = sum(
        piece.array.nbytes
        for piece in encode_image(picture(tmp_path, "0.png")).pieces
        if isinstance(piece, Rows)
    )
    monkeypatch.setattr(kept, "CACHE_BYTES", 2 * size)
    paths = [picture(tmp_path, f"{n}.png", size=(8, n + 1)) for n in range(1, 3)]
    for path in [*paths, paths[0], paths[1]]:
        encode_image(path)
    assert eyes.looks == 3  # the two newest are kept
    encode_image(tmp_path / "0.png")
    assert eyes.looks == 4  # the first had gone


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    eyes = Counting()
    for name, content in [("text.png", b"hello"), ("empty.png", b"")]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            encoder(eyes).encode_image(tmp_path / name)
    with pytest.raises(InputError, match=r"nowhere\.png"):
        encoder(eyes).encode_image(tmp_path / "nowhere.png")
    assert eyes.looks == 0
