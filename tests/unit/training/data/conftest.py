from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from training.data.scenes import SpritePacks


@pytest.fixture
def packs(tmp_path: Path) -> SpritePacks:
    (tmp_path / "flat").mkdir()
    (tmp_path / "vocabulary.json").write_text(
        '{"objects": {"dog": "1F415", "cup of coffee": "2615"}, "expressions": {"sad": "1F622"}}'
    )
    for name, colour in (("dog", "brown"), ("cup_of_coffee", "navy"), ("face_sad", "gold")):
        picture = Image.new("RGBA", (64, 64))
        picture.paste(colour, (8, 16, 56, 48))
        picture.save(tmp_path / "flat" / f"{name}.png")
    return SpritePacks.open(tmp_path)
