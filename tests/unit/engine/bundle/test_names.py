from __future__ import annotations

import pytest

from engine.bundle.importing import folder_name
from engine.bundle.names import alike, is_plain, one_line, printable


@pytest.mark.parametrize(
    "name",
    ["llm.gguf", "vision/config.json", "a/b/c.safetensors", "été.json", "-x", ".hidden/x.md"],
)
def test_plain_names(name: str) -> None:
    assert is_plain(name)


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../x", "a/../b", "a/./b", "/etc/hostname", "a//b", "a/", "a\\b", "C:x",
        "a:b", "a\0b", "a\nb", "\x1b[2J", "a*", "a?", "con", "CON.gguf", "a/nul.json", "lpt1",
        "x.", "x ", "a ./b", "\u202egpj.exe", "x" * 201,
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_are_none(name: str) -> None:
    assert not is_plain(name)


def test_names_that_differ_in_case() -> None:
    assert alike(["llm.gguf", "LLM.gguf", "x"]) == "llm.gguf"
    assert alike(["straße", "STRASSE"]) == "strasse"
    assert alike(["a", "b"]) is None


def test_printable() -> None:
    assert printable("/a  b/été/犬") == "/a  b/été/犬"
    assert printable("\x1b]0;x\x07 \u202e\u200b") == " ]0;x    "


def test_one_line() -> None:
    assert one_line("  A model\x1b[31m\nof\tmine ") == "A model [31m of mine"
    assert one_line("x" * 101) == "x" * 100 + "..."


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("Qwen2.5 VL 3B", "qwen2.5-vl-3b"),
        ("../../etc/passwd", "etc-passwd"),
        ("a/b\\c:d", "a-b-c-d"),
        ("...", "model"),
        ("", "model"),
        (".hidden", "hidden"),
        ("CON", "model-con"),
        ("nul.gguf", "model-nul.gguf"),
        ("\x1b[2J\n", "2j"),
        ("x" * 999, "x" * 80),
    ],
)
def test_names_of_folders(name: str, folder: str) -> None:
    assert folder_name(name) == folder
    assert is_plain(folder)
