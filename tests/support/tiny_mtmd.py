"""Pairs of GGUF and mmproj files with random weights, as llama.cpp's converter writes them.

Four architectures, each as hard as its kind gets for a session: Qwen2.5-VL (positions of four
numbers, windows in the encoder), Gemma 3 (a picture's rows attend to each other in both directions,
sliding windows in the language model), Ultravox (a recording) and SmolVLM (slices with marks
between, a template that takes lists alone). Matrices are float16.

Keys and tensors by gguf-py's constants and llama.cpp's own conversion scripts of the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

from tests.support.tiny_llama import MERGES, SPECIAL, vocabulary

N_EMBD = 64
CONTEXT = 2048
LAYERS, HEADS, KV_HEADS, FEED_FORWARD = 2, 4, 2, 128
VIEW, VIEW_FF, VIEW_LAYERS, VIEW_HEADS = 32, 64, 2, 2  # the encoders
MARKS = (
    "<|vision_start|>", "<|vision_end|>", "<bos>", "<start_of_turn>", "<end_of_turn>",
    "<start_of_image>", "<end_of_image>", "<|begin_of_text|>", "<|start_header_id|>",
    "<|end_header_id|>", "<|eot_id|>", "<end_of_utterance>", "<fake_token_around_image>",
    "<global-img>", *(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)),
)  # fmt: skip
PAIRS_OF_LETTERS = (*MERGES, "Ċ Ċ")  # two line ends, which some put in front of a picture
TOKENS = (*MARKS, *vocabulary(), "ĊĊ")

_CHATML = (
    "{%- for message in messages %}{%- if loop.first and message.role != 'system' %}"
    "{{- '<|im_start|>system\\nBe kind.<|im_end|>\\n' }}{%- endif %}"
    "{{- '<|im_start|>' + message.role + '\\n' }}"
    "{%- if message.content is string %}{{- message.content }}{%- else %}"
    "{%- for item in message.content %}"
    "{%- if item.type == 'image' %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{%- elif item.type == 'text' %}{{- item.text }}{%- endif %}"
    "{%- endfor %}{%- endif %}{{- '<|im_end|>\\n' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
_GEMMA = (
    "{{ bos_token }}{%- for message in messages -%}"
    "{%- set role = 'model' if message.role == 'assistant' else message.role -%}"
    "{{ '<start_of_turn>' + role + '\\n' }}"
    "{%- if message.content is string -%}{{ message.content | trim }}"
    "{%- else -%}{%- for item in message.content -%}"
    "{%- if item.type == 'image' -%}{{ '<start_of_image>' }}"
    "{%- elif item.type == 'text' -%}{{ item.text | trim }}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}{{ '<end_of_turn>\\n' }}{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}"
)
_LLAMA_3 = (
    "{{- bos_token }}{%- for message in messages %}"
    "{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}"
    "{{- message.content | trim + '<|eot_id|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}"
    "{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"
)

_SMOLVLM = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}{{ ':' }}{% else %}{{ ': ' }}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}"
    "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A language model and the projector file that belongs to it."""

    gguf: Path
    mmproj: Path


class _Weights:
    """Random matrices of one seed; a matrix is named by its rows and columns, as torch has it."""

    def __init__(self, writer: GGUFWriter, seed: int) -> None:
        self._writer = writer
        self._random = np.random.default_rng(seed)

    def matrix(
        self,
        name: str,
        *shape: int,
        scale: float = 1.0,
        rows: NDArray[np.float32] | None = None,
    ) -> None:
        """`rows` is what each of its rows is multiplied by."""
        values = self._normal(*shape) * (scale / np.sqrt(np.prod(shape[1:])))
        if rows is not None:
            values *= rows[:, np.newaxis]
        self._writer.add_tensor(name, values.astype(np.float16))

    def vector(self, name: str, *shape: int, mean: float = 0.0) -> None:
        self._writer.add_tensor(name, (mean + 0.1 * self._normal(*shape)).astype(np.float32))

    def layer(self, name: str, rows: int, columns: int) -> None:
        """A matrix and its bias."""
        self.matrix(f"{name}.weight", rows, columns)
        self.vector(f"{name}.bias", rows)

    def norm(self, name: str, width: int, *, bias: bool = False) -> None:
        self.vector(f"{name}.weight", width, mean=1.0)
        if bias:
            self.vector(f"{name}.bias", width)

    def _normal(self, *shape: int) -> NDArray[np.float32]:
        return self._random.standard_normal(shape, dtype=np.float32)


def write_qwen(folder: Path, *, seed: int = 0) -> Pair:
    """Qwen2.5-VL: a picture takes as many positions as its longer side has rows."""

    def keys(writer: GGUFWriter) -> None:
        writer.add_rope_dimension_sections([2, 3, 3, 0])

    pair = _pair(folder)
    _language_model(pair.gguf, "qwen2vl", _CHATML, keys, _tokens_of("<|im_end|>"), seed=seed)
    writer = _projector(pair.mmproj, "qwen2.5vl_merger", "vision")
    _vision_keys(writer, image=56, patch=14)
    writer.add_vision_use_silu(True)
    writer.add_vision_n_wa_pattern(2)
    writer.add_vision_spatial_merge_size(2)
    weights = _Weights(writer, seed + 1)
    weights.matrix("v.patch_embd.weight", VIEW, 3, 14, 14)
    weights.matrix("v.patch_embd.weight.1", VIEW, 3, 14, 14)
    for number in range(VIEW_LAYERS):
        _view_layer(weights, f"v.blk.{number}", gate=True, norm_bias=False)
    weights.norm("v.post_ln", VIEW)
    weights.layer("mm.0", 4 * VIEW, 4 * VIEW)
    weights.layer("mm.2", N_EMBD, 4 * VIEW)
    _finish(writer)
    return pair


def write_gemma(folder: Path, *, seed: int = 0) -> Pair:
    """Gemma 3: 16 rows a picture, which are read at once; every other layer sees 64 tokens back."""

    def keys(writer: GGUFWriter) -> None:
        writer.add_key_length(N_EMBD // HEADS)
        writer.add_value_length(N_EMBD // HEADS)
        writer.add_sliding_window(64)

    pair = _pair(folder)
    stop = _tokens_of("<end_of_turn>", bos="<bos>")
    _language_model(pair.gguf, "gemma3", _GEMMA, keys, stop, seed=seed)
    writer = _projector(pair.mmproj, "gemma3", "vision")
    _vision_keys(writer, image=56, patch=7)
    writer.add_vision_use_gelu(True)
    writer.add_vision_projector_scale_factor(2)
    weights = _Weights(writer, seed + 1)
    _siglip(weights)
    weights.norm("mm.soft_emb_norm", VIEW)
    weights.matrix("mm.input_projection.weight", VIEW, N_EMBD)
    _finish(writer)
    return pair


def write_ultravox(folder: Path, *, seed: int = 0) -> Pair:
    """Ultravox: a Llama with a Whisper encoder; 30 seconds are 300 rows here."""
    pair = _pair(folder)
    stop = _tokens_of("<|eot_id|>", bos="<|begin_of_text|>")
    _language_model(pair.gguf, "llama", _LLAMA_3, lambda _writer: None, stop, seed=seed)
    writer = _projector(pair.mmproj, "ultravox", "audio")
    writer.add_audio_num_mel_bins(80)
    writer.add_audio_stack_factor(5)
    weights = _Weights(writer, seed + 1)
    weights.matrix("a.conv1d.1.weight", VIEW, 80, 3)
    weights.vector("a.conv1d.1.bias", VIEW, 1)
    weights.matrix("a.conv1d.2.weight", VIEW, VIEW, 3)
    weights.vector("a.conv1d.2.bias", VIEW, 1)
    weights.vector("a.position_embd.weight", 1500, VIEW)
    for number in range(VIEW_LAYERS):
        _view_layer(weights, f"a.blk.{number}", gate=False, norm_bias=True, key_bias=False)
    weights.norm("a.post_ln", VIEW, bias=True)
    weights.norm("mm.a.norm_pre", 5 * VIEW)
    weights.matrix("mm.a.mlp.1.weight", 128, 5 * VIEW)
    weights.norm("mm.a.norm_mid", 64)
    weights.matrix("mm.a.mlp.2.weight", N_EMBD, 64)
    _finish(writer)
    return pair


def write_smolvlm(folder: Path, *, seed: int = 0) -> Pair:
    """SmolVLM (Idefics 3): a picture is up to four slices and the whole, with marks between."""
    pair = _pair(folder)
    stop = _tokens_of("<end_of_utterance>")
    _language_model(pair.gguf, "llama", _SMOLVLM, lambda _writer: None, stop, seed=seed)
    writer = _projector(pair.mmproj, "idefics3", "vision")
    _vision_keys(writer, image=56, patch=7)
    writer.add_vision_use_gelu(True)
    writer.add_vision_projector_scale_factor(2)
    writer.add_vision_preproc_image_size(112)
    weights = _Weights(writer, seed + 1)
    _siglip(weights)
    weights.matrix("mm.model.fc.weight", N_EMBD, 4 * VIEW)
    _finish(writer)
    return pair


PAIRS: dict[str, Callable[[Path], Pair]] = {
    "qwen2.5-vl": write_qwen,
    "gemma-3": write_gemma,
    "ultravox": write_ultravox,
    "smolvlm": write_smolvlm,
}


@dataclass(frozen=True, slots=True)
class _Tokens:
    end: str
    bos: str | None


def _tokens_of(end: str, *, bos: str | None = None) -> _Tokens:
    return _Tokens(end, bos)


def _pair(folder: Path) -> Pair:
    folder.mkdir(parents=True, exist_ok=True)
    return Pair(folder / "model-f16.gguf", folder / "mmproj-model-f16.gguf")


def _language_model(
    path: Path,
    architecture: str,
    template: str,
    keys: Callable[[GGUFWriter], None],
    marks: _Tokens,
    *,
    seed: int,
) -> None:
    writer = GGUFWriter(path, architecture)
    writer.add_name(f"tiny random {architecture}")
    writer.add_license("apache-2.0")
    writer.add_languages(["en", "de"])
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(N_EMBD)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    keys(writer)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(TOKENS)
    control = {*MARKS, *SPECIAL}
    writer.add_token_types(
        [TokenType.CONTROL if token in control else TokenType.NORMAL for token in TOKENS]
    )
    writer.add_token_merges(list(PAIRS_OF_LETTERS))
    writer.add_bos_token_id(TOKENS.index(marks.bos or "<|endoftext|>"))
    writer.add_eos_token_id(TOKENS.index(marks.end))
    writer.add_add_bos_token(marks.bos is not None)
    writer.add_chat_template(template)
    _language_weights(_Weights(writer, seed), architecture)
    _finish(writer)


def _language_weights(weights: _Weights, architecture: str) -> None:
    kv = N_EMBD // HEADS * KV_HEADS
    # Gemma multiplies what it looks up by the square root of the width.
    scale = 1.0 if architecture == "gemma3" else N_EMBD**0.5
    weights.matrix("token_embd.weight", len(TOKENS), N_EMBD, scale=scale)
    weights.norm("output_norm", N_EMBD)
    weights.matrix("output.weight", len(TOKENS), N_EMBD, scale=2.0, rows=_writable())
    for number in range(LAYERS):
        at = f"blk.{number}"
        for name, width in (("attn_q", N_EMBD), ("attn_k", kv), ("attn_v", kv)):
            scale = 1.0 if name == "attn_v" or architecture == "gemma3" else 2.0
            weights.matrix(f"{at}.{name}.weight", width, N_EMBD, scale=scale)
            if architecture == "qwen2vl":
                weights.vector(f"{at}.{name}.bias", width)
        # So large that what was read tells in what is written.
        weights.matrix(f"{at}.attn_output.weight", N_EMBD, N_EMBD, scale=4.0)
        weights.norm(f"{at}.attn_norm", N_EMBD)
        weights.norm(f"{at}.ffn_norm", N_EMBD)
        if architecture == "gemma3":
            weights.norm(f"{at}.attn_q_norm", N_EMBD // HEADS)
            weights.norm(f"{at}.attn_k_norm", N_EMBD // HEADS)
            weights.norm(f"{at}.post_attention_norm", N_EMBD)
            weights.norm(f"{at}.post_ffw_norm", N_EMBD)
        for name in ("ffn_gate", "ffn_up"):
            weights.matrix(f"{at}.{name}.weight", FEED_FORWARD, N_EMBD)
        weights.matrix(f"{at}.ffn_down.weight", N_EMBD, FEED_FORWARD)


def _writable() -> NDArray[np.float32]:
    """1 for each token of printable letters alone, 0 for others: an answer that one can read."""
    marks = {*MARKS, *SPECIAL}
    return np.array(
        [token.replace("Ġ", "").isascii() and token not in marks for token in TOKENS], np.float32
    )


def _projector(path: Path, kind: str, sense: str) -> GGUFWriter:
    """The file begun, with the keys of any encoder."""
    writer = GGUFWriter(path, "clip")
    writer.add_type("mmproj")
    writer.add_clip_projector_type(kind)
    writer.add_bool(f"clip.has_{sense}_encoder", True)
    numbers = {
        "embedding_length": VIEW,
        "feed_forward_length": VIEW_FF,
        "block_count": VIEW_LAYERS,
        "attention.head_count": VIEW_HEADS,
        "projection_dim": N_EMBD,
    }
    for name, number in numbers.items():
        writer.add_uint32(f"clip.{sense}.{name}", number)
    writer.add_float32(f"clip.{sense}.attention.layer_norm_epsilon", 1e-6)
    return writer


def _vision_keys(writer: GGUFWriter, *, image: int, patch: int) -> None:
    writer.add_vision_image_size(image)
    writer.add_vision_patch_size(patch)
    writer.add_vision_image_mean([0.5, 0.5, 0.5])
    writer.add_vision_image_std([0.25, 0.25, 0.25])


def _siglip(weights: _Weights) -> None:
    """An encoder of 8 x 8 patches."""
    weights.matrix("v.patch_embd.weight", VIEW, 3, 7, 7)
    weights.vector("v.patch_embd.bias", VIEW)
    weights.vector("v.position_embd.weight", 64, VIEW)
    for number in range(VIEW_LAYERS):
        _view_layer(weights, f"v.blk.{number}", gate=False, norm_bias=True)
    weights.norm("v.post_ln", VIEW, bias=True)


def _view_layer(
    weights: _Weights, at: str, *, gate: bool, norm_bias: bool, key_bias: bool = True
) -> None:
    weights.norm(f"{at}.ln1", VIEW, bias=norm_bias)
    weights.norm(f"{at}.ln2", VIEW, bias=norm_bias)
    for name in ("attn_q", "attn_v", "attn_out"):
        weights.layer(f"{at}.{name}", VIEW, VIEW)
    weights.matrix(f"{at}.attn_k.weight", VIEW, VIEW)
    if key_bias:
        weights.vector(f"{at}.attn_k.bias", VIEW)
    weights.layer(f"{at}.ffn_up", VIEW_FF, VIEW)
    weights.layer(f"{at}.ffn_down", VIEW, VIEW_FF)
    if gate:
        weights.layer(f"{at}.ffn_gate", VIEW_FF, VIEW)


def _finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
