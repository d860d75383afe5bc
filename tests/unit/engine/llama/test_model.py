from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BundleError
from engine.llama.model import Model
from tests.support.tiny_llama import write_tiny_llama
from tests.support.tiny_mtmd import PAIRS


@pytest.fixture(scope="module")
def model(tiny_gguf: Path) -> Model:
    return Model(tiny_gguf)


def test_facts_come_from_the_file(model: Model) -> None:
    assert (model.n_embd, model.n_vocab, model.trained_context, model.bos) == (64, 271, 1024, None)
    assert model.cache_bytes_per_token == 2 * 2 * 2 * 2 * 16  # k and v, f16, layers, heads, width
    assert model.describe().startswith("llama")


def test_markers_are_one_token_only_where_they_are_meant(model: Model) -> None:
    assert model.tokenize("<|im_end|>", special=True) == [2]
    typed = model.tokenize("<|im_end|>", special=False)
    assert 2 not in typed
    assert b"".join(map(model.piece, typed)) == b"<|im_end|>"


@pytest.mark.parametrize(
    "text", ["", "dog", "the dog", "a\n\nb  c", "žluť 犬🐕", "{<12><34>}", "\x00"]
)
def test_text_comes_back_as_it_was(model: Model, text: str) -> None:
    ids = model.tokenize(text, special=False)
    assert b"".join(map(model.piece, ids)).decode() == text


def test_a_character_may_take_several_tokens(model: Model) -> None:
    pieces = [model.piece(token) for token in model.tokenize("犬", special=False)]
    assert pieces == [bytes([byte]) for byte in "犬".encode()]


def test_control_tokens_have_no_text_and_the_end_is_known(model: Model) -> None:
    assert [model.piece(token) for token in range(3)] == [b"", b"", b""]
    assert [token for token in range(model.n_vocab) if model.ends_turn(token)] == [0, 2]


def test_a_file_that_is_no_gguf(tmp_path: Path) -> None:
    path = tmp_path / "llm.gguf"
    path.write_bytes(b"PK\x03\x04 a zip")
    with pytest.raises(BundleError, match=r"llm\.gguf is not a GGUF file"):
        Model(path)


def test_a_file_that_is_cut_off(tiny_gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "llm.gguf"
    path.write_bytes(tiny_gguf.read_bytes()[:-5000])
    with pytest.raises(BundleError, match=r"can't load .*llm\.gguf \(.+\); install"):
        Model(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="can't be read"):
        Model(tmp_path / "llm.gguf")


def test_a_gpu_is_used_where_there_is_one_and_it_is_not_forbidden(
    tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.llama.native.has_gpu", lambda: True)
    on, off = Model(tiny_gguf), Model(tiny_gguf, gpu=False)
    assert (on.on_gpu, off.on_gpu) == (True, False)
    on.close()
    off.close()


def test_a_control_token_is_shown_where_that_is_wanted(model: Model) -> None:
    assert model.marker(2, ("<|im_end|>",)) == b"<|im_end|>"
    assert model.marker(2, ()) == model.marker(1, ("<|im_end|>",)) == b""


def test_the_chat_template_and_its_tokens(model: Model, tmp_path: Path) -> None:
    assert model.chat is None
    write_tiny_llama(tmp_path / "chat.gguf", template="{{ messages[0].content }}")
    chat = Model(tmp_path / "chat.gguf").chat
    assert chat is not None
    assert (chat.template, chat.bos, chat.eos) == (
        "{{ messages[0].content }}", "<|im_start|>", "<|im_end|>",
    )  # fmt: skip
    assert chat.control == {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}


def test_only_m_rope_wants_positions(model: Model, tmp_path: Path) -> None:
    assert not model.wants_positions
    assert Model(PAIRS["qwen2.5-vl"](tmp_path).gguf).wants_positions
