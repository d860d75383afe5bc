"""Tiny LLaVAs of the published form, through the whole program, beside transformers' own."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.bundle import Bundle, TileFacts
from engine.seams import Rows
from engine.types import ImagePart, Message, TextPart
from tests.support.tiny_llava import GRIDS, MEAN, SIDE, Kind, processor, write_tiny_llava
from tests.support.whole_program import TOKENS, Asked, asked
from training.__main__ import main
from training.convert.llava import POLITE, convert_llava
from training.errors import ConversionError

KINDS: tuple[Kind, ...] = ("1.5", "1.6-vicuna", "1.6-mistral")
SIZES = ((90, 60), (300, 100), (40, 130), (56, 56), (201, 97))
WORDS = (
    "what",
    "is",
    "this",
    "the",
    "red",
    "dog",
    "cat",
    "on",
    "in",
    "a",
    "image",
    "USER",
    "Paris?",
)


def pictures(folder: Path) -> list[Path]:
    """Each of other colours, with something in it; ten of them."""
    paths = []
    for number in range(10):
        values = np.random.default_rng(number).integers(0, 256, (3, 4, 3), dtype=np.uint8)
        size = SIZES[number % len(SIZES)]
        path = folder / f"{number}.png"
        Image.fromarray(values).resize(size, Image.Resampling.NEAREST).save(path)
        paths.append(path)
    return paths


def prompts() -> Iterator[str]:
    chance = random.Random("questions")
    while True:
        yield " ".join(chance.choices(WORDS, k=chance.randint(1, 12)))


def written(kind: Kind, words: str, *later: str) -> str:
    """The prompt as the published chat template has it; the tokenizer puts the BOS in front.

    `later` are an answer and a second question, as LLaVA's own conversation.py writes them.
    """
    if kind == "1.6-mistral":
        said = "" if not later else f" {later[0]} </s>[INST] {later[1]} [/INST]"
        return f"[INST] <image>\n{words} [/INST]{said}"
    said = "" if not later else f" {later[0]}</s>USER: {later[1]} ASSISTANT:"
    return f"{POLITE} USER: <image>\n{words} ASSISTANT:{said}"


class Theirs:
    """transformers: the model's own processor, its forward pass and its greedy search."""

    def __init__(self, folder: Path, model: Any, kind: Kind) -> None:
        self.model = model
        self._kind = kind
        self._process = processor(folder, model)

    def given(self, picture: Path, *words: str) -> Any:
        with Image.open(picture) as image:
            return self._process(
                images=image.convert("RGB"), text=written(self._kind, *words), return_tensors="pt"
            )

    @torch.inference_mode()
    def tokens(self, picture: Path, *words: str) -> list[int]:
        given = self.given(picture, *words)
        ids = self.model.generate(
            **given, do_sample=False, max_new_tokens=TOKENS, pad_token_id=0, eos_token_id=2
        )
        answer: list[int] = ids[0, given["input_ids"].shape[1] :].tolist()
        return answer

    @torch.inference_mode()
    def rows(self, picture: Path) -> Any:
        given = self.given(picture, "what")
        sizes = {"image_sizes": given["image_sizes"]} if "image_sizes" in given else {}
        found = self.model.get_image_features(pixel_values=given["pixel_values"], **sizes)
        return found.pooler_output[0].numpy()


def question(picture: Path, words: str) -> Message:
    return Message("user", (ImagePart(picture), TextPart(words)))


def share_of_equal_answers(ours: Asked, theirs: Theirs, paths: list[Path], count: int) -> float:
    equal = 0
    for number, words in zip(range(count), prompts(), strict=False):
        picture = paths[number * len(paths) // count]
        wanted = ours.pieces(theirs.tokens(picture, words), end=2)
        equal += ours.tokens(question(picture, words)) == wanted
    return equal / count


@pytest.mark.parametrize("kind", KINDS)
def test_answers_and_rows_are_those_of_transformers(
    tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_tiny_llava(tmp_path / "model", kind)
    bundle = convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    theirs = Theirs(tmp_path / "model", model, kind)
    paths = pictures(tmp_path)
    with asked(bundle.path, monkeypatch) as ours:
        for path in paths[:5]:
            (piece,) = ours.senses.encode_image(path).pieces
            assert isinstance(piece, Rows)
            wanted = theirs.rows(path)
            assert piece.array.shape == wanted.shape
            assert np.abs(piece.array - wanted).max() < 1e-2 * np.abs(wanted).max()
        assert share_of_equal_answers(ours, theirs, paths, 100) >= 0.99
        assert ours.senses.encoded == len(paths)  # each picture was looked at once
        with torch.no_grad():  # and they would not be with other eyes
            model.model.multi_modal_projector.linear_2.weight.neg_()
        assert share_of_equal_answers(ours, theirs, paths, 20) < 0.9


@pytest.mark.parametrize("kind", ["1.5", "1.6-mistral"])
def test_a_second_question_is_asked_as_in_training(
    tmp_path: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = write_tiny_llava(tmp_path / "model", kind)
    convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    theirs, picture = Theirs(tmp_path / "model", model, kind), pictures(tmp_path)[0]
    equal, asking = 0, prompts()
    with asked(tmp_path / "bundle", monkeypatch) as ours:
        for first, answer, second in (tuple(next(asking) for _ in range(3)) for _ in range(10)):
            told = (
                question(picture, first),
                Message("assistant", (TextPart(answer),)),
                Message("user", (TextPart(second),)),
            )
            wanted = ours.pieces(theirs.tokens(picture, first, answer, second), end=2)
            equal += ours.tokens(*told) == wanted
    assert equal >= 9


def test_1_5_points_at_what_it_was_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its square is the middle of a wide picture, and so its boxes lie there."""
    write_tiny_llava(tmp_path / "model")
    convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    wide = tmp_path / "wide.png"
    Image.new("RGB", (3000, 1000), "teal").save(wide)
    with asked(tmp_path / "bundle", monkeypatch) as ours:
        answers = (
            ours.answer(Message("user", (ImagePart(wide), TextPart(words)), "refer"), most=60)
            for words in WORDS
        )
        answer = next(answer for answer in answers if answer.raw != "none")
    written = [float(number) for number in re.findall(r"\d\.\d+", answer.raw)]
    assert len(written) == 4, answer.raw
    (found,) = answer.boxes
    x1, x2 = sorted((written[0], written[2]))
    y1, y2 = sorted((written[1], written[3]))
    assert found.box.as_list() == pytest.approx([(1 + x1) / 3, y1, (1 + x2) / 3, y2], abs=1e-3)


def test_the_facts_of_1_5(tmp_path: Path) -> None:
    write_tiny_llava(tmp_path / "llava-1.5-tiny-hf")
    model, out = str(tmp_path / "llava-1.5-tiny-hf"), tmp_path / "bundle"
    words = ["convert", "llava", "--model", model, "--quant", "Q8_0", "--out", str(out)]
    assert main(words) == 0
    manifest = Bundle.open(out).manifest
    assert (manifest.name, manifest.context, manifest.n_embd) == ("llava-1.5-tiny-hf", 2048, 64)
    assert manifest.prompt.template == "vicuna"
    assert manifest.vision is not None
    assert manifest.vision.resize == "crop"
    assert manifest.vision.resample == "bicubic"
    assert manifest.vision.mean == tuple(255 * value for value in MEAN)
    assert (manifest.vision.layer, manifest.vision.projector) == (-2, "mlp")
    assert manifest.vision.tiles is None


def test_the_facts_of_1_6(tmp_path: Path) -> None:
    write_tiny_llava(tmp_path / "model", "1.6-mistral")
    out = tmp_path / "bundle"
    manifest = convert_llava(model=tmp_path / "model", quant="F16", out=out).manifest
    assert manifest.prompt.template == "mistral"
    assert manifest.vision is not None
    assert (manifest.vision.side, manifest.vision.resize) == (SIDE, "squash")
    assert manifest.vision.tiles == TileFacts(sizes=tuple((high, wide) for high, wide in GRIDS))


@pytest.mark.parametrize("kind", ["1.5", "1.6-vicuna"])
def test_names_of_transformers_4_and_5_are_the_same_bundle(tmp_path: Path, kind: Kind) -> None:
    from transformers import AutoModelForImageTextToText

    hashes = []
    for folder in (tmp_path / "4" / "llava", tmp_path / "5" / "llava"):
        folder.parent.mkdir()
        names: Any = f"transformers {folder.parent.name}"
        model = write_tiny_llava(folder, kind, names=names)
        read = AutoModelForImageTextToText.from_pretrained(folder).state_dict()
        assert all(
            torch.equal(read[name].float(), value) for name, value in model.state_dict().items()
        )
        bundle = convert_llava(model=folder, quant="F16", out=folder.parent / "bundle")
        hashes.append({name: facts.sha256 for name, facts in bundle.manifest.files.items()})
    assert hashes[0] == hashes[1]


def rewritten(folder: Path, name: str, change: dict[str, Any]) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | change))


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("config.json", {"model_type": "llava_onevision"}, "'llava_onevision' is no LLaVA"),
        ("config.json", {"projector_hidden_act": "relu"}, "`projector_hidden_act` is not as"),
        ("config.json", {"vision_feature_layer": [-2, -5]}, "`vision_feature_layer` is not as"),
        ("config.json", {"vision_feature_select_strategy": "full"}, "`vision_feature_select_str"),
        ("preprocessor_config.json", {"crop_size": 24}, "`crop_size` is 24"),
        ("preprocessor_config.json", {"resample": 0}, "`resample` is 0"),
        ("preprocessor_config.json", {"image_mean": None}, "`image_mean` is None"),
        (
            "chat_template.json",
            {"chat_template": "<|im_start|>"},
            "chat template that is not known",
        ),
    ],
)
def test_what_is_no_llava_as_we_know_it_is_refused(
    tmp_path: Path, file: str, change: dict[str, Any], said: str
) -> None:
    write_tiny_llava(tmp_path / "model")
    rewritten(tmp_path / "model", file, change)
    with pytest.raises(ConversionError, match=said):
        convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_tensors_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    write_tiny_llava(tmp_path / "model", "1.6-vicuna")
    path = tmp_path / "model" / "model.safetensors"
    weights = load_file(path)
    weights["more.weight"] = torch.zeros(2)
    weights["image_newline"] = torch.zeros(3)
    del weights["multi_modal_projector.linear_2.bias"]
    save_file(weights, path)
    with pytest.raises(ConversionError) as caught:
        convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    said = str(caught.value)
    assert "unknown: more.weight (2,)" in said
    assert "missing: second.bias (64,)" in said
    assert "misshapen: newline (3,) instead of (64,)" in said
    assert not (tmp_path / "bundle").exists()


def test_without_settings_for_pictures_there_is_no_bundle(tmp_path: Path) -> None:
    write_tiny_llava(tmp_path / "model")
    settings = tmp_path / "model" / "preprocessor_config.json"
    inner = json.loads(settings.read_text())
    settings.unlink()
    with pytest.raises(ConversionError, match="does not say how it takes pictures"):
        convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    inner |= {"image_processor_type": "LlavaImageProcessor", "do_pad": True}
    newer = tmp_path / "model" / "processor_config.json"
    newer.write_text(json.dumps({"image_processor": inner}))
    bundle = convert_llava(model=tmp_path / "model", quant="F16", out=tmp_path / "bundle")
    assert bundle.manifest.vision is not None
    assert bundle.manifest.vision.resize == "pad"
