"""The command line with the session's two seams scripted; `tests/pipeline` has the real thing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine import cli
from engine.errors import BundleError, ResourceError
from engine.host import Answering
from tests.support.scripted_engine import ScriptedEngine

FINE, FAILED, WRONG_USAGE, NO_BUNDLE = 0, 1, 2, 3


class Runner:
    """Runs `sightline` in this process; `bundles` are those it was asked to load."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.bundles: list[Path | None] = []
        self.engines: list[ScriptedEngine] = []
        self._capsys = capsys

    def load(self, bundle: Path | None) -> Answering:
        self.bundles.append(bundle)
        self.engines.append(ScriptedEngine())
        return self.engines[-1]

    def run(self, *words: str | Path) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        try:
            code = cli.main([str(word) for word in words], load=self.load)
        except SystemExit as ended:
            code = int(ended.code or 0)
        output = self._capsys.readouterr()
        return code, output.out, output.err


@pytest.fixture
def runner(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.new("RGB", (200, 100), "white").save(path)
    return path


def test_an_answer_is_text_then_boxes(runner: Runner, picture: Path) -> None:
    assert runner.run("ask", "--image", picture, "--task", "grounding") == (
        FINE,
        "a cat on a mat.\n0.100,0.200,0.300,0.400 a cat\n0.000,0.500,1.000,0.900 a mat\n",
        "",
    )
    assert runner.bundles == [None]
    assert runner.engines[0].closed


def test_a_box_alone_can_be_given_back_as_a_region(runner: Runner, picture: Path) -> None:
    code, out, _ = runner.run("ask", "--image", picture, "[refer] the cat")
    assert (code, out) == (FINE, "0.100,0.200,0.300,0.400\n")
    code, out, _ = runner.run(
        "ask", "--image", picture, "--task", "identify", "--region", out.strip()
    )
    assert (code, out) == (FINE, "a cat\n")


def test_of_several_pictures_the_boxes_say_which(runner: Runner, picture: Path) -> None:
    _, out, _ = runner.run("ask", "--image", picture, "--image", picture, "[refer] the cat")
    assert out == "0.100,0.200,0.300,0.400 (picture 2)\n"


def test_without_a_picture_it_chats(runner: Runner, tmp_path: Path) -> None:
    assert runner.run("ask", "--bundle", tmp_path, "hello") == (FINE, "You said: hello\n", "")
    assert runner.bundles == [tmp_path]


def test_json_is_the_contracts_object(runner: Runner, picture: Path) -> None:
    code, out, err = runner.run("ask", "--image", picture, "--task", "detection", "--json", "cats")
    answer = json.loads(out)
    stats = answer.pop("stats")
    assert (code, err, out.count("\n")) == (FINE, "", 1)
    assert answer == {
        "id": None,
        "text": "cat",
        "raw": "<p>cat</p> {<10><20><30><40>}<delim>{<50><20><80><40>}",
        "boxes": [
            {"phrase": "cat", "box": [0.1, 0.2, 0.3, 0.4], "image": 0},
            {"phrase": "cat", "box": [0.5, 0.2, 0.8, 0.4], "image": 0},
        ],
        "malformed": 0,
        "finish": "stop",
        "error": None,
    }
    assert list(stats) == [
        "encode_ms",
        "prefill_tokens",
        "cached_tokens",
        "prefill_ms",
        "first_token_ms",
        "decode_tokens",
        "decode_tokens_per_s",
    ]


def test_the_picture_is_saved_with_its_boxes(runner: Runner, picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "boxes.png"
    code, _, _ = runner.run("ask", "--image", picture, "--save", target, "[refer] the cat")
    assert code == FINE
    with Image.open(target) as saved:
        assert saved.size == (200, 100) and saved.format == "PNG"
        colours = saved.convert("RGB").getcolors()
    assert colours is not None and len(colours) > 1


def test_a_target_that_can_not_be_written_is_named(
    runner: Runner, picture: Path, tmp_path: Path
) -> None:
    target = tmp_path / "absent" / "boxes.png"
    code, out, err = runner.run("ask", "--image", picture, "--save", target, "[refer] the cat")
    assert (code, out) == (FAILED, "0.100,0.200,0.300,0.400\n")
    assert str(target) in err and err.count("\n") == 1


def test_what_was_done_for_the_person_is_said_beside_the_answer(
    runner: Runner, picture: Path
) -> None:
    code, out, err = runner.run("ask", "--image", picture, "--task", "refer")
    assert (code, out) == (FINE, "0.100,0.200,0.300,0.400\n")
    assert err == 'No words were given, so "the red mug left of the laptop" was asked.\n'


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_a_request_that_fails_is_one_sentence(runner: Runner, form: list[str]) -> None:
    code, out, err = runner.run("ask", "--task", "dance", *form, "hello")
    assert code == FAILED
    assert "dance" in err and err.count("\n") == 1
    assert json.loads(out)["error"] == err.strip() if form else out == ""


def test_an_answer_that_was_cut_says_so(runner: Runner, picture: Path) -> None:
    code, out, err = runner.run("ask", "--image", picture, "[vqa] wait")
    assert (code, out) == (FINE, "1 2 3 4\n")
    assert err == "The answer reached its longest allowed length.\n"


def test_speech_is_written_down_for_a_model_without_ears(runner: Runner, picture: Path) -> None:
    assert runner.run("ask", "--audio", "where-is-it.wav") == (
        FINE,
        "You said: where is it\n",
        'Heard: "where is it"\n',
    )
    spoken = ("--audio", "where-is-it.wav", "--audio", "or-not.wav")
    _, out, err = runner.run("ask", *spoken, "please")
    assert out == "You said: where is it or not please\n"
    assert err == 'Heard: "where is it"\nHeard: "or not"\n'
    _, out, _ = runner.run("ask", "--image", picture, "--audio", "the-cat.wav", "[refer]")
    assert out == "0.100,0.200,0.300,0.400\n"


@pytest.mark.parametrize("asked", [("--task", "transcribe"), ("[asr]",)])
def test_who_asks_for_the_words_alone_gets_them(runner: Runner, asked: tuple[str, ...]) -> None:
    code, out, err = runner.run("ask", "--audio", "where-is-it.wav", *asked)
    assert (code, out, err) == (FINE, "where is it\n", "")


def test_the_whisper_can_be_named(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_WHISPER", "another")
    code, _, _ = runner.run("ask", "--whisper", tmp_path, "--audio", "where-is-it.wav")
    assert code == FINE and os.environ["SIGHTLINE_WHISPER"] == str(tmp_path)
    code, out, err = runner.run("ask", "--whisper", "absent", "--audio", "where-is-it.wav")
    assert (code, out) == (NO_BUNDLE, "") and "There is no Whisper absent" in err


@pytest.mark.parametrize(
    ("name", "told"),
    [("silence.wav", "No speech was heard in silence.wav"), ("broken.wav", "broken.wav is not a")],
)
def test_speech_that_can_not_be_written_down(runner: Runner, name: str, told: str) -> None:
    code, out, err = runner.run("ask", "--audio", name, "hello")
    assert (code, out) == (FAILED, "")
    assert err.startswith(told) and err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["ask", "--region", "1,2,3", "x"], "1,2,3"),
        (["ask", "--region", "a,b,c,d", "x"], "a,b,c,d"),
        (["ask", "--batch", "absent.jsonl"], "absent.jsonl"),
        (["ask", "--save", "x.png", "x"], "--image"),
        (["ask", "--batch", "-", "--json"], "--json"),
        (["ask", "--batch", "-", "--task", "vqa"], "--task"),
        (["ask", "one", "two"], "two"),
        (["dance"], "there is no file dance, nor a command (ask, models, bench)"),
        (["/", "absent.png"], "there is no file absent.png"),
        (["models"], "ACTION"),
        (["models", "dance"], "dance"),
    ],
)
def test_wrong_usage(runner: Runner, words: list[str], named: str) -> None:
    code, out, err = runner.run(*words)
    assert (code, out) == (WRONG_USAGE, "")
    assert named in err.splitlines()[-1]
    assert runner.bundles == []


@pytest.mark.parametrize("error", [BundleError("It is torn."), ResourceError("It is too large.")])
def test_a_bundle_that_can_not_be_used(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def load(_bundle: Path | None) -> Answering:
        raise error

    assert cli.main(["ask", "hello"], load=load) == NO_BUNDLE
    assert capsys.readouterr() == ("", f"{error}\n")


def batch(runner: Runner, path: Path, *lines: str) -> tuple[int, list[dict[str, Any]]]:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, out, err = runner.run("ask", "--batch", path)
    assert err == ""
    return code, [json.loads(line) for line in out.splitlines()]


def test_a_batch_is_answered_in_order_by_one_engine(
    runner: Runner, picture: Path, tmp_path: Path
) -> None:
    code, answers = batch(
        runner,
        tmp_path / "requests.jsonl",
        json.dumps({"id": 7, "prompt": "hello"}),
        json.dumps({"image": str(picture), "task": "refer", "prompt": "the cat", "region": None}),
        "",
        json.dumps({"id": {"a": [1]}, "image": [str(picture)] * 2, "task": "caption"}),
        json.dumps({"id": "wait", "prompt": "wait", "max_tokens": 3, "temperature": 0, "seed": 1}),
    )
    assert code == FINE and len(runner.engines) == 1
    assert [answer["id"] for answer in answers] == [7, None, {"a": [1]}, "wait"]
    assert [answer["text"] for answer in answers] == [
        "You said: hello", "", "a cat on a mat", "1 2 3 ",
    ]  # fmt: skip
    assert answers[1]["boxes"] == [{"phrase": None, "box": [0.1, 0.2, 0.3, 0.4], "image": 0}]
    assert answers[3]["finish"] == "length"


def test_a_bad_line_is_answered_by_its_error_and_the_batch_goes_on(
    runner: Runner, tmp_path: Path
) -> None:
    code, answers = batch(
        runner,
        tmp_path / "requests.jsonl",
        "{torn",
        "[1]",
        json.dumps({"id": 1, "promt": "x"}),
        json.dumps({"id": 2, "prompt": 3}),
        json.dumps({"id": 3, "region": [0, 1], "prompt": "x"}),
        json.dumps({"id": 4, "task": "dance", "prompt": "x"}),
        json.dumps({"id": 5, "prompt": "x", "temperature": -1}),
        json.dumps({"id": 6, "prompt": "hello"}),
    )
    assert code == FAILED
    assert [answer["id"] for answer in answers] == [None, None, 1, 2, 3, 4, 5, 6]
    named = ["torn", "[1]", "promt", "prompt", "region", "dance", "temperature"]
    for answer, name in zip(answers[:-1], named, strict=True):
        assert answer["finish"] == "error" and name in answer["error"]
        assert answer["error"].endswith(".") and "\n" not in answer["error"]
    assert answers[-1]["text"] == "You said: hello"


def test_a_batch_may_be_spoken(runner: Runner, tmp_path: Path) -> None:
    lines = [
        {"id": 1, "audio": "hello.wav"},
        {"id": 2, "audio": "silence.wav"},
        {"id": 3, "audio": ["hello.wav", "you.wav"], "prompt": "there"},
    ]
    path = tmp_path / "requests.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    code, out, err = runner.run("ask", "--batch", path)
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == FAILED
    assert [answer["text"] for answer in answers] == [
        "You said: hello", "", "You said: hello you there",
    ]  # fmt: skip
    assert answers[1]["error"] == "No speech was heard in silence.wav; record it again."
    assert err.splitlines() == ['Heard: "hello"', 'Heard: "hello"', 'Heard: "you"']


def test_a_batch_may_be_piped_in(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"prompt": "hello"}\n'))
    code, out, _ = runner.run("ask", "--batch", "-")
    assert code == FINE and json.loads(out)["text"] == "You said: hello"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from engine.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'llama_cpp', 'transformers', 'numpy', 'PIL', 'PySide6')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "sightline [FILE]... | sightline COMMAND ..." in done.stdout


@pytest.mark.parametrize("several", [0, 1, 2])
def test_without_a_command_the_window_opens_with_the_files(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, picture: Path, several: int
) -> None:
    started: list[list[str]] = []

    def start(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        started.append(command)
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr(subprocess, "run", start)
    files = [str(picture)] * several
    assert runner.run(*files)[0] == 5
    assert started == [[sys.executable, "-P", "-m", "app", *files]]


def test_a_file_may_be_called_like_a_command(
    runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    started: list[str] = []

    def start(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        started.append(command[-1])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", start)
    assert runner.run("models")[0] == WRONG_USAGE
    assert runner.run("./models")[0] == FINE
    assert started == ["./models"]


def test_models_are_listed_shown_and_verified(
    runner: Runner, blind_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(blind_bundle))
    code, out, _ = runner.run("models", "list")
    assert code == FINE and out.startswith("* tiny-blind  1  ") and str(blind_bundle) in out
    code, out, _ = runner.run("models", "info")
    assert code == FINE and "pictures   none\n" in out and "measured   refer.scenes: 0.0\n" in out
    code, out, _ = runner.run("models", "verify", blind_bundle)
    assert code == FINE and out.endswith(f"{blind_bundle} is whole.\n")


@pytest.mark.parametrize(
    ("fixture", "listed", "shown"),
    [
        ("blind_bundle", "MB  /", "speech     none; it is written down by a Whisper"),
        (
            "hearing_bundle",
            "MB  sees and hears  /",
            "speech     up to 8 seconds, longer is refused",
        ),
        ("words_bundle", "MB  hears  /", "speech     up to 8 seconds, longer is cut at pauses"),
    ],
)
def test_a_model_says_whether_it_hears(
    runner: Runner,
    fixture: str,
    listed: str,
    shown: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIGHTLINE_BUNDLE", str(request.getfixturevalue(fixture)))
    assert listed in runner.run("models", "list")[1]
    assert f"{shown}\n" in runner.run("models", "info")[1]


def test_a_model_that_does_not_exist_is_named(runner: Runner, blind_bundle: Path) -> None:
    code, out, err = runner.run("models", "verify", "nothing")
    assert (code, out) == (NO_BUNDLE, "")
    assert "nothing" in err
