from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, features

from training.data import sprites
from training.data.scenes import SpritePacks, scene
from training.data.sprites import SpritesConfig, fitted, installed_pack, main
from training.errors import DataError

DISC = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
    '<ellipse cx="30" cy="40" rx="20" ry="10" fill="#a33"/></svg>'
)
CODES = ("emoji_u1f415", "1F355", "1f622-fe0f")  # dog, pizza, the sad face; three ways of naming


@pytest.fixture
def svg(tmp_path: Path) -> Path:
    pytest.importorskip("resvg_py")
    folder = tmp_path / "svg"
    folder.mkdir()
    for code in CODES:
        (folder / f"{code}.svg").write_text(DISC)
    (folder / "readme.svg").write_text("not a drawing, and not named as one")
    return folder


def test_a_folder_of_svg_files_becomes_a_pack(tmp_path: Path, svg: Path) -> None:
    out = tmp_path / "pack"
    main(SpritesConfig(out=out, style="disc", svg=svg))
    assert json.loads((out / "vocabulary.json").read_text()) == {
        "objects": {"dog": "1F415", "pizza": "1F355"},
        "expressions": {"sad": "1F622"},
    }
    files = sorted(path.name for path in (out / "disc").iterdir())
    assert files == ["dog.png", "face_sad.png", "pizza.png"]
    with Image.open(out / "disc" / "dog.png") as picture:
        assert (picture.size, picture.mode) == ((128, 128), "RGBA")
        left, top, right, bottom = picture.getchannel("A").getbbox() or (0, 0, 0, 0)
        assert (left, right) == (4, 124)
        assert 60 <= bottom - top <= 62  # half as tall as wide, in the middle
        assert abs(top - (128 - bottom)) <= 1


def test_a_pack_can_be_drawn_from(tmp_path: Path, svg: Path) -> None:
    main(SpritesConfig(out=tmp_path / "pack", style="disc", svg=svg))
    sample = scene(SpritePacks.open(tmp_path / "pack"), "eval", 1)
    assert sample.open().size == (sample.width, sample.height)


def test_two_styles_keep_the_names_that_both_have(tmp_path: Path, svg: Path) -> None:
    out = tmp_path / "pack"
    main(SpritesConfig(out=out, style="one", svg=svg))
    (svg / "1F355.svg").unlink()
    main(SpritesConfig(out=out, style="two", svg=svg))
    assert list(json.loads((out / "vocabulary.json").read_text())["objects"]) == ["dog"]
    assert sorted(path.name for path in out.iterdir()) == ["one", "two", "vocabulary.json"]


def test_what_can_not_be_drawn_is_a_clear_error(tmp_path: Path, svg: Path) -> None:
    out = tmp_path / "pack"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no SVG file"):
        main(SpritesConfig(out=out, style="a", svg=tmp_path / "empty"))
    (svg / "emoji_u1f415.svg").write_text("<svg")
    with pytest.raises(DataError, match=r"emoji_u1f415\.svg"):
        main(SpritesConfig(out=out, style="a", svg=svg))
    with pytest.raises(DataError, match="not both"):
        main(SpritesConfig(out=out, style="a", svg=svg, font=svg))
    with pytest.raises(DataError, match="style"):
        main(SpritesConfig(out=out, style="../a", svg=svg))
    (tmp_path / "font.ttf").write_bytes(b"no font")
    with pytest.raises(DataError, match=r"font\.ttf"):
        main(SpritesConfig(out=out, style="a", font=tmp_path / "font.ttf"))


def test_a_vocabulary_of_another_form_is_a_clear_error(tmp_path: Path, svg: Path) -> None:
    names = tmp_path / "names.json"
    names.write_text('["dog"]')
    with pytest.raises(DataError, match=r"names\.json"):
        main(SpritesConfig(out=tmp_path / "pack", style="a", svg=svg, vocabulary=names))


def test_without_pack_and_font_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sprites, "FONTS", ())
    with pytest.raises(DataError, match="fonts-noto-color-emoji"):
        installed_pack(tmp_path / "pack")


def test_a_drawing_fills_its_square_to_the_margin() -> None:
    picture = Image.new("RGBA", (300, 300))
    picture.paste((255, 0, 0, 255), (100, 0, 150, 200))
    assert fitted(picture, 64).getchannel("A").getbbox() == (25, 4, 39, 60)


@pytest.mark.skipif(
    not (features.check("freetype2") and any(Path(font).exists() for font in sprites.FONTS)),
    reason="no colour emoji font is installed here",
)
def test_a_pack_from_an_installed_font(tmp_path: Path) -> None:
    names = tmp_path / "names.json"
    names.write_text(
        '{"objects": {"dog": "1F415", "nothing": "E0FFF"}, "expressions": {"sad": "1F622"}}'
    )
    main(SpritesConfig(out=tmp_path / "pack", style="font", vocabulary=names))
    assert list(json.loads((tmp_path / "pack" / "vocabulary.json").read_text())["objects"]) == [
        "dog"
    ]
