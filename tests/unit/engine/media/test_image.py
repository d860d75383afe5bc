"""Pictures of every kind that people have, and of every kind that breaks."""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.media import image
from engine.media.image import ImageGeometry, Placement, open_image, to_pixels
from tests.support.picture_files import STORED_AS, corners, png_header, save_as_stored

GREEN = (10, 200, 30)
FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"]
SQUASH = ImageGeometry(64, "squash", (127, 127, 127), (128, 128, 128))
PAD = ImageGeometry(64, "pad", (120, 110, 100), (60, 50, 40))
CROP = ImageGeometry(64, "crop", (120, 110, 100), (60, 50, 40), "bicubic")


@pytest.fixture(autouse=True)
def nothing_on_standard_error(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Neither Python's warnings (errors in this suite) nor a C library may speak to the person."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    assert capfd.readouterr().err == ""


def assert_near(found: Image.Image, wanted: Image.Image, *, tolerance: int) -> None:
    assert (found.mode, found.size) == ("RGB", wanted.size)
    difference = np.asarray(found, dtype=int) - np.asarray(wanted.convert("RGB"), dtype=int)
    assert np.abs(difference).max() <= tolerance


def message_for(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        open_image(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.endswith(".")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("form", FORMATS)
def test_usual_formats(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"picture.{form.lower()}"
    Image.new("RGB", (30, 20), GREEN).save(path, form)
    assert_near(open_image(path), Image.new("RGB", (30, 20), GREEN), tolerance=8)


def test_format_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "really-a-png.jpg"
    corners().save(path, "PNG")
    assert_near(open_image(path), corners(), tolerance=0)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"moving.{form.lower()}"
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(path, form, save_all=True, append_images=frames[1:])
    assert_near(open_image(path), frames[0], tolerance=2)


def test_cmyk(tmp_path: Path) -> None:
    path = tmp_path / "print.jpg"
    Image.new("RGB", (16, 16), (200, 60, 40)).convert("CMYK").save(path, quality=95)
    assert_near(open_image(path), Image.new("RGB", (16, 16), (200, 60, 40)), tolerance=8)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_not_clipped(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"deep.{form.lower()}"
    values = np.array([[0, 257, 32896, 65535]], dtype=np.uint16)
    Image.fromarray(values).save(path, form)
    assert np.asarray(open_image(path))[0, :, 0].tolist() == [0, 1, 128, 255]


def test_16_bit_colour_is_scaled_not_clipped(tmp_path: Path) -> None:
    rows = b"\0" + struct.pack(">6H", 65535, 32896, 0, 257, 514, 65535)
    header = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + kind + body
        data += struct.pack(">I", zlib.crc32(kind + body))
    path = tmp_path / "deep.png"
    path.write_bytes(data)
    assert np.asarray(open_image(path)).tolist() == [[[255, 128, 0], [1, 2, 255]]]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),
        (np.array([[-3.0, np.nan, 1.0]], np.float32), [0, 0, 255]),
        (np.array([[0, 32768, 65535]], np.int32), [0, 128, 255]),
        (np.array([[0, 200, 100]], np.int32), [0, 200, 100]),
    ],
)
def test_grey_of_32_bits(tmp_path: Path, values: np.ndarray, wanted: list[int]) -> None:
    path = tmp_path / "science.tiff"
    Image.fromarray(values).save(path)
    assert np.asarray(open_image(path))[0, :, 0].tolist() == wanted


def see_through(mode: str) -> Image.Image:
    """Left half green, right half fully transparent black, in the given mode."""
    picture = Image.new("RGBA", (20, 10), (*GREEN, 255))
    picture.paste((0, 0, 0, 0), (10, 0, 20, 10))
    if mode == "RGBA":
        return picture
    if mode == "LA":
        return picture.convert("LA")
    palette = Image.new("P", (20, 10), 0)
    palette.putpalette([*GREEN, 0, 0, 0])
    palette.paste(1, (10, 0, 20, 10))
    return palette


@pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_palette_with_transparency_over_white(
    tmp_path: Path, form: str, transparency: int | bytes
) -> None:
    path = tmp_path / f"sticker.{form.lower()}"
    if form == "GIF" and isinstance(transparency, bytes):
        transparency = 1  # a GIF knows one transparent colour only
    see_through("P").save(path, form, transparency=transparency)
    picture = open_image(path)
    assert picture.getpixel((2, 2)) == GREEN
    assert picture.getpixel((15, 5)) == (255, 255, 255)


@pytest.mark.parametrize(("mode", "form"), [("RGBA", "PNG"), ("RGBA", "WEBP"), ("LA", "PNG")])
def test_transparency_over_white(tmp_path: Path, mode: str, form: str) -> None:
    path = tmp_path / f"sticker.{form.lower()}"
    see_through(mode).save(path, form)
    assert open_image(path).getpixel((15, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LAB", "YCbCr"])
def test_other_modes(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "picture.tiff"
    white = Image.new("RGB", (8, 8), "white")
    picture = Image.new("LAB", (8, 8), (255, 128, 128)) if mode == "LAB" else white.convert(mode)
    picture.save(path)
    assert_near(open_image(path), white, tolerance=2)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_exif_rotation(tmp_path: Path, orientation: int, form: str) -> None:
    path = tmp_path / f"camera.{form.lower()}"
    save_as_stored(path, corners(), orientation=orientation, form=form)
    picture = open_image(path)
    assert picture.size == (40, 24)
    for spot in ((5, 5), (35, 5), (5, 19), (35, 19)):
        one = (*spot, spot[0] + 1, spot[1] + 1)
        # JPEG bleeds colours between quarters.
        assert_near(picture.crop(one), corners().crop(one), tolerance=60)


def test_broken_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "camera.jpg"
    corners().save(path, exif=b"Exif\0\0" + b"MM\0*\0\0\0\x08\0\x05garbage")
    assert open_image(path).size == (40, 24)


def test_no_such_file(tmp_path: Path) -> None:
    assert "no file" in message_for(tmp_path / "absent.png")


def test_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "no file" in message_for(tmp_path / "file" / "picture.png")


def test_name_too_long(tmp_path: Path) -> None:
    assert "can't be opened" in message_for(tmp_path / ("x" * 5000))


def test_name_with_a_nul() -> None:
    assert "can't be opened" in message_for(Path("a\0b.png"))


def test_folder(tmp_path: Path) -> None:
    assert "is a folder" in message_for(tmp_path)


def test_pipe_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    assert "not an ordinary file" in message_for(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    corners().save(path)
    path.chmod(0)
    assert "may not be read" in message_for(path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.png"
    path.touch()
    assert "is empty" in message_for(path)


@pytest.mark.parametrize(
    "content", [b"hello, this is text", b"%PDF-1.7\n%", b"%!PS-Adobe-3.0 EPSF"]
)
def test_no_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.png"
    path.write_bytes(content)
    assert "is not a picture" in message_for(path)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("part", [0.5, 0.02])
def test_truncated(tmp_path: Path, form: str, part: float) -> None:
    path = tmp_path / f"half.{form.lower()}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, form)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    assert "damaged or cut short" in message_for(path)


@pytest.mark.parametrize("size", [(20_000, 10_000), (16_000, 10_000), (100_000, 100_000)])
def test_huge_is_refused_from_its_header(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(png_header(*size))
    assert "more than 150 megapixels" in message_for(path)


def test_large_enough_for_pillows_warning_is_still_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png_header(10_000, 10_000))
    assert "damaged or cut short" in message_for(path)


@pytest.fixture(scope="session")
def originals() -> dict[str, bytes]:
    """One small file of each format."""
    files = {}
    for form in FORMATS:
        target = BytesIO()
        corners().save(target, form)
        files[form] = target.getvalue()
    return files


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(form=st.sampled_from(FORMATS), data=st.data())
def test_any_damage_is_a_picture_or_one_sentence(
    tmp_path: Path, originals: dict[str, bytes], form: str, data: st.DataObject
) -> None:
    content = bytearray(originals[form])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        outcome = open_image(path).mode
    except InputError as error:
        outcome = str(error).partition(" ")[0]
    assert outcome in ("RGB", str(path))


def test_pixels_squashed() -> None:
    pixels, placement = to_pixels(Image.new("RGB", (30, 90), (255, 127, 0)), SQUASH)
    assert pixels.shape == (3, 64, 64)
    assert pixels.dtype == np.float32
    assert pixels.flags.c_contiguous
    assert pixels[:, 10, 50].tolist() == [1.0, 0.0, -127 / 128]
    assert placement == Placement(0, 0, 1, 1)


def test_pixels_padded_with_the_mean() -> None:
    pixels, placement = to_pixels(Image.new("RGB", (100, 50), (240, 10, 100)), PAD)
    assert pixels.shape == (3, 64, 64)
    assert np.abs(pixels[:, :15]).max() == 0
    assert np.abs(pixels[:, 49:]).max() == 0
    assert pixels[:, 17:47].min(axis=(1, 2)).tolist() == [2.0, -2.0, 0.0]
    assert placement == Placement(0, 0.25, 1, 0.5)


def test_padding_a_strip_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 40, 3), dtype=np.uint8)
    for picture in (Image.fromarray(noise), Image.fromarray(noise.swapaxes(0, 1))):
        monkeypatch.setattr(image, "_AT_ONCE", 1 << 24)
        whole = to_pixels(picture, PAD)[0]
        monkeypatch.setattr(image, "_AT_ONCE", 7 * 90)
        assert np.array_equal(to_pixels(picture, PAD)[0], whole)


def test_pixels_cropped_to_the_middle() -> None:
    picture = Image.new("RGB", (300, 100), (240, 10, 100))
    picture.paste((0, 0, 0), (0, 0, 90, 100))
    pixels, placement = to_pixels(picture, CROP)
    assert pixels.shape == (3, 64, 64)
    assert pixels.min(axis=(1, 2)).tolist() == [2.0, -2.0, 0.0]  # the dark third is left out
    assert placement == Placement(-1, 0, 3, 1)


@pytest.mark.parametrize("geometry", [PAD, CROP])
@pytest.mark.parametrize("size", [(1, 5000), (150_000, 2), (1, 1)])
def test_pixels_of_a_thread_of_a_picture(size: tuple[int, int], geometry: ImageGeometry) -> None:
    pixels, placement = to_pixels(Image.new("RGB", size, (180, 160, 140)), geometry)
    assert pixels.shape == (3, 64, 64)
    assert np.isfinite(pixels).all()
    assert geometry is PAD or pixels[0].min() == 1.0
    assert placement.width > 0
    assert placement.height > 0


@pytest.mark.parametrize("size", [(100, 50), (50, 100), (7, 7), (333, 10)])
@pytest.mark.parametrize("geometry", [SQUASH, PAD])
def test_boxes_go_to_the_square_and_back(size: tuple[int, int], geometry: ImageGeometry) -> None:
    placement = to_pixels(Image.new("RGB", size), geometry)[1]
    box = Box(0.1, 0.2, 0.6, 0.9)
    back = placement.to_picture(placement.to_square(box))
    assert back.as_list() == pytest.approx(box.as_list())


def test_a_box_beside_the_crop_is_on_its_edge() -> None:
    placement = Placement(-1, 0, 3, 1)  # the middle third of a wide picture
    assert placement.to_square(Box(0.4, 0.2, 0.8, 0.5)).as_list() == pytest.approx(
        [0.2, 0.2, 1.0, 0.5]
    )
    assert placement.to_square(Box(0.0, 0.2, 0.1, 0.5)).area == 0
    assert placement.to_picture(Box(0, 0, 1, 1)).as_list() == pytest.approx([1 / 3, 0, 2 / 3, 1])


def test_box_on_the_padding_is_cut_off() -> None:
    placement = Placement(0, 0.25, 1, 0.5)
    assert placement.to_picture(Box(0, 0, 0.5, 0.5)) == Box(0, 0, 0.5, 0.5)
    assert placement.to_picture(Box(0.1, 0.0, 0.2, 0.1)).area == 0
