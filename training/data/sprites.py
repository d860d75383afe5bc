"""Make a sprite pack: one drawing of every name in the vocabulary, from a font or SVG files.

A pack is a folder with `vocabulary.json` (name -> Unicode code point) and a folder a style of
128 x 128 RGBA PNG with transparent margins, `cup_of_coffee.png` or `face_happy.png`.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from training.errors import DataError

VOCABULARY = Path(__file__).with_name("drawings.json")
MARGIN = 4  # transparent pixels left on each side of a drawing
SIZES = (109, 160, 136, 128, 96)  # bitmap fonts have one size only: Noto's, Apple's and others
NO_CHARACTER = "\U0010ffff"  # what a font shows for it, it shows for all that it lacks
FONTS = (
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/google-noto-color-emoji-fonts/NotoColorEmoji.ttf",
    "/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf",
    "/System/Library/Fonts/Apple Color Emoji.ttc",
    "C:/Windows/Fonts/seguiemj.ttf",
)

Vocabulary = dict[str, dict[str, str]]
Draw = Callable[[str], Image.Image | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpritesConfig:
    """What to draw a style of a pack from: `font` or `svg`; with neither, an installed emoji font.

    `out` is the pack (styles can be added to one that is there), `style` the name of the new
    folder in it. `svg` is a folder of files that are named by code point ("1f415.svg",
    "emoji_u1f415.svg"). `vocabulary` is a list of other names, of the form of a pack's own.
    """

    out: Path
    style: str
    font: Path | None = None
    svg: Path | None = None
    vocabulary: Path = VOCABULARY
    side: int = 128


def main(config: SpritesConfig) -> None:
    """Draws the style and writes the pack. Raises DataError where the source can't be used."""
    if config.font and config.svg:
        raise DataError("sprites: give a font or a folder of SVG files, not both")
    if not re.fullmatch(r"[\w-]+", config.style):
        raise DataError(f"sprites: the style {config.style!r} must be letters, digits, - and _")
    draw = _svg_drawer(config.svg, config.side) if config.svg else _font_drawer(config.font)
    wanted = _read_vocabulary(config.vocabulary)
    config.out.mkdir(parents=True, exist_ok=True)
    drawn: Vocabulary = {}
    with tempfile.TemporaryDirectory(dir=config.out, prefix=".new-") as name:
        folder = Path(name) / config.style
        folder.mkdir()
        for group, names in wanted.items():
            drawn[group] = dict(_draw_group(group, names, draw, folder=folder, side=config.side))
        lost = sum(map(len, wanted.values())) - sum(map(len, drawn.values()))
        if not drawn["objects"]:
            raise DataError(f"{config.svg or config.font}: it has a drawing for none of the names")
        old = config.out / config.style
        if old.exists():
            shutil.rmtree(old)
        folder.replace(old)
    _write_vocabulary(config.out / "vocabulary.json", drawn)
    print(f"{config.out}: style {config.style}, {lost} names without a drawing", file=sys.stderr)


def installed_pack(out: Path) -> Path:
    """A pack in `out`, drawn once from an installed emoji font. Raises DataError where none is."""
    if not (out / "vocabulary.json").exists():
        main(SpritesConfig(out=out, style="font"))
    return out


def _read_vocabulary(path: Path) -> Vocabulary:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {group: dict(found[group]) for group in ("objects", "expressions")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{path}: no vocabulary; it needs "objects" and "expressions", each name: code point'
        ) from error


def _write_vocabulary(path: Path, drawn: Vocabulary) -> None:
    """Only what every style of the pack has: a scene may be drawn in any of them."""
    if path.exists():
        old = _read_vocabulary(path)
        drawn = {
            group: {name: code for name, code in names.items() if name in old[group]}
            for group, names in drawn.items()
        }
    path.write_text(json.dumps(drawn, indent=1) + "\n", encoding="utf-8")


def _draw_group(
    group: str, names: dict[str, str], draw: Draw, *, folder: Path, side: int
) -> Iterable[tuple[str, str]]:
    prefix = "face_" if group == "expressions" else ""
    for name, code in names.items():
        picture = draw(code)
        if picture is not None:
            fitted(picture, side).save(folder / f"{prefix}{name.replace(' ', '_')}.png")
            yield name, code


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """The drawing in the middle of a square [RGBA], as large as the margins let it be."""
    cut = picture.crop(picture.getchannel("A").getbbox())
    scale = (side - 2 * MARGIN) / max(cut.size)
    size = (max(1, round(cut.width * scale)), max(1, round(cut.height * scale)))
    square = Image.new("RGBA", (side, side))
    place = ((side - size[0]) // 2, (side - size[1]) // 2)
    square.paste(cut.resize(size, Image.Resampling.LANCZOS), place)
    return square


def _font_drawer(path: Path | None) -> Draw:
    """Draws code points with a colour font; None for those that the font lacks."""
    if path is None:
        path = next((Path(font) for font in FONTS if Path(font).exists()), None)
    if path is None:
        raise DataError(
            "no colour emoji font is installed; install one (Debian: fonts-noto-color-emoji), "
            "or name a font, a folder of SVG files or a sprite pack in the configuration"
        )
    font = _open_font(path)
    empty = _glyph(font, NO_CHARACTER)

    def draw(code: str) -> Image.Image | None:
        picture = _glyph(font, "".join(chr(int(part, 16)) for part in code.split("-")))
        missing = picture.getbbox() is None or picture.tobytes() == empty.tobytes()
        return None if missing else picture

    return draw


def _open_font(path: Path) -> ImageFont.FreeTypeFont:
    for size in SIZES:
        try:
            return ImageFont.truetype(path, size)
        except OSError as error:
            if "pixel size" not in str(error):
                raise DataError(f"{path}: the font can't be read: {error}") from error
    raise DataError(f"{path}: the font has none of the bitmap sizes {SIZES}")


def _glyph(font: ImageFont.FreeTypeFont, text: str) -> Image.Image:
    side = int(font.size * 2)
    picture = Image.new("RGBA", (side, side))
    ImageDraw.Draw(picture).text(
        (side // 4, side // 4), text, font=font, embedded_color=True, fill=(0, 0, 0, 255)
    )
    return picture


def _svg_drawer(folder: Path, side: int) -> Draw:
    """Draws the SVG file of a code point (by resvg); None where there is no such file."""
    try:
        import resvg_py
    except ImportError as error:
        raise DataError("drawing SVG files needs resvg: pip install resvg-py") from error
    files = {key: path for path in sorted(folder.glob("**/*.svg")) if (key := _code(path.stem))}
    if not files:
        raise DataError(f"{folder}: no SVG file there is named by a code point, such as 1f415.svg")

    def draw(code: str) -> Image.Image | None:
        path = files.get(_code(code) or "")
        if path is None:
            return None
        try:
            png = resvg_py.svg_to_bytes(svg_path=str(path), width=2 * side)
        except ValueError as error:
            raise DataError(f"{path}: this SVG can't be drawn: {error}") from error
        return Image.open(io.BytesIO(bytes(png))).convert("RGBA")

    return draw


def _code(stem: str) -> str | None:
    """ "emoji_u1f415", "1F415", "1f415-fe0f" -> "1f415"; None for other names."""
    found = re.fullmatch(r"(?:emoji_?)?u?([0-9a-f]{2,6}(?:[-_][0-9a-f]{2,6})*)", stem.lower())
    if found is None:
        return None
    parts = [part.lstrip("0") for part in re.split(r"[-_]", found.group(1))]
    return "-".join(part for part in parts if part != "fe0f")
