"""`sightline models install` in a process of its own: killed, stopped, slow, behind a proxy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.bundle import Bundle
from engine.hub.progress import Done, Failed, Progress, from_line
from tests.support.command_line import sightline
from tests.support.hub_models import MODEL, contents, owl
from tests.support.hub_server import COMMIT, HubServer, serving

EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"
SPEECH, CAT = EXAMPLES / "question.ogg", EXAMPLES / "cat.jpg"
# As the program starts, but for what keeps it on this machine.
_PROGRAM = (
    "import sys; from tests.support.only_here import allow_only_here; allow_only_here(); "
    "from engine.cli import main; sys.exit(main(sys.argv[1:]))"
)
_LIMIT_S = 180
_BLOCK = 4096  # bytes that the server gives at once
_BLOCKS = 20  # that come before it is stopped


@pytest.fixture
def server() -> Iterator[HubServer]:
    with serving(HubServer({"a/owl": owl()})) as hub:
        yield hub


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextmanager
def installing(
    data: Path, environment: Mapping[str, str], *words: str, name: str = "a/owl"
) -> Iterator[subprocess.Popen[str]]:
    """`sightline models install NAME --json` with these words more and this environment."""
    command = ["models", "install", name, "--json", *words]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("HF_", "HUGGING"))
    }
    own = {"XDG_DATA_HOME": str(data), "HF_HOME": str(data / "hf"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=kept | own | dict(environment),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> tuple[int, list[object]]:
    """The exit code and every line; a traceback fails."""
    out, err = process.communicate(timeout=_LIMIT_S)
    assert "Traceback" not in err, err
    return process.returncode, [from_line(line) for line in out.splitlines()]


def here(server: HubServer) -> dict[str, str]:
    return {"HF_ENDPOINT": server.address}


def kept(data: Path) -> Path:
    return data / "sightline" / "models" / ".downloads" / "owl" / COMMIT / f"{MODEL}.part"


def wait_for(part: Path, size: int, process: subprocess.Popen[str]) -> None:
    """Returns when the file has the size."""
    end = time.monotonic() + _LIMIT_S
    while not part.exists() or part.stat().st_size < size:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"{part} did not reach {size} bytes"
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_is_interrupted_is_gone_on_with(
    server: HubServer, data: Path, how: signal.Signals
) -> None:
    came = _BLOCKS * _BLOCK
    server.gate = threading.Semaphore(_BLOCKS)
    with installing(data, here(server)) as process:
        wait_for(kept(data), came, process)
        process.send_signal(how)
        code, lines = finish(process)
    if how == signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == 1
        assert isinstance(lines[-1], Failed) and lines[-1].error.startswith("Stopped; what was")
    assert kept(data).stat().st_size == came
    assert not (data / "sightline" / "models" / "owl").exists()

    server.gate.release(1 << 20)
    with installing(data, here(server)) as process:
        code, lines = finish(process)
    assert code == 0
    assert lines[-1] == Done(data / "sightline" / "models" / "owl", "owl")
    size = len(server.files["a/owl"][MODEL])
    # The first answer is recorded when its connection is found to be closed, maybe only now.
    later = [sent for sent in server.sent(MODEL) if sent[0] is not None]
    assert later == [(f"bytes={came}-", size - came)]
    whole = [one for one in server.asked if one.path.endswith(MODEL) and one.range is None]
    assert len(whole) <= 2  # the first try's: at the hub, and at the store that it names
    begun = next(one for one in lines if isinstance(one, Progress) and one.stage == "download")
    assert begun.done == came
    bundle = Bundle.open(data / "sightline" / "models" / "owl")
    assert bundle.language_model.read_bytes() == server.files["a/owl"][MODEL]


def test_a_slow_hub_is_told_of_while_it_gives(server: HubServer, data: Path) -> None:
    server.gate = threading.Semaphore(0)
    told: list[object] = []
    size = len(server.files["a/owl"][MODEL])
    with installing(data, here(server)) as process:
        out = process.stdout
        assert out is not None
        reader = threading.Thread(target=lambda: told.extend(map(from_line, out)))
        reader.start()
        # A fifth of a second after the beginning the next block brings a line, whenever that is.
        for came in range(_BLOCK, size, _BLOCK):
            server.gate.release()
            wait_for(kept(data), came, process)
            time.sleep(0.05)
            if any(isinstance(one, Progress) and one.rate for one in told):
                break
        part = next(one for one in told if isinstance(one, Progress) and one.rate)
        assert part.stage == "download" and part.file == MODEL
        assert 0 < part.done < part.total and part.left_s
        server.gate.release(1 << 20)
        assert process.wait(_LIMIT_S) == 0
        reader.join()
    assert isinstance(told[-1], Done)


def test_a_proxy_of_the_environment_is_used(server: HubServer, data: Path) -> None:
    # Port 9 has no hub: what comes is what the proxy, which is our server, was asked for.
    away = {"HF_ENDPOINT": "http://127.0.0.1:9", "HTTP_PROXY": server.address, "NO_PROXY": ""}
    with installing(data, away) as process:
        code, lines = finish(process)
    assert (code, lines[-1]) == (0, Done(data / "sightline" / "models" / "owl", "owl"))
    asked = [request.path for request in server.asked]
    assert asked[0] == "http://127.0.0.1:9/api/models/a/owl?blobs=true"
    assert f"http://127.0.0.1:9/a/owl/resolve/{COMMIT}/{MODEL}" in asked


def test_the_token_goes_to_the_hub_alone(server: HubServer, data: Path) -> None:
    server.private.add("a/owl")
    with installing(data, here(server) | {"HF_TOKEN": "good"}) as process:
        code, _ = finish(process)
    assert code == 0
    assert {request.authorization for request in server.asked} == {"Bearer good"}


def test_an_installed_model_answers_about_a_picture(server: HubServer, data: Path) -> None:
    with installing(data, here(server)) as process:
        code, lines = finish(process)
    assert code == 0 and isinstance(lines[-1], Done)
    asked = ("ask", "--image", CAT, "--json", "what is there?")
    (answer,) = sightline(*asked, bundle=lines[-1].installed).answers()
    assert answer["error"] is None and answer["finish"] in ("stop", "length")
    assert answer["stats"]["prefill_tokens"] > 0


def test_an_installed_whisper_writes_down(server: HubServer, data: Path, whisper: Path) -> None:
    from engine.media.audio import read_audio
    from engine.models.transcriber import Transcriber

    server.files["a/whisper-x"] = {**contents(whisper), "pytorch_model.bin": b"a pickle"}
    with installing(data, here(server), name="a/whisper-x") as process:
        code, lines = finish(process)
    assert code == 0 and isinstance(lines[-1], Done)
    assert server.sent("pytorch_model.bin") == []
    assert "red apple" in Transcriber.load(lines[-1].installed).transcribe(read_audio(SPEECH))


@pytest.mark.parametrize(
    ("words", "environment"),
    [(("--offline",), {}), ((), {"HF_HUB_OFFLINE": "1"})],
)
def test_offline_asks_nothing(
    server: HubServer, data: Path, words: tuple[str, ...], environment: dict[str, str]
) -> None:
    with installing(data, here(server) | environment, *words) as process:
        code, lines = finish(process)
    assert code == 1 and server.asked == []
    (failed,) = lines
    assert isinstance(failed, Failed) and "forbids" in failed.error


def test_nothing_of_the_hub_is_loaded_by_other_commands(data: Path) -> None:
    program = (
        "import sys; from engine.cli import main; "
        "main(['models', 'catalogue']); main(['models', 'list']); "
        "import json; print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "XDG_DATA_HOME": str(data)},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=True,
    )
    loaded = json.loads(done.stdout.splitlines()[-1])
    heavy = {"huggingface_hub", "httpx2", "torch", "transformers", "llama_cpp"}
    assert not heavy & {name.partition(".")[0] for name in loaded}
