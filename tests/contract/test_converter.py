"""Our GGUF of a model in transformers' form is the one that llama.cpp's own converter writes.

The converter is run as it is, but for two things: its list of known tokenizers can't know one that
was made for a test, and `sentencepiece`, which it reads `tokenizer.model` with, stands in for
itself where it is not installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader

from tests.support.tiny_language import write_tiny_language
from tests.support.tiny_tokenizer import pieces
from training.convert.checkpoint import Checkpoint
from training.convert.language import write_language_model

ROOT = Path(__file__).resolve().parents[2]
LLAMA_CPP = ROOT / "build" / "llama.cpp"
SCRIPT = """
import json, sys, types
source, folder, target, cuts, pieces = sys.argv[1:]
sys.path[:0] = [source, source + "/gguf-py"]

class Processor:
    def LoadFromFile(self, path):
        self.pieces = json.loads(pieces)
    def vocab_size(self):
        return len(self.pieces)
    def IdToPiece(self, n):
        return self.pieces[n][0]
    def GetScore(self, n):
        return self.pieces[n][1]
    def IsUnknown(self, n):
        return self.pieces[n][2] == 2
    def IsControl(self, n):
        return self.pieces[n][2] == 3
    def IsUnused(self, n):
        return self.pieces[n][2] == 5
    def IsByte(self, n):
        return self.pieces[n][2] == 6

import conversion.base  # and transformers, which must not see the next line
sys.modules["sentencepiece"] = types.SimpleNamespace(SentencePieceProcessor=Processor)
conversion.base.TextModel.get_vocab_base_pre = lambda self, tokenizer: cuts
import convert_hf_to_gguf
sys.argv = ["convert", folder, "--outfile", target, "--outtype", "f16"]
convert_hf_to_gguf.main()
"""
CUTS = {"llama-3": "llama-bpe", "smollm": "smollm", "qwen2": "qwen2"}
# Of a SentencePiece vocabulary without its model the converter does not know the scores, nor that
# the model has more tokens.
APART = {"mistral": {f"tokenizer.ggml.{what}" for what in ("scores", "token_type", "tokens")}}


def theirs(folder: Path, cuts: str) -> GGUFReader:
    if not (LLAMA_CPP / "convert_hf_to_gguf.py").is_file():
        pytest.skip("llama.cpp's converter is not there; packaging/llama_tools.py unpacks it")
    target = folder.parent / "theirs.gguf"
    places = [str(LLAMA_CPP), str(folder), str(target)]
    words = [sys.executable, "-c", SCRIPT, *places, cuts, json.dumps(pieces())]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip(f"llama.cpp's converter needs more: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return GGUFReader(target)


def ours(folder: Path) -> GGUFReader:
    target = folder.parent / "ours.gguf"
    write_language_model(Checkpoint.open(folder), folder, target)
    return GGUFReader(target)


def facts(reader: GGUFReader) -> dict[str, Any]:
    return {
        name: (field.types, field.contents())
        for name, field in reader.fields.items()
        if not name.startswith("GGUF.")
    }


def tensors(reader: GGUFReader) -> dict[str, tuple[Any, bytes]]:
    return {t.name: (t.tensor_type, np.asarray(t.data).tobytes()) for t in reader.tensors}


@pytest.mark.parametrize("kind", ["llama-2", "llama-3", "smollm", "mistral", "qwen2"])
def test_tensors_and_metadata_are_equal(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / kind
    write_tiny_language(folder, kind)
    other, own = theirs(folder, CUTS.get(kind, "")), ours(folder)
    assert tensors(own) == tensors(other)
    found, expected = facts(own), facts(other)
    differ = {n for n in {*found, *expected} if found.get(n) != expected.get(n)}
    assert differ == APART.get(kind, set()), {n: (found.get(n), expected.get(n)) for n in differ}
