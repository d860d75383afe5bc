"""A Llama with random weights and a real byte-level tokenizer, as a GGUF of half a megabyte.

Small enough to make in a moment, and real enough that llama.cpp and transformers both load it. It
writes nonsense, always the same nonsense for the same seed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

N_EMBD = 64
CONTEXT = 1024
LAYERS, HEADS, KV_HEADS, FEED_FORWARD = 2, 4, 2, 128
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MERGES = ("Ġ t", "h e", "Ġt he", "i n", "Ġ a", "Ġ o", "o g", "d og", "Ġ {", "} <", "n o", "n e")


def write_tiny_llama(
    path: Path, *, n_embd: int = N_EMBD, seed: int = 0, template: str | None = None
) -> None:
    """Write the GGUF, float32, with ChatML's turn markers in its vocabulary as SmolLM2 has them.

    `template` is the chat template inside the file; None leaves it out.
    """
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny random llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(n_embd)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(n_embd // HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    tokens = vocabulary()
    writer.add_vocab_size(len(tokens))
    _add_tokenizer(writer, tokens)
    if template is not None:
        writer.add_chat_template(template)
    for name, tensor in _weights(n_embd, len(tokens), seed).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary() -> list[str]:
    """The markers, the 256 bytes in GPT-2's printable spelling, what the merges make."""
    return [*SPECIAL, *byte_letters(), *(merge.replace(" ", "") for merge in MERGES)]


def byte_letters() -> list[str]:
    """GPT-2's letter for each byte: itself where printable, else the next free one from 256 on."""
    printable = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def _add_tokenizer(writer: GGUFWriter, tokens: list[str]) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    kinds = [TokenType.CONTROL] * len(SPECIAL) + [TokenType.NORMAL] * (len(tokens) - len(SPECIAL))
    writer.add_token_types(kinds)
    writer.add_token_merges(list(MERGES))
    writer.add_bos_token_id(SPECIAL.index("<|im_start|>"))
    writer.add_eos_token_id(SPECIAL.index("<|im_end|>"))
    writer.add_unk_token_id(SPECIAL.index("<|endoftext|>"))
    writer.add_pad_token_id(SPECIAL.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)


def _weights(n_embd: int, n_vocab: int, seed: int) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        scale = np.float32(1 / np.sqrt(columns))
        return random.standard_normal((rows, columns), dtype=np.float32) * scale

    def norm() -> NDArray[np.float32]:
        return (1 + 0.1 * random.standard_normal(n_embd)).astype(np.float32)

    kv_width = n_embd // HEADS * KV_HEADS
    weights = {
        "token_embd.weight": random.standard_normal((n_vocab, n_embd)).astype(np.float32),
        "output_norm.weight": norm(),
        "output.weight": matrix(n_vocab, n_embd),
    }
    for layer in range(LAYERS):
        weights |= {
            f"blk.{layer}.attn_norm.weight": norm(),
            f"blk.{layer}.attn_q.weight": matrix(n_embd, n_embd),
            f"blk.{layer}.attn_k.weight": matrix(kv_width, n_embd),
            f"blk.{layer}.attn_v.weight": matrix(kv_width, n_embd),
            f"blk.{layer}.attn_output.weight": matrix(n_embd, n_embd),
            f"blk.{layer}.ffn_norm.weight": norm(),
            f"blk.{layer}.ffn_gate.weight": matrix(FEED_FORWARD, n_embd),
            f"blk.{layer}.ffn_up.weight": matrix(FEED_FORWARD, n_embd),
            f"blk.{layer}.ffn_down.weight": matrix(n_embd, FEED_FORWARD),
        }
    return weights
