from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

import training
from training.__main__ import COMMANDS
from training.config import load_config
from training.errors import ConfigError

CONFIGS = sorted((Path(training.__file__).parent / "configs").glob("**/*.yaml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    rate: float
    steps: int = 3
    minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    inner: Inner
    out: Path
    shares: dict[str, float] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    kind: Literal["a", "b"] = "a"
    fast: bool = False


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(
        "inner: {rate: 1e-3, minutes: 5}\nout: ~/runs\nshares: {one: 2}\nnames: [x, y]\n"
    )
    return path


def test_a_file_becomes_the_dataclass_with_the_types_it_asks_for(file: Path) -> None:
    config = load_config(Outer, file)
    assert config == Outer(
        inner=Inner(rate=0.001, minutes=5.0),  # PyYAML alone reads 1e-3 as a word
        out=Path.home() / "runs",
        shares={"one": 2.0},
        names=("x", "y"),
    )
    assert isinstance(config.inner.minutes, float)
    assert isinstance(config.shares["one"], float)


def test_overrides_reach_into_what_the_file_says(file: Path) -> None:
    words = ["inner.steps=7", "inner.minutes=null", "shares.two=0.5", "names=[z]", "fast=true"]
    config = load_config(Outer, file, words)
    assert config.inner == Inner(rate=0.001, steps=7)
    assert config.shares == {"one": 2.0, "two": 0.5}
    assert (config.names, config.fast) == (("z",), True)


def test_overrides_alone_are_enough() -> None:
    config = load_config(Outer, None, ["inner.rate=0.5", "out=here", "kind=b"])
    assert config == Outer(inner=Inner(rate=0.5), out=Path("here"), kind="b")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("speed=1", r"`speed` is not known \(known: inner, out, shares, names, kind, fast\)"),
        ("inner.rates=1", r"`inner.rates` is not known \(known: rate, steps, minutes\)"),
        ("inner.rate=quick", r"`inner.rate` must be a number, not 'quick'"),
        ("inner.rate=true", r"`inner.rate` must be a number, not True"),
        ("inner.steps=1.5", r"`inner.steps` must be a whole number, not 1.5"),
        ("inner.steps=false", r"`inner.steps` must be a whole number, not False"),
        ("fast=1", r"`fast` must be true or false, not 1"),
        ("kind=c", r"`kind` must be 'a' or 'b', not 'c'"),
        ("names=x", r"`names` must be a list, not 'x'"),
        ("names=[1]", r"`names\[0\]` must be a text, not 1"),
        ("inner=3", r"`inner` must be an object, not 3"),
        ("shares=3", r"`shares` must be an object, not 3"),
        ("shares.one=many", r"`shares.one` must be a number, not 'many'"),
        ("out=3", r"`out` must be a path, not 3"),
        ("inner", r"'inner': an override is written key=value"),
        ("out.place=x", r"'out.place=x': out is no group of keys"),
        ("names=[x", r"'names=\[x': .*can't be read"),
    ],
)
def test_a_wrong_override_is_named(file: Path, word: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(Outer, file, [word])


def test_a_missing_key_is_named_with_its_file(file: Path) -> None:
    file.write_text("inner: {rate: 1}")
    with pytest.raises(ConfigError, match=r"run\.yaml: `out` is missing"):
        load_config(Outer, file)


@pytest.mark.parametrize("text", ["inner: [", "- a\n- b", "words"])
def test_a_file_that_is_no_configuration_is_named(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"run\.yaml: "):
        load_config(Outer, file, ["out=x"])


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: the configuration can't be read"):
        load_config(Outer, tmp_path / "none.yaml")


def configuration_of(command: str) -> type[Any]:
    module, name = COMMANDS[command][2].split(":")
    kind = getattr(importlib.import_module(module), name)
    assert isinstance(kind, type)
    return kind


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_configuration_that_comes_along_is_read(path: Path) -> None:
    command = "stage" if path.stem.startswith(("stage", "further", "hearing")) else path.stem
    load_config(configuration_of(command), path)


def test_there_are_configurations() -> None:
    assert {"eyes", "align", "stage1", "stage2", "stage3"} <= {path.stem for path in CONFIGS}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_function_and_configuration(command: str) -> None:
    module, function, _, what = COMMANDS[command]
    assert callable(getattr(importlib.import_module(module), function))
    assert is_dataclass(configuration_of(command))
    assert what


def test_a_stage_begins_with_the_result_of_the_one_before() -> None:
    read: Mapping[str, Any] = {
        name: load_config(configuration_of("stage"), path)
        for path in CONFIGS
        if (name := path.stem).startswith("stage")
    }
    align = load_config(configuration_of("align"), next(p for p in CONFIGS if p.stem == "align"))
    assert read["stage1"].start == align.out
    assert read["stage2"].start == read["stage1"].out
    assert read["stage3"].start == read["stage2"].out
    assert len({stage.out for stage in read.values()}) == len(read)
    assert len({stage.mix.seed for stage in read.values()}) == len(read)  # no scene comes twice
