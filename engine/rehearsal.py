"""A bundle loaded and asked once, in a process of its own that it may take with it when it goes.

Nobody can tell from a file's header whether llama.cpp gets through all of it. What ends this
process would have ended the answer of a person's first question.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
from PIL import Image

from engine.client import ClientEvent, EngineClient, Lost, host_command
from engine.errors import BundleError
from engine.media.audio import RATE
from engine.protocol import Failed, Ready
from engine.types import (
    AudioPart,
    EngineInfo,
    Finished,
    ImagePart,
    Message,
    Part,
    Request,
    Sampling,
    TextPart,
)

_PIXELS = (96, 64)
SILENCE_S = 600.0
"""How long a process may say nothing: the largest model loads and sees within that."""


def rehearse(path: Path) -> None:
    """Loads the bundle at `path` and asks it with each of its senses.

    Raises BundleError with what its process says, or how that went.
    """
    heard: SimpleQueue[ClientEvent] = SimpleQueue()
    client = EngineClient(host_command(path), heard.put)
    client.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            ready = _until(heard, path)
            assert isinstance(ready, Ready)
            for number, part in enumerate(_parts(ready.info, Path(folder))):
                asked = (Message("user", (part, TextPart("What is this?"))),)
                client.ask(Request(str(number), asked, Sampling(max_tokens=1)))
                _until(heard, path)
    finally:
        client.close()


def _until(heard: SimpleQueue[ClientEvent], path: Path) -> Ready | Finished:
    """The next event that ends something; the error it may carry is raised."""
    while True:
        try:
            event = heard.get(timeout=SILENCE_S)
        except Empty:
            raise BundleError(
                f"{path} can't be loaded: llama.cpp said nothing for {SILENCE_S / 60:g} minutes; "
                "get its files again, or choose another model."
            ) from None
        match event:
            case Failed(error) | Lost(error):
                raise BundleError(f"{path} can't be loaded: {error}")
            case Finished(_, answer) as finished:
                if answer.error is not None:
                    raise BundleError(f"{path} can't answer: {answer.error}")
                return finished
            case Ready() as ready:
                return ready


def _parts(info: EngineInfo, folder: Path) -> list[Part]:
    """Something to see and something to hear, for a model that can."""
    parts: list[Part] = []
    if info.sees:
        picture = folder / "picture.png"
        Image.effect_noise(_PIXELS, 90).convert("RGB").save(picture)
        parts.append(ImagePart(picture))
    if info.hears:
        import soundfile

        recording = folder / "recording.wav"
        noise = np.random.default_rng(0).normal(0, 0.1, 2 * RATE)
        soundfile.write(recording, noise, RATE)
        parts.append(AudioPart(recording))
    return parts or [TextPart("Hello.")]
