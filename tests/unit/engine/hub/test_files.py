"""Which files of a repository are downloaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.catalogue import Entry, RemoteFile
from engine.errors import HubError
from engine.hub.files import HubFile, choose, choose_listed


def listed(*names: str) -> list[HubFile]:
    return [HubFile(name=name, bytes=100 + n) for n, name in enumerate(names)]


def names(files: tuple[HubFile, ...]) -> list[str]:
    return [file.name for file in files]


PAIR = (
    "README.md",
    "Owl-3B-F16.gguf",
    "Owl-3B-Q4_K_M.gguf",
    "Owl-3B-Q8_0.gguf",
    "mmproj-Owl-3B-F16.gguf",
    "mmproj-Owl-3B-Q8_0.gguf",
    "config.json",
)


@pytest.mark.parametrize(
    ("wanted", "model"),
    [
        (None, "Owl-3B-Q4_K_M.gguf"),
        ("q8_0", "Owl-3B-Q8_0.gguf"),
        ("F16", "Owl-3B-F16.gguf"),
        ("Owl-3B-F16.gguf", "Owl-3B-F16.gguf"),
    ],
)
def test_a_pair_of_gguf(wanted: str | None, model: str) -> None:
    choice = choose("a/owl", listed(*PAIR), wanted)
    assert choice.kind == "gguf"
    assert names(choice.models) == [model]
    assert choice.mmproj is not None and choice.mmproj.name == "mmproj-Owl-3B-Q8_0.gguf"
    assert names(choice.files) == [model, "mmproj-Owl-3B-Q8_0.gguf"]
    assert choice.size == sum(file.bytes for file in choice.files)


def test_what_is_taken_where_the_usual_is_not_there() -> None:
    only = choose("a/b", listed("deep/x-IQ2_M.gguf", "mmproj-x-f32.gguf"), None)
    assert names(only.files) == ["deep/x-IQ2_M.gguf", "mmproj-x-f32.gguf"]
    other = choose("a/b", listed("x-F16.gguf", "x-Q8_0.gguf"), None)
    assert names(other.files) == ["x-Q8_0.gguf"] and other.mmproj is None
    folders = choose("a/b", listed("Q4_K_M/x.gguf", "BF16/x.gguf"), None)
    assert names(folders.files) == ["Q4_K_M/x.gguf"]
    smaller = listed("x.gguf", "mmproj-b.gguf", "mmproj-a.gguf")
    found = choose("a/b", smaller, None).mmproj
    assert found is not None and found.name == "mmproj-b.gguf"


def test_a_model_in_parts() -> None:
    parts = [f"x-Q4_K_M-{n:05}-of-00003.gguf" for n in (1, 2, 3)]
    choice = choose("a/b", listed(parts[2], "x-Q8_0.gguf", *parts[:2], "mmproj-x.gguf"), None)
    assert names(choice.models) == parts
    assert names(choose("a/b", listed(*parts), parts[1]).models) == parts
    with pytest.raises(HubError, match="lacks parts of x-Q4_K_M-00001-of-00003"):
        choose("a/b", listed(*parts[:2]), None)


@pytest.mark.parametrize(
    ("files", "wanted", "told"),
    [
        (("x-F16.gguf", "x-Q5_0.gguf"), None, r"no Q4_K_M \(it has: F16, Q5_0\).*a/b:QUANTIZATION"),
        (("x-F16.gguf",), "Q4_K_M", r"no Q4_K_M \(it has: F16\)"),
        (("x-F16.gguf",), "y.gguf", r"no y.gguf \(it has: F16\)"),
        (("x-Q8_0.gguf", "y-Q8_0.gguf"), None, r"2 files that fit \(it has: x-Q8_0.gguf, y-Q8_0"),
        (("mmproj-x.gguf",), None, "no language model"),
        (("pytorch_model.bin", "config.json"), None, r"as a pickle \(pytorch_model.bin\)"),
        (("deep/model.safetensors", "config.json"), None, "holds no model that can be installed"),
        (("model.safetensors", "config.json"), "Q8_0", "has no GGUF files to choose Q8_0 from"),
        (("README.md",), None, "holds no model that can be installed"),
        (("../x.gguf",), None, "which is no path in a repository"),
        (("a\\..\\x.gguf",), None, "which is no path in a repository"),
        (("/x.gguf",), None, "which is no path in a repository"),
    ],
)
def test_what_is_refused(files: tuple[str, ...], wanted: str | None, told: str) -> None:
    with pytest.raises(HubError, match=told):
        choose("a/b", listed(*files), wanted)


WHISPER = ("model.safetensors", "vocab.json", "config.json", "preprocessor_config.json")


def test_a_whisper_without_its_pickles() -> None:
    others = ("pytorch_model.bin", "flax_model.msgpack", "README.md", "onnx/config.json")
    fp32 = ("model.safetensors.index.fp32.json", "model.fp32-00001-of-00002.safetensors")
    choice = choose("a/b", listed(*WHISPER, *others, *fp32, "merges.txt"), None)
    assert choice.kind == "whisper"
    assert choice.files[0].name == "config.json"
    assert set(names(choice.files)) == {*WHISPER, "merges.txt"}


def test_a_whisper_in_parts() -> None:
    parts = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    there = (*parts, "model.safetensors.index.json", *WHISPER[1:])
    assert set(names(choose("a/b", listed(*there), None).files)) == set(there)
    with pytest.raises(HubError, match="no model that can be installed"):
        choose("a/b", listed(*parts, *WHISPER[1:]), None)


def test_a_bundle_comes_whole() -> None:
    there = ("llm.gguf", "bundle.json", "vision/config.json", "vision/model.safetensors", "card.md")
    choice = choose("a/b", listed(*there, "run.py", "x.bin"), None)
    assert choice.kind == "bundle"
    assert names(choice.files) == [
        "bundle.json", "llm.gguf", "vision/config.json", "vision/model.safetensors", "card.md",
    ]  # fmt: skip


ENTRY = Entry(
    title="Owl", purpose={}, kind="gguf", senses=("pictures",), languages=("en",), licence="",
    repository="a/owl", revision="main",
    files=(RemoteFile(name="x.gguf", sha256="1" * 64), RemoteFile(name="mmproj-x.gguf")),
)  # fmt: skip


def test_what_the_catalogue_lists() -> None:
    there = [HubFile(name="x.gguf", bytes=7, sha256="1" * 64), *listed("mmproj-x.gguf", "y.gguf")]
    choice = choose_listed(ENTRY, there)
    assert names(choice.files) == ["x.gguf", "mmproj-x.gguf"]
    assert names(choice.models) == ["x.gguf"] and choice.mmproj == choice.files[1]
    with pytest.raises(HubError, match=r"x\.gguf of a/owl is another file now; update Sightline"):
        choose_listed(ENTRY, [replace(there[0], sha256="2" * 64), *there[1:]])
    with pytest.raises(HubError, match=r"x\.gguf of a/owl is not there any more"):
        choose_listed(ENTRY, there[1:])
    whisper = replace(ENTRY, kind="whisper", files=(RemoteFile(name="model.safetensors"),))
    assert set(names(choose_listed(whisper, listed(*WHISPER)).files)) == set(WHISPER)
