"""A tiny MiniGPT-v2 converted and run, against its published equations and transformers."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from PIL import Image
from torch import Tensor
from transformers import LlamaForCausalLM, PreTrainedModel

from engine.bundle import Bundle
from engine.engine import Engine
from engine.errors import InputError
from engine.grounding.geometry import Box
from engine.models import eyes
from engine.models.eyes import Eyes
from engine.senses import Senses
from engine.types import ImagePart, LoadOptions, Message, RegionPart, Request, TextPart
from tests.support.independent import Program, Reader, alike
from tests.support.tiny_minigpt import ALPHA, LORA, RANK, TinyMiniGpt, write_tiny_minigpt
from training.__main__ import main
from training.convert.minigpt import convert_minigpt
from training.errors import ConversionError

ROOT = Path(__file__).resolve().parents[4]
SIZES = ((448, 448), (300, 100), (61, 97), (1000, 640), (448, 32))
WORDS = (
    "the dog", "the red cat", "what is on the image", "this", "describe the image", "中文",
    "a cat is on the dog", "USER [INST] ing",
)  # fmt: skip
TOKENS = 4


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> TinyMiniGpt:
    return write_tiny_minigpt(tmp_path_factory.mktemp("downloads"))


@pytest.fixture(scope="module")
def bundle(downloads: TinyMiniGpt, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """By the command line of the issue."""
    out = tmp_path_factory.mktemp("bundles") / "minigpt-v2"
    assert main(command(downloads, out, quant="F16")) == 0
    return Bundle.open(out)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    chance = np.random.default_rng(0)
    for number, (width, height) in enumerate(SIZES):
        coarse = chance.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
        Image.fromarray(coarse).resize((width, height)).save(folder / f"{number}.png")
    return sorted(folder.iterdir())


def command(downloads: TinyMiniGpt, out: Path, *, quant: str) -> list[str]:
    return [
        "convert", "minigpt-v2", "--llama", str(downloads.llama),
        "--checkpoint", str(downloads.checkpoint), "--eva", str(downloads.eva),
        "--quant", quant, "--out", str(out),
    ]  # fmt: skip


def published_rows(downloads: TinyMiniGpt, picture: Path) -> Tensor:
    """From the file to the rows, as blip_processors.py, eva_vit.py and minigpt_v2.py have it."""
    w = {k: v.float() for k, v in torch.load(downloads.eva, weights_only=True).items()}
    image = Image.open(picture).convert("RGB").resize((448, 448), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.asarray(image, np.float32) / 255).permute(2, 0, 1)
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]
    std = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]
    pixels = ((pixels - mean) / std)[None]

    x = F.conv2d(pixels, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=14)
    x = torch.cat([w["cls_token"], x.flatten(2).transpose(1, 2)], dim=1)
    table = w["pos_embed"][:, 1:].reshape(1, 16, 16, -1).permute(0, 3, 1, 2)
    table = F.interpolate(table, size=(32, 32), mode="bicubic", align_corners=False)
    table = torch.cat([w["pos_embed"][:, :1], table.permute(0, 2, 3, 1).flatten(1, 2)], dim=1)
    x = x + table.half()  # the bundle's weights, and so everybody's, are in half precision
    width = x.shape[-1]
    for n in range(39):

        def norm(x: Tensor, name: str, n: int = n) -> Tensor:
            return F.layer_norm(
                x, (width,), w[f"blocks.{n}.{name}.weight"], w[f"blocks.{n}.{name}.bias"], 1e-6
            )

        a = norm(x, "norm1") @ w[f"blocks.{n}.attn.qkv.weight"].T
        q, k, v = a.split(width, dim=-1)
        q, v = q + w[f"blocks.{n}.attn.q_bias"], v + w[f"blocks.{n}.attn.v_bias"]
        heads = [
            ((q[..., i : i + 88] / math.sqrt(88)) @ k[..., i : i + 88].transpose(1, 2)).softmax(-1)
            @ v[..., i : i + 88]
            for i in range(0, width, 88)
        ]
        a = torch.cat(heads, dim=-1) @ w[f"blocks.{n}.attn.proj.weight"].T
        x = x + a + w[f"blocks.{n}.attn.proj.bias"]
        a = norm(x, "norm2") @ w[f"blocks.{n}.mlp.fc1.weight"].T + w[f"blocks.{n}.mlp.fc1.bias"]
        a = a * 0.5 * (1 + torch.erf(a / math.sqrt(2)))
        x = x + a @ w[f"blocks.{n}.mlp.fc2.weight"].T + w[f"blocks.{n}.mlp.fc2.bias"]
    x = F.layer_norm(x, (width,))  # ln_vision as it was made: not in the checkpoint
    x = x[:, 1:, :].reshape(1, 256, 4 * width)
    model = torch.load(downloads.checkpoint, weights_only=True)["model"]
    rows: Tensor = (x @ model["llama_proj.weight"].T + model["llama_proj.bias"])[0]
    return rows


def published_language_model(downloads: TinyMiniGpt) -> PreTrainedModel:
    """peft's own merge of the LoRA, rounded to half precision."""
    base = LlamaForCausalLM.from_pretrained(downloads.llama, dtype=torch.float32)
    settings = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=["q_proj", "v_proj"])
    model = get_peft_model(base, settings)
    trained = torch.load(downloads.checkpoint, weights_only=True)["model"]
    lora = {n.removeprefix("llama_model."): v for n, v in trained.items() if ".lora_" in n}
    unused = model.load_state_dict(lora, strict=False).unexpected_keys
    assert not unused
    merged: PreTrainedModel = model.merge_and_unload().half().float()
    return merged


def questions(pictures: list[Path]) -> Iterator[tuple[Message, str]]:
    """What is asked, and how the published demo would write it behind the picture."""

    for picture in pictures:
        seen = ImagePart(picture)
        yield Message("user", (seen,), "caption"), "[caption] briefly describe this image"
        for left in (10, 30, 50):
            box = RegionPart(Box(left / 100, 0.2, (left + 30) / 100, 0.9))
            written = f"[identify] what is this {{<{left}><20><{left + 30}><90>}}"
            yield Message("user", (seen, box), "identify"), written
        for words in WORDS:
            yield Message("user", (seen, TextPart(words)), "vqa"), f"[vqa] {words}"
            yield Message("user", (seen, TextPart(words))), words


@pytest.fixture
def seeing(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> Eyes:
    """The bundle's eyes at full precision, whatever this processor is quick at."""
    monkeypatch.setattr(eyes, "device_and_dtype", lambda _: (torch.device("cpu"), torch.float32))
    return Eyes.load(bundle.path, bundle.manifest, device="cpu")


def test_rows_and_answers_are_the_published_ones(
    downloads: TinyMiniGpt, bundle: Bundle, pictures: list[Path], seeing: Eyes
) -> None:
    senses = Senses.of(bundle, seeing, None)
    expected = {picture: published_rows(downloads, picture) for picture in pictures}
    for picture, rows in expected.items():
        (found,) = senses.encode_image(picture).pieces
        ours = torch.from_numpy(found.array)  # type: ignore[union-attr]
        assert ours.shape == rows.shape
        assert (ours - rows).norm() / rows.norm() < 1e-2
    reader = Reader(published_language_model(downloads), downloads.llama)
    program = Program(bundle, senses)
    asked = list(questions(pictures))
    assert len(asked) == 100

    def theirs(rows: Tensor, message: Message, words: str) -> str:
        return reader.answer(["<s>[INST] <Img>", rows, f"</Img> {words} [/INST]"], TOKENS)

    try:
        ours_said = [program.answer(message, TOKENS) for message, _ in asked]
    finally:
        program.close()

    def path(message: Message) -> Path:
        part = message.parts[0]
        assert isinstance(part, ImagePart)
        return part.path

    said = [theirs(expected[path(m)], m, words) for m, words in asked]
    assert alike(ours_said, said) >= 0.99
    assert len(set(said)) > 5
    # It would not be so with rows that are joined otherwise, or without the LoRA.
    turned = [theirs(expected[path(asked[n][0])].flip(0), *asked[n]) for n in range(0, 100, 5)]
    assert alike(ours_said[::5], turned) < 0.9
    bare = LlamaForCausalLM.from_pretrained(downloads.llama, dtype=torch.float32)
    reader = Reader(bare, downloads.llama)
    without = [theirs(expected[path(asked[n][0])], *asked[n]) for n in range(0, 100, 5)]
    assert alike(ours_said[::5], without) < 0.9


def test_quantized_it_answers_in_the_engine(
    downloads: TinyMiniGpt, pictures: list[Path], tmp_path: Path
) -> None:
    bundle = convert(downloads, tmp_path / "small")
    with Engine.load(bundle.path, options=LoadOptions(device="cpu")) as engine:
        message = Message("user", (ImagePart(pictures[0]), TextPart("the dog")), task="refer")
        *_, last = engine.answer(Request("1", (message,)))
    assert last.answer.error is None  # type: ignore[union-attr]
    assert last.answer.boxes or last.answer.raw == "none"  # type: ignore[union-attr]


def convert(downloads: TinyMiniGpt, out: Path, **other: Path) -> Bundle:
    parts = {
        "llama": downloads.llama,
        "checkpoint": downloads.checkpoint,
        "eva": downloads.eva,
        **other,
    }
    return convert_minigpt(**parts, quant="Q8_0", out=out)


@pytest.mark.parametrize("adapter", ["", ".default"])
def test_every_wrong_tensor_of_the_checkpoint_is_named(
    downloads: TinyMiniGpt, tmp_path: Path, adapter: str
) -> None:
    saved = torch.load(downloads.checkpoint, weights_only=True)
    model = {n.replace(".default", adapter): v for n, v in saved["model"].items()}
    torch.save({"model": model}, tmp_path / "c.pth")
    convert(downloads, tmp_path / "fine", checkpoint=tmp_path / "c.pth")
    del model["llama_proj.bias"]
    model["llama_proj.weight"] = model["llama_proj.weight"][:, :-1]
    model["visual_encoder.cls_token"] = torch.zeros(1)
    torch.save({"model": model}, tmp_path / "c.pth")
    with pytest.raises(ConversionError) as said:
        convert(downloads, tmp_path / "out", checkpoint=tmp_path / "c.pth")
    for words in (
        "unknown: visual_encoder.cls_token (1,)",
        "missing: llama_proj.bias (64,)",
        "misshapen: llama_proj.weight (64, 351) instead of (64, 352)",
    ):
        assert words in str(said.value)
    assert not (tmp_path / "out").exists()


def test_every_wrong_tensor_of_the_encoder_is_named(downloads: TinyMiniGpt, tmp_path: Path) -> None:
    weights = torch.load(downloads.eva, weights_only=True)
    del weights["blocks.38.mlp.fc2.bias"]
    weights["blocks.3.attn.k_bias"] = torch.zeros(88)
    weights["pos_embed"] = weights["pos_embed"][:, :-1]
    torch.save(weights, tmp_path / "eva.pth")
    with pytest.raises(ConversionError) as said:
        convert(downloads, tmp_path / "out", eva=tmp_path / "eva.pth")
    for words in ("blocks.3.attn.k_bias", "blocks.38.mlp.fc2.bias", "pos_embed (1, 256, 88)"):
        assert words in str(said.value)


def test_a_norm_that_was_trained_is_taken(downloads: TinyMiniGpt, tmp_path: Path) -> None:
    saved = torch.load(downloads.checkpoint, weights_only=True)
    saved["model"] |= {"ln_vision.weight": torch.full((88,), 2.0), "ln_vision.bias": torch.ones(88)}
    torch.save(saved, tmp_path / "c.pth")
    bundle = convert(downloads, tmp_path / "out", checkpoint=tmp_path / "c.pth")
    seen = Eyes.load(bundle.path, bundle.manifest, device="cpu")
    state = seen._encoder.state_dict()  # type: ignore[attr-defined]
    assert set(state["ln_vision.weight"].tolist()) == {2.0}


def test_a_lora_of_another_model_or_none_is_refused(downloads: TinyMiniGpt, tmp_path: Path) -> None:
    saved = torch.load(downloads.checkpoint, weights_only=True)
    name = f"{LORA}.7.self_attn.q_proj.lora_"
    extra = {f"{name}A.weight": torch.zeros(64, 64), f"{name}B.weight": torch.zeros(64, 64)}
    torch.save({"model": saved["model"] | extra}, tmp_path / "c.pth")
    with pytest.raises(ConversionError, match="changes layer 7, q_proj"):
        convert(downloads, tmp_path / "out", checkpoint=tmp_path / "c.pth")
    plain = {name: v for name, v in saved["model"].items() if ".lora_" not in name}
    torch.save({"model": plain}, tmp_path / "c.pth")
    with pytest.raises(ConversionError, match="holds no LoRA"):
        convert(downloads, tmp_path / "out", checkpoint=tmp_path / "c.pth")
    assert list(tmp_path.iterdir()) == [tmp_path / "c.pth"]


def test_numbers_that_half_precision_can_not_hold_are_named(
    downloads: TinyMiniGpt, tmp_path: Path
) -> None:
    saved = torch.load(downloads.checkpoint, weights_only=True)
    saved["model"]["llama_proj.bias"][3] = 1e6
    torch.save(saved, tmp_path / "c.pth")
    with pytest.raises(ConversionError, match=r"patches\.bias has numbers"):
        convert(downloads, tmp_path / "out", checkpoint=tmp_path / "c.pth")


def test_wrong_usage_is_told(downloads: TinyMiniGpt, tmp_path: Path) -> None:
    for words in (["convert"], ["convert", "minigpt-9"], ["convert", "minigpt-v2", "--llama", "x"]):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
    with pytest.raises(InputError, match="no quantization"):
        convert_minigpt(
            llama=downloads.llama, checkpoint=downloads.checkpoint, eva=downloads.eva,
            quant="Q9", out=tmp_path / "out",
        )  # fmt: skip
    assert main(command(TinyMiniGpt(tmp_path, tmp_path, tmp_path), tmp_path, quant="F16")) == 1


def test_one_that_is_killed_leaves_no_half_bundle(downloads: TinyMiniGpt, tmp_path: Path) -> None:
    out = tmp_path / "out"
    convert(downloads, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    words = [sys.executable, "-m", "training", *command(downloads, out, quant="Q4_0")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        while not list(tmp_path.glob(".building-*/bundle/vision/*")) and running.poll() is None:
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
