from __future__ import annotations

from pathlib import Path

import pytest

from engine.bundle import Bundle
from engine.engine import Engine
from engine.errors import EngineError, InputError
from engine.types import Finished, Message, Request, TextPart
from tests.support.tiny_edition import keep_tiny_base, write_tiny_edition, write_tiny_lora
from training.convert.bundle import BuildConfig, build, main, model_hash
from training.errors import ConversionError


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildConfig:
    keep_tiny_base(tmp_path / "parts", monkeypatch)
    write_tiny_edition(tmp_path / "edition")
    (tmp_path / "edition" / "evaluation.json").write_text("{}")
    return BuildConfig(edition=tmp_path / "edition", out=tmp_path / "build" / "tiny")


def test_the_bundle_answers(config: BuildConfig) -> None:
    bundle = build(config)
    assert bundle.path == config.out
    assert {"llm.gguf", "origin.json", "evaluation.json"} == set(bundle.manifest.files)
    with Engine.load(config.out) as engine:
        question = Request("1", (Message("user", (TextPart("hello"),)),))
        *_, last = engine.answer(question)
    assert isinstance(last, Finished)
    assert last.answer.error is None
    assert last.answer.stats.decode_tokens > 0


def test_what_has_not_changed_is_kept(config: BuildConfig) -> None:
    build(config)
    marked = config.out / "llm.gguf"
    before = marked.stat().st_ino
    build(config)
    (config.edition / "README.md").write_text("A card changes nothing.")
    build(config)
    assert marked.stat().st_ino == before
    write_tiny_lora(config.edition, seed=1)
    (config.edition / "lora.json").unlink()
    build(config)
    assert marked.stat().st_ino != before


def test_a_damaged_bundle_is_made_again(config: BuildConfig) -> None:
    build(config)
    (config.out / "llm.gguf").write_bytes(b"GGUF")
    build(config)
    Bundle.open(config.out)


def test_only_what_answers_is_in_the_hash(config: BuildConfig, tmp_path: Path) -> None:
    first = build(config)
    (config.edition / "evaluation.json").write_text('{"measured": true}')
    second = build(config)
    assert first.manifest.files != second.manifest.files
    assert model_hash(first) == model_hash(second)
    coarse = build(BuildConfig(edition=config.edition, out=tmp_path / "q4", quantization="Q4_1"))
    assert model_hash(coarse) != model_hash(first)


def test_a_failure_leaves_the_old_bundle_and_no_litter(config: BuildConfig) -> None:
    build(config)
    (config.edition / "lora.safetensors").unlink()
    with pytest.raises(ConversionError, match=r"lora\.safetensors"):
        build(config)
    Bundle.open(config.out)
    assert [path.name for path in config.out.parent.iterdir()] == ["tiny"]


@pytest.mark.parametrize("kind", ["F16", "Q8_0", "Q5_1", "Q4_K_M", "Q4_1"])
def test_every_kind_loads(config: BuildConfig, tmp_path: Path, kind: str) -> None:
    out = tmp_path / kind
    build(BuildConfig(edition=config.edition, out=out, quantization=kind))
    Engine.load(out).close()


def test_an_unknown_kind_is_answered_with_the_known_ones(config: BuildConfig) -> None:
    wrong = BuildConfig(edition=config.edition, out=config.out, quantization="Q1")
    with pytest.raises(InputError, match="Q8_0"):
        build(wrong)


def test_a_folder_without_trained_parts_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="holds no trained parts"):
        build(BuildConfig(edition=tmp_path, out=tmp_path / "out"))


def test_widths_that_do_not_match_are_refused(config: BuildConfig) -> None:
    facts = config.edition / "edition.json"
    facts.write_text(facts.read_text().replace('"n_embd": 64', '"n_embd": 65'))
    with pytest.raises(EngineError, match="n_embd"):
        build(config)
    assert not config.out.exists()


def test_the_command_says_what_it_made(
    config: BuildConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    main(config)
    assert f"{config.out}: tiny 1" in capsys.readouterr().err
