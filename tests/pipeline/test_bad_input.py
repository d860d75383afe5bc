"""Bad input through the real command line: one clear sentence, never a traceback, nothing lost."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.command_line import Outcome, sightline
from tests.support.picture_files import ODD, REFUSED, STORED_AS, corners, save_as_stored
from tests.support.sound_files import ODD as HEARD
from tests.support.sound_files import REFUSED as UNHEARD
from tests.support.sound_files import SILENT, save, tone
from tests.support.tiny_llama import CONTEXT

FINE, FAILED, WRONG_USAGE, NO_BUNDLE = 0, 1, 2, 3


def one_sentence(text: str, *names: str) -> bool:
    """Whether the text is one line that ends as a sentence and holds all the names."""
    line = text.strip()
    return line.endswith(".") and "\n" not in line and all(name in line for name in names)


@pytest.fixture(scope="module")
def batch(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Answers by id to a batch of every bad request, with good ones before, between and after.

    Its key "" holds the command's outcome.
    """
    folder = tmp_path_factory.mktemp("pictures")
    corners().save(folder / "good.png")
    for name, (make, _) in REFUSED.items():
        make(folder / name)
    for name, make_odd in ODD.items():
        make_odd(folder / name)
    good = {"image": str(folder / "good.png"), "prompt": "what is this?", "max_tokens": 4}
    requests: list[dict[str, Any]] = [{**good, "id": "first"}]
    requests += [{**good, "id": name, "image": str(folder / name)} for name in (*REFUSED, *ODD)]
    requests += [
        {"id": "no prompt"},
        {**good, "id": "empty prompt", "prompt": "   "},
        {**good, "id": "unknown task", "task": "juggle"},
        {**good, "id": "region outside", "task": "identify", "region": [0.5, 0.5, 1.5, 0.9]},
        {**good, "id": "region reversed", "task": "identify", "region": [0.9, 0.1, 0.2, 0.5]},
        {**good, "id": "region of three", "task": "identify", "region": [0.1, 0.2, 0.3]},
        {**good, "id": "too long", "prompt": "word " * CONTEXT},
        {**good, "id": "unknown key", "promt": "x"},
        {**good, "id": "wrong type", "max_tokens": "many"},
        {**good, "id": "no tokens", "max_tokens": 0},
        {**good, "id": "cold", "temperature": -1},
        {**good, "id": "half a character", "prompt": "what is \ud83d"},
        {**good, "id": "impossible path", "image": "a\0b.png"},
        {"id": "no picture", "task": "refer", "prompt": "the dog"},
    ]
    lines = [json.dumps(request) for request in requests]
    lines += ["{not json", "[1, 2]", "null", json.dumps({**good, "id": "last"})]
    file = folder / "requests.jsonl"
    file.write_text("\n".join(lines) + "\n")
    outcome = sightline("ask", "--batch", file, bundle=tiny_bundle)
    answers = outcome.answers()
    assert len(answers) == len(lines)
    asked = [request["id"] for request in requests]
    assert [answer["id"] for answer in answers] == [*asked, None, None, None, "last"]
    return {**{answer["id"]: answer for answer in answers}, "": outcome, "lines": answers[-4:-1]}


@pytest.fixture(scope="module")
def spoken(hearing_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Answers by id to a batch of every bad recording, with good ones before, between and after.

    Its key "" holds the command's outcome.
    """
    folder = tmp_path_factory.mktemp("recordings")
    corners().save(folder / "good.png")
    for name, (make, _) in (*SILENT.items(), *UNHEARD.items()):
        make(folder / name)
    for name, make_odd in HEARD.items():
        make_odd(folder / name)
    save(folder / "good.wav", tone(2.0))
    good = {"image": str(folder / "good.png"), "audio": str(folder / "good.wav"), "max_tokens": 4}
    lines: list[dict[str, Any]] = [{**good, "id": "first"}]
    odd = (*UNHEARD, *SILENT, *HEARD)
    lines += [{**good, "id": name, "audio": str(folder / name)} for name in odd]
    lines.append({**good, "id": "two", "audio": [str(folder / "good.wav")] * 2, "prompt": "so?"})
    lines.append({**good, "id": "one of two", "audio": [good["audio"], "absent.wav"]})
    lines.append({"id": "no recording", "task": "transcribe"})
    lines.append({**good, "id": "last"})
    stdin = "\n".join(map(json.dumps, lines))
    outcome = sightline("ask", "--batch", "-", bundle=hearing_bundle, stdin=stdin)
    answers = outcome.answers()
    assert [answer["id"] for answer in answers] == [line["id"] for line in lines]
    return {**{answer["id"]: answer for answer in answers}, "": outcome}


def refused(answer: dict[str, Any], *names: str) -> bool:
    return answer["finish"] == "error" and one_sentence(answer["error"], *names)


def test_batch_goes_on_and_says_that_something_failed(batch: dict[str, Any]) -> None:
    assert batch[""].code == FAILED
    for name in ("first", "last"):
        assert batch[name]["error"] is None
        assert batch[name]["raw"] == batch["first"]["raw"]
    # The picture of the first question is not computed again for the last.
    assert batch["last"]["stats"]["prefill_tokens"] <= batch["first"]["stats"]["prefill_tokens"]


@pytest.mark.parametrize("name", REFUSED)
def test_picture_refused(batch: dict[str, Any], name: str) -> None:
    assert refused(batch[name], name, REFUSED[name][1])


@pytest.mark.parametrize("name", ODD)
def test_odd_picture_is_answered(batch: dict[str, Any], name: str) -> None:
    assert batch[name]["error"] is None
    assert batch[name]["finish"] in ("stop", "length")


def test_a_batch_of_recordings_goes_on(spoken: dict[str, Any]) -> None:
    assert spoken[""].code == FAILED
    for name in ("first", "last", "two"):
        assert spoken[name]["error"] is None
        assert spoken[name]["finish"] in ("stop", "length")
    assert spoken["last"]["raw"] == spoken["first"]["raw"]
    assert spoken["last"]["stats"]["prefill_tokens"] <= spoken["first"]["stats"]["prefill_tokens"]


@pytest.mark.parametrize("name", [*UNHEARD, *SILENT])
def test_recording_refused(spoken: dict[str, Any], name: str) -> None:
    assert refused(spoken[name], name, {**UNHEARD, **SILENT}[name][1])


@pytest.mark.parametrize("name", HEARD)
def test_odd_recording_is_answered(spoken: dict[str, Any], name: str) -> None:
    assert spoken[name]["error"] is None
    assert spoken[name]["finish"] in ("stop", "length")


def test_a_missing_recording_among_good_ones(spoken: dict[str, Any]) -> None:
    assert refused(spoken["one of two"], "absent.wav")
    assert refused(spoken["no recording"], "needs a recording")


def test_single_question_about_a_broken_recording(hearing_bundle: Path, tmp_path: Path) -> None:
    recording = tmp_path / "letter.wav"
    recording.write_text("Dear aunt")
    outcome = sightline("ask", "--audio", recording, bundle=hearing_bundle)
    assert said_alone(outcome, FAILED, str(recording), "is not a recording"), outcome
    assert len(outcome.errors) == 1


def test_a_recording_for_a_model_that_neither_hears_nor_writes_down(
    blind_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_WHISPER", str(tmp_path))
    recording = save(tmp_path / "good.wav", tone(1.0))
    outcome = sightline("ask", "--audio", recording, bundle=blind_bundle)
    assert said_alone(outcome, FAILED, str(tmp_path), "holds no Whisper"), outcome


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("no prompt", "empty"),
        ("empty prompt", "empty"),
        ("unknown task", "juggle"),
        ("region outside", "1.5"),
        ("region reversed", "0.9"),
        ("region of three", "region"),
        ("too long", "too many"),
        ("unknown key", "promt"),
        ("wrong type", "many"),
        ("no tokens", "max_tokens"),
        ("cold", "temperature"),
        ("half a character", "U+D83D"),
        ("impossible path", "can't be opened"),
        ("no picture", "picture"),
    ],
)
def test_request_refused(batch: dict[str, Any], name: str, named: str) -> None:
    assert refused(batch[name], named)


def test_lines_that_are_no_requests(batch: dict[str, Any]) -> None:
    assert all(refused(answer) for answer in batch["lines"])


def said_alone(outcome: Outcome, code: int, *names: str) -> bool:
    """Nothing on standard output; the last line on standard error is the sentence."""
    return (
        (outcome.code, outcome.output) == (code, "")
        and bool(outcome.errors)
        and one_sentence(outcome.errors[-1], *names)
    )


def test_single_question_about_a_broken_picture(tiny_bundle: Path, tmp_path: Path) -> None:
    picture = tmp_path / "letter.png"
    picture.write_text("Dear aunt")
    outcome = sightline("ask", "--image", picture, "what is this?", bundle=tiny_bundle)
    assert said_alone(outcome, FAILED, str(picture), "is not a picture"), outcome
    assert len(outcome.errors) == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--region", "1,2,3", "x"], "1,2,3"),
        (["--task", "juggle", "x"], "juggle"),
        (["--flavour", "x"], "--flavour"),
        (["--batch", "absent.jsonl"], "absent.jsonl"),
    ],
)
def test_wrong_usage(blind_bundle: Path, words: list[str], named: str) -> None:
    outcome = sightline("ask", *words, bundle=blind_bundle)
    assert outcome.code in (FAILED, WRONG_USAGE)
    assert outcome.output == ""
    assert named in outcome.errors[-1]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip_last_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def change_manifest(folder: Path, **values: object) -> None:
    path = folder / "bundle.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


BREAK: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing file": (lambda folder: (folder / "llm.gguf").unlink(), "llm.gguf is missing"),
    "truncated file": (lambda folder: cut(folder / "llm.gguf"), "llm.gguf is cut short"),
    "changed file": (
        lambda folder: flip_last_bit(folder / "projector.safetensors"),
        "projector.safetensors was changed",
    ),
    "newer schema": (lambda folder: change_manifest(folder, schema=2), "update Sightline"),
    "other width": (lambda folder: change_manifest(folder, n_embd=65), "`n_embd`"),
    "no manifest": (lambda folder: (folder / "bundle.json").unlink(), "no bundle.json"),
    "no JSON": (lambda folder: cut(folder / "bundle.json"), "not valid JSON"),
    "no folder": (shutil.rmtree, "no bundle folder"),
}


@pytest.mark.parametrize("kind", BREAK)
def test_bundle_that_can_not_be_used(tiny_bundle: Path, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(tiny_bundle, folder)
    break_it, named = BREAK[kind]
    break_it(folder)
    outcome = sightline("ask", "--bundle", folder, "hello", bundle=tiny_bundle)
    assert said_alone(outcome, NO_BUNDLE, named), outcome


def reseal(folder: Path) -> None:
    """Puts a changed `llm.gguf` into the manifest, as whoever packed the bundle would have."""
    content = (folder / "llm.gguf").read_bytes()
    files = json.loads((folder / "bundle.json").read_text())["files"]
    files["llm.gguf"] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change_manifest(folder, files=files)


def test_language_model_that_is_none(blind_bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(blind_bundle, folder)
    (folder / "llm.gguf").write_text("Dear aunt")
    reseal(folder)
    outcome = sightline("ask", "--bundle", folder, "hello", bundle=blind_bundle)
    assert said_alone(outcome, NO_BUNDLE, "llm.gguf"), outcome


def test_language_model_without_its_weights(blind_bundle: Path, tmp_path: Path) -> None:
    """The header is whole and agrees with the manifest; only llama.cpp finds out."""
    folder = tmp_path / "bundle"
    shutil.copytree(blind_bundle, folder)
    content = (folder / "llm.gguf").read_bytes()
    (folder / "llm.gguf").write_bytes(content[: len(content) // 2])
    reseal(folder)
    outcome = sightline("ask", "--bundle", folder, "hello", bundle=blind_bundle)
    assert said_alone(outcome, NO_BUNDLE, "llm.gguf"), outcome


def test_boxes_land_where_the_person_sees_them(tiny_bundle: Path, tmp_path: Path) -> None:
    """A rotated file and its upright twin: the same question has the same boxes and drawing."""
    upright = Image.effect_noise((90, 50), 90).convert("RGB")
    lines = []
    for orientation in STORED_AS:
        path = tmp_path / f"{orientation}.png"
        save_as_stored(path, upright, orientation=orientation, form="PNG")
        request = {"id": orientation, "image": str(path), "task": "refer", "prompt": "the dog"}
        lines.append(json.dumps(request))
    outcome = sightline("ask", "--batch", "-", bundle=tiny_bundle, stdin="\n".join(lines))
    answers = outcome.answers()
    assert [answer["id"] for answer in answers] == list(STORED_AS)
    assert [answer["error"] for answer in answers] == [None] * len(STORED_AS)
    assert len({json.dumps([answer["raw"], answer["boxes"]]) for answer in answers}) == 1


def test_drawing_is_upright(tiny_bundle: Path, tmp_path: Path) -> None:
    upright = Image.effect_noise((90, 50), 90).convert("RGB")
    path, target = tmp_path / "camera.png", tmp_path / "drawn.png"
    save_as_stored(path, upright, orientation=6, form="PNG")
    asked = ("ask", "--image", path, "--task", "refer", "the dog")
    outcome = sightline(*asked, "--save", target, bundle=tiny_bundle)
    assert outcome.code == FINE, outcome
    drawn = Image.open(target)
    assert drawn.size == upright.size
    # All but the lines of the box is as it was.
    same = np.asarray(drawn.convert("RGB")) == np.asarray(upright)
    assert same.mean() > 0.7
