"""Every message there and back, and lines that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.grounding.geometry import Box
from engine.protocol import (
    AnswerThis,
    CancelRequest,
    CloseEngine,
    Command,
    Failed,
    HostEvent,
    Loading,
    PrepareFor,
    ProtocolError,
    Ready,
    Transcribed,
    TranscribeThis,
    read_command,
    read_event,
    write_line,
)
from engine.types import (
    Answer,
    AudioPart,
    BoxFound,
    EngineInfo,
    Finished,
    GroundedBox,
    ImagePart,
    Message,
    Notice,
    Progress,
    RegionPart,
    Request,
    Sampling,
    Stats,
    TextDelta,
    TextPart,
)

BOX = Box(0.1, 0.2, 0.3, 0.4)
MESSAGES = (
    Message("system", (TextPart("Be brief.\nAlways – ¡sí! 🐈"),)),
    Message(
        "user",
        (
            ImagePart(Path("a b.png")),
            AudioPart(Path("x.wav")),
            AudioPart(Path("y.wav"), growing=True),
            AudioPart(Path("z.wav"), growing=True, paused=True),
            TextPart('"hm"'),
            RegionPart(BOX, 1),
        ),
        "identify",
    ),
    Message("assistant", (TextPart("{<1><2><3><4>}"),)),
)
INFO = EngineInfo(
    name="mini",
    version="1",
    bundle=Path("/models/mini"),
    language_model="llama 135M Q4_1",
    context=4096,
    n_embd=576,
    tasks=("chat", "refer"),
    sees=True,
    device="cpu",
    sampling={"chat": Sampling(), "refer": Sampling(max_tokens=32, temperature=0.5)},
    dialect="shikra",
    hears=True,
    longest_s=30.0,
)
ANSWER = Answer(
    text="a cat",
    raw="<p>a cat</p> {<10><20><30><40>}",
    boxes=(GroundedBox(BOX, "a cat", 0, 0, 5), GroundedBox(BOX)),
    malformed=1,
    finish="length",
    error=None,
    stats=Stats(encode_ms=1.5, decode_tokens=3),
)
COMMANDS: list[Command] = [
    AnswerThis(Request("7", MESSAGES)),
    AnswerThis(Request("8", MESSAGES[:2], Sampling(temperature=1, seed=3))),
    PrepareFor(MESSAGES),
    TranscribeThis("7", Path("x y.wav")),
    CancelRequest("7"),
    CloseEngine(),
]
EVENTS: list[HostEvent] = [
    Loading("Loading the model"),
    Loading("Loading the model", 0.25),
    Ready(INFO),
    Failed("There is no model."),
    Transcribed("7", "where is the cat"),
    Transcribed("8", "", "x.wav is empty."),
    TextDelta("7", " c'é\u2028\n"),
    BoxFound("7", ANSWER.boxes[0]),
    Progress("7", "encode", 0.5),
    Notice("7", "One turn was dropped."),
    Finished("7", ANSWER),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda message: type(message).__name__)
def test_commands_there_and_back(command: Command) -> None:
    assert read_command(write_line(command)) == command


@pytest.mark.parametrize("event", EVENTS, ids=lambda message: type(message).__name__)
def test_events_there_and_back(event: HostEvent) -> None:
    assert read_event(write_line(event)) == event


@pytest.mark.parametrize("message", [*COMMANDS, *EVENTS], ids=lambda m: type(m).__name__)
def test_a_message_is_one_line_of_ascii(message: Command | HostEvent) -> None:
    line = write_line(message)
    assert line.isascii() and line.count(b"\n") == 1 and line.endswith(b"\n")


def test_the_form_of_a_line() -> None:
    assert json.loads(write_line(AnswerThis(Request("7", MESSAGES[2:])))) == {
        "do": "answer",
        "request": {
            "id": "7",
            "messages": [
                {
                    "role": "assistant",
                    "parts": [{"kind": "TextPart", "text": "{<1><2><3><4>}"}],
                    "task": "chat",
                }
            ],
            "sampling": None,
        },
    }
    assert json.loads(write_line(TextDelta("7", "a"))) == {"event": "text", "id": "7", "text": "a"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"no json\n",
        b"[]\n",
        b'{"do": "dance"}\n',
        b'{"do": []}\n',
        b'{"event": "text", "id": "7", "text": "a"}\n',
        b'{"do": "cancel"}\n',
        b'{"do": "cancel", "id": 7}\n',
        b'{"do": "cancel", "id": "7", "now": true}\n',
        b'{"do": "prepare", "messages": [{"role": "user", "parts": [{"kind": "Part"}]}]}\n',
        b'{"do": "prepare", "messages": [{"role": "user", "parts": [{"text": "a"}]}]}\n',
        b"\xff\n",
    ],
)
def test_a_line_that_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError, match="no message"):
        read_command(line)
