"""A Llama-type language model and its tokenizer out of a GGUF file, into transformers.

transformers reads the tensors itself (`gguf_file=`), dequantizes them to float32 and undoes
llama.cpp's order of the query and key rows. Of the tokenizer it keeps the vocabulary and the
merges but not how the text is cut before merging, so that is put right here.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import ConversionError

if TYPE_CHECKING:
    from tokenizers.pre_tokenizers import PreTokenizer
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

# Letters and digits of Unicode 16, which llama.cpp's tables (Unicode 15) don't know as such.
NEWER = (
    r"\x{1C89}-\x{1C8A}\x{A7CB}-\x{A7CD}\x{A7DA}-\x{A7DC}\x{105C0}-\x{105F3}\x{10D40}-\x{10D85}"
    r"\x{10EC2}-\x{10EC4}\x{11380}-\x{113D3}\x{116D0}-\x{116E3}\x{11BC0}-\x{11BF9}"
    r"\x{13460}-\x{143FA}\x{16100}-\x{16139}\x{16D40}-\x{16D79}\x{18CFF}\x{1CCF0}-\x{1CCF9}"
    r"\x{1E5D0}-\x{1E5FA}"
)
LETTER = rf"[\p{{L}}&&[^{NEWER}]]"
NUMBER = rf"[\p{{N}}&&[^{NEWER}]]"
# GPT-2's pattern for cutting text into words.
OTHER = rf"(?:[^\s\p{{L}}\p{{N}}]|[{NEWER}])"
WORDS = rf"'s|'t|'re|'ve|'m|'ll|'d| ?{LETTER}+| ?{NUMBER}+| ?{OTHER}+|\s+(?!\S)|\s+"
# The cuts that llama.cpp makes one after the other, per `tokenizer.ggml.pre`.
CUTS = {"smollm": (NUMBER, WORDS), "gpt-2": (WORDS,)}


def read_language_model(path: Path) -> LlamaForCausalLM:
    """The model of a GGUF file, all weights float32.

    Raises:
        ConversionError: the file is missing, no GGUF, or of a kind that transformers can't read.
    """
    import torch
    from transformers import AutoModelForCausalLM

    with _quietly(path):
        model = AutoModelForCausalLM.from_pretrained(
            path.parent, gguf_file=path.name, dtype=torch.float32
        )
    # The note that these weights came from a GGUF would make transformers refuse to save them.
    del model.config.quantization_config
    return model.eval()


def read_tokenizer(path: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a GGUF file; it cuts and merges as llama.cpp does.

    Raises:
        ConversionError: the file is missing, no GGUF, or its way of cutting is not known here.
    """
    from gguf import GGUFReader
    from transformers import AutoTokenizer

    with _quietly(path):
        kind = GGUFReader(path).fields["tokenizer.ggml.pre"].contents()
        tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    if kind not in CUTS:
        raise ConversionError(
            f"{path}: its tokenizer cuts text by the rule {kind!r}, which is not known here; "
            f"known: {', '.join(CUTS)}."
        )
    tokenizer.backend_tokenizer.pre_tokenizer = _pre_tokenizer(CUTS[kind], tokenizer.get_vocab())
    return tokenizer


def _pre_tokenizer(cuts: tuple[str, ...], vocabulary: dict[str, int]) -> PreTokenizer:
    """The cuts of the text, then of bytes that no token has: both programs drop those bytes, but
    here the neighbours of a dropped one would be merged across the gap."""
    from tokenizers import Regex, pre_tokenizers

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    missing = "".join(re.escape(letter) for letter in sorted(alphabet) if letter not in vocabulary)
    steps: list[PreTokenizer] = [pre_tokenizers.Split(Regex(cut), "isolated") for cut in cuts]
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
    if missing:
        steps.append(pre_tokenizers.Split(Regex(f"[{missing}]"), "isolated"))
    return pre_tokenizers.Sequence(steps)


@contextmanager
def _quietly(path: Path) -> Iterator[None]:
    """No bars or warnings of transformers; whatever it fails on names the file."""
    try:
        # One of its bars can't be switched off; they are all drawn on standard error.
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    except (OSError, ValueError, KeyError, NotImplementedError) as error:
        raise ConversionError(f"{path} can't be read as a GGUF language model: {error}") from error
