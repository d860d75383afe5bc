from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import WhisperConfig, WhisperForConditionalGeneration

from training.convert.ct2_reader import read_variables, read_whisper
from training.errors import ConversionError
from training.parts import PARTS, parts_folder

MODEL = parts_folder() / PARTS["speech-encoder"].file

Variables = dict[str, NDArray[np.generic]]


def written(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def ct2_bytes(variables: Variables, *, aliases: dict[str, str] | None = None) -> bytes:
    """The format, written down once more from its description."""
    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    content = struct.pack("<I", 6) + written("WhisperSpec") + struct.pack("<I", 3)
    content += struct.pack("<I", len(variables))
    for name, values in variables.items():
        content += written(name) + struct.pack("<B", values.ndim)
        content += struct.pack(f"<{values.ndim}I", *values.shape)
        content += struct.pack("<BI", kinds[values.dtype.name], values.nbytes) + values.tobytes()
    content += struct.pack("<I", len(aliases or {}))
    for alias, name in (aliases or {}).items():
        content += written(alias) + written(name)
    return content


def as_variables(model: WhisperForConditionalGeneration) -> Variables:
    """A Whisper of transformers under CTranslate2's names."""
    state = {name: tensor.numpy() for name, tensor in model.model.state_dict().items()}
    heads = np.int16(model.config.encoder_attention_heads)
    found: Variables = {"encoder/num_heads": np.array(heads), "decoder/num_heads": np.array(heads)}

    def pair(ours: str, theirs: str) -> None:
        for kind in ("weight", "bias"):
            found[f"{ours}/{kind}"] = state[f"{theirs}.{kind}"]

    def norm(ours: str, theirs: str) -> None:
        found[f"{ours}/gamma"] = state[f"{theirs}.weight"]
        found[f"{ours}/beta"] = state[f"{theirs}.bias"]

    def joined(ours: str, theirs: str, letters: str) -> None:
        found[f"{ours}/weight"] = np.concatenate(
            [state[f"{theirs}.{letter}_proj.weight"] for letter in letters]
        )
        zero = np.zeros(model.config.d_model, dtype=np.float32)
        found[f"{ours}/bias"] = np.concatenate(
            [state.get(f"{theirs}.{letter}_proj.bias", zero) for letter in letters]
        )

    pair("encoder/conv1", "encoder.conv1")
    pair("encoder/conv2", "encoder.conv2")
    found["decoder/embeddings/weight"] = state["decoder.embed_tokens.weight"]
    for side in ("encoder", "decoder"):
        found[f"{side}/position_encodings/encodings"] = state[f"{side}.embed_positions.weight"]
        norm(f"{side}/layer_norm", f"{side}.layer_norm")
        for number in range(model.config.encoder_layers):
            ours, theirs = f"{side}/layer_{number}", f"{side}.layers.{number}"
            norm(f"{ours}/ffn/layer_norm", f"{theirs}.final_layer_norm")
            pair(f"{ours}/ffn/linear_0", f"{theirs}.fc1")
            pair(f"{ours}/ffn/linear_1", f"{theirs}.fc2")
            norm(f"{ours}/self_attention/layer_norm", f"{theirs}.self_attn_layer_norm")
            joined(f"{ours}/self_attention/linear_0", f"{theirs}.self_attn", "qkv")
            pair(f"{ours}/self_attention/linear_1", f"{theirs}.self_attn.out_proj")
            if side == "decoder":
                norm(f"{ours}/attention/layer_norm", f"{theirs}.encoder_attn_layer_norm")
                joined(f"{ours}/attention/linear_0", f"{theirs}.encoder_attn", "q")
                joined(f"{ours}/attention/linear_1", f"{theirs}.encoder_attn", "kv")
                pair(f"{ours}/attention/linear_2", f"{theirs}.encoder_attn.out_proj")
    return found


@pytest.fixture
def tiny() -> WhisperForConditionalGeneration:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = WhisperConfig(
            vocab_size=51864, num_mel_bins=8, d_model=16, encoder_layers=2, decoder_layers=2,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
            decoder_ffn_dim=32, max_source_positions=20, max_target_positions=12,
        )  # fmt: skip
        return WhisperForConditionalGeneration(config).eval()


def test_every_tensor_finds_its_place(
    tiny: WhisperForConditionalGeneration, tmp_path: Path
) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(ct2_bytes(as_variables(tiny)))
    model = read_whisper(path)
    features, ids = torch.randn(1, 8, 40), torch.tensor([[50257, 50362, 17]])
    with torch.inference_mode():
        expected = tiny(input_features=features, decoder_input_ids=ids).logits
        found = model(input_features=features, decoder_input_ids=ids).logits
    assert torch.allclose(found, expected, atol=1e-5)


def test_types_and_aliases(tmp_path: Path) -> None:
    variables: Variables = {
        "a": np.arange(6, dtype=np.float16).reshape(2, 3),
        "b": np.array(-3, dtype=np.int16),
        "c": np.array([1, -1], dtype=np.int8),
    }
    path = tmp_path / "model.bin"
    path.write_bytes(ct2_bytes(variables, aliases={"d": "a"}))
    found = read_variables(path)
    assert {name: values.tolist() for name, values in found.items()} == {
        "a": [[0, 1, 2], [3, 4, 5]],
        "b": -3,
        "c": [1, -1],
        "d": [[0, 1, 2], [3, 4, 5]],
    }


def test_what_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    whole = ct2_bytes({"a": np.arange(6, dtype=np.float16)})
    for content, reason in (
        (b"", "ends too early"),
        (whole[:-12], "ends too early"),
        (b"\x05" + whole[1:], "no CTranslate2 model of version 6"),
        (whole, "another model than a Whisper"),
    ):
        path.write_bytes(content)
        with pytest.raises(ConversionError, match=rf"model\.bin.*{reason}"):
            read_whisper(path)
    path.unlink()
    with pytest.raises(ConversionError, match=r"model\.bin can't be read"):
        read_whisper(path)


@pytest.mark.skipif(not MODEL.exists(), reason="the speech encoder's part is not fetched")
def test_all_weights_of_whisper_are_used() -> None:
    variables = read_variables(MODEL)
    assert len([name for name in variables if name != "decoder/projection/weight"]) == 148
    assert sum(parameter.numel() for parameter in read_whisper(MODEL).parameters()) == 37_760_256
