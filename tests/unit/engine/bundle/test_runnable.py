"""Files whose headers are sound, and that would end the process that loads them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bundle.runnable import check_projector, check_runnable
from engine.errors import BundleError
from tests.support.raw_gguf import F64, I32, Q8_0, Tensor, put_together, taken_apart
from tests.support.tiny_llama import write_tiny_llama
from tests.support.tiny_mtmd import PAIRS

Keys = dict[str, tuple[str, object] | None]


@pytest.fixture(scope="module")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "llm.gguf"
    write_tiny_llama(path)
    return path


@pytest.fixture(scope="module", params=PAIRS)
def projector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PAIRS[request.param](tmp_path_factory.mktemp(request.param)).mmproj


@pytest.fixture(scope="module")
def sees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PAIRS["qwen2.5-vl"](tmp_path_factory.mktemp("sees")).mmproj


def changed(path: Path, target: Path, keys: Keys, tensors: dict[str, Tensor] | None = None) -> Path:
    """The file with other values; those that are None are left out."""
    sound, weights = taken_apart(path)
    for name, value in keys.items():
        sound.pop(name, None)
        if value is not None:
            sound[name] = value
    target.write_bytes(put_together(sound, weights | (tensors or {})))
    return target


LANGUAGE_MODELS: dict[str, Keys] = {
    "no layers": {"llama.block_count": ("u32", 0)},
    "513 layers": {"llama.block_count": ("u32", 513)},
    "2 ** 31 layers": {"llama.block_count": ("u32", 1 << 31)},
    "more layers that predict": {"llama.nextn_predict_layers": ("u32", 3)},
    "too many experts": {
        "llama.expert_count": ("u32", 1025), "llama.expert_used_count": ("u32", 2),
    },
    "more used than there are": {
        "llama.expert_count": ("u32", 2), "llama.expert_used_count": ("u32", 4),
    },
    "experts that are not used": {"llama.expert_count": ("u32", 2)},
    "groups of experts": {
        "llama.expert_count": ("u32", 8), "llama.expert_used_count": ("u32", 2),
        "llama.expert_group_count": ("u32", 3), "llama.expert_group_used_count": ("u32", 1),
    },
    "no number": {"llama.attention.layer_norm_rms_epsilon": ("f32", math.nan)},
    "less than nothing": {"llama.attention.layer_norm_rms_epsilon": ("f32", -1.0)},
    "without end": {"llama.rope.freq_base": ("f32", math.inf)},
    "scaled by nothing known": {"llama.rope.scaling.type": ("str", "sideways")},
    "no tokenizer": {"tokenizer.ggml.model": ("str", "none")},
    "an unknown tokenizer": {"tokenizer.ggml.model": ("str", "\x1b[2J")},
    "a tokenizer of a number": {"tokenizer.ggml.model": ("u32", 1)},
    "no bytes": {"tokenizer.ggml.model": ("str", "llama")},
    "tokens that are there twice": {"tokenizer.ggml.tokens": ("[str", ["a", "b", "a"])},
}  # fmt: skip


@pytest.mark.parametrize("name", LANGUAGE_MODELS)
def test_language_models_that_would_crash(tiny_gguf: Path, tmp_path: Path, name: str) -> None:
    path = changed(tiny_gguf, tmp_path / "a.gguf", LANGUAGE_MODELS[name])
    with pytest.raises(BundleError, match=r"a\.gguf is damaged") as caught:
        check_runnable(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("kind", [I32, F64, 24, 27])
@pytest.mark.parametrize("name", ["token_embd.weight", "blk.0.attn_q.weight", "output_norm.weight"])
def test_weights_that_are_not_computed_with(
    tiny_gguf: Path, tmp_path: Path, name: str, kind: int
) -> None:
    sound = taken_apart(tiny_gguf)[1][name]
    tensor = replace(sound, kind=kind, data=sound.data * 2)
    size = {24: 1, I32: 4}.get(kind, 8) * math.prod(sound.shape)
    path = changed(
        tiny_gguf, tmp_path / "a.gguf", {}, {name: replace(tensor, data=tensor.data[:size])}
    )
    with pytest.raises(BundleError, match="is of a type that is not computed with"):
        check_runnable(path)


def test_norms_that_are_quantized(tiny_gguf: Path, tmp_path: Path) -> None:
    norm = Tensor((64,), Q8_0, bytes(68))
    path = changed(tiny_gguf, tmp_path / "a.gguf", {}, {"output_norm.weight": norm})
    with pytest.raises(BundleError, match="is not in float32"):
        check_runnable(path)


def test_sound_files_pass(tiny_gguf: Path, projector: Path) -> None:
    check_runnable(tiny_gguf)
    check_projector(projector)
    check_runnable(projector.with_name("model-f16.gguf"))


def test_empty_tokens_may_be_there_twice(tiny_gguf: Path, tmp_path: Path) -> None:
    """llama.cpp gives them names of its own."""
    tokens = ["", "", *(f"t{n}" for n in range(269))]
    check_runnable(
        changed(tiny_gguf, tmp_path / "a.gguf", {"tokenizer.ggml.tokens": ("[str", tokens)})
    )


PROJECTORS: dict[str, Keys] = {
    "a number for a flag": {"clip.has_vision_encoder": ("u32", 1)},
    "a text for a number": {"clip.vision.block_count": ("str", "2")},
    "a list for a number": {"clip.vision.image_size": ("[u32", [56])},
    "another kind of number": {"clip.vision.patch_size": ("i32", 14)},
    "no rows": {"clip.vision.embedding_length": ("u32", 0)},
    "no layers": {"clip.vision.block_count": ("u32", 0)},
    "no heads": {"clip.vision.attention.head_count": ("u32", 0)},
    "heads that can't share": {"clip.vision.attention.head_count": ("u32", 3)},
    "no number": {"clip.vision.attention.layer_norm_epsilon": ("f32", math.nan)},
    "a wider encoder": {"clip.vision.embedding_length": ("u32", 1 << 30)},
    "other patches": {"clip.vision.patch_size": ("u32", 7)},
}


@pytest.mark.parametrize("name", PROJECTORS)
def test_projectors_that_would_crash(sees: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError, match=r"a\.gguf is damaged"):
        check_projector(changed(sees, tmp_path / "a.gguf", PROJECTORS[name]))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("v.blk.0.attn_q.weight", (64, 32)), ("v.blk.0.ffn_down.weight", (64, 64)),
        ("v.blk.1.ln1.weight", (64,)), ("v.blk.1.attn_v.bias", (16,)),
        ("v.blk.1.attn_v.weight", (32 * 32,)), ("v.patch_embd.weight", (14, 14, 3, 64)),
    ],
)  # fmt: skip
def test_layers_that_do_not_fit(
    sees: Path, tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    tensor = Tensor(shape, 0, bytes(4 * math.prod(shape)))
    with pytest.raises(BundleError, match=r"a\.gguf is damaged"):
        check_projector(changed(sees, tmp_path / "a.gguf", {}, {name: tensor}))
