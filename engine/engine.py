"""A loaded model bundle that answers: the front door of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from engine.asking import sampling_of
from engine.bundle import Bundle
from engine.media.audio import read_audio
from engine.projected import projected_encoder
from engine.prompt.tasks import TASKS, Task
from engine.seams import Cancelled, MediaEncoder, never
from engine.senses import Senses
from engine.session import Session
from engine.shelf import best_whisper
from engine.types import AS_IT_SUITS, EngineInfo, Event, LoadOptions, Message, Request

if TYPE_CHECKING:
    from engine.llama.decoder import LlamaDecoder
    from engine.models.transcriber import Transcriber

# Shares of the time that loading takes, by watching it: files checked, language model loaded.
_CHECKED, _READS = 0.1, 0.5


def _unheard(_done: float) -> None:
    """For who does not want to know how far it is."""


class Engine:
    """A bundle in memory. One request at a time; `close` gives the memory back.

    Made by `load`. Usable in a `with`.
    """

    def __init__(
        self,
        bundle: Bundle,
        decoder: LlamaDecoder,
        senses: MediaEncoder,
        *,
        device: str,
        options: LoadOptions = AS_IT_SUITS,
        tasks: Mapping[str, Task] = TASKS,
    ) -> None:
        self.info = _info(bundle, decoder, device=device, tasks=tasks)
        self._decoder = decoder
        self._options = options
        self._transcriber: Transcriber | None = None
        self._session = Session(decoder, senses, manifest=bundle.manifest, tasks=tasks)

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        options: LoadOptions = AS_IT_SUITS,
        tasks: Mapping[str, Task] = TASKS,
        told: Callable[[float], None] = _unheard,
    ) -> Engine:
        """The bundle in the folder `path`, checked, put on the machine and warmed up.

        `told` hears the share done, 0..1, from time to time, on the caller's thread. Raises
        BundleError where the bundle can't be used and ResourceError where memory runs out.
        """
        bundle = Bundle.open(path)
        told(_CHECKED)
        # The libraries of the two sides take seconds to load and wait for the disk: side by side.
        with ThreadPoolExecutor(1) as beside:
            looking = beside.submit(_load_senses, bundle, options)
            decoder = _load_decoder(bundle, options)
            told(_READS)
            try:
                senses, device = looking.result()
            except BaseException:
                decoder.close()
                raise
        if decoder.senses is not None:
            senses = projected_encoder(bundle, decoder.senses)
            device = "gpu" if decoder.model.on_gpu else "cpu"
        return cls(bundle, decoder, senses, device=device, options=options, tasks=tasks)

    def answer(self, request: Request, cancelled: Cancelled = never) -> Iterator[Event]:
        """The events of a request, ending in `Finished`; see `Session.answer`."""
        return self._session.answer(request, cancelled)

    def prepare(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Computes ahead what a coming question will need; see `Session.prepare`."""
        self._session.prepare(messages, cancelled)

    def transcribe(self, path: Path) -> str:
        """What is said in a recording, "" where nobody speaks, whether the model hears or not.

        By a Whisper, which is loaded when it is first asked. Raises InputError for what is no
        usable recording and BundleError where there is no Whisper.
        """
        samples = read_audio(path)
        if self._transcriber is None:
            from engine.models.transcriber import Transcriber

            folder = self._options.whisper or best_whisper()
            self._transcriber = Transcriber.load(folder, device=self._options.device)
        return self._transcriber.transcribe(samples)

    @property
    def cache_bytes(self) -> int:
        """What the language model's keys and values take when the context is full."""
        return self._decoder.n_ctx * self._decoder.model.cache_bytes_per_token

    def close(self) -> None:
        """Gives the memory back; the engine is of no use from then on."""
        self._decoder.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _load_decoder(bundle: Bundle, options: LoadOptions) -> LlamaDecoder:
    from engine.llama.decoder import LlamaDecoder

    own = bundle.manifest.context
    return LlamaDecoder(
        bundle.language_model,
        n_ctx=min(own, options.context or own),
        threads=options.threads,
        gpu=options.device != "cpu",
        mmproj=bundle.mmproj if bundle.manifest.mmproj else None,
    )


def _load_senses(bundle: Bundle, options: LoadOptions) -> tuple[MediaEncoder, str]:
    """The eyes and ears of its own that the bundle has, and the device that they run on."""
    manifest, device = bundle.manifest, options.device
    eyes, ears = None, None
    if manifest.vision is not None:
        from engine.models.eyes import Eyes

        eyes = Eyes.load(bundle.path, manifest, device=device)
    if manifest.speech is not None:
        from engine.models.ears import Ears

        ears = Ears.load(bundle.path, manifest, device=device)
    used = [sense.device for sense in (eyes, ears) if sense is not None]
    return Senses.of(bundle, eyes, ears), used[0] if used else "cpu"


def _info(
    bundle: Bundle, decoder: LlamaDecoder, *, device: str, tasks: Mapping[str, Task]
) -> EngineInfo:
    manifest = bundle.manifest
    speech = manifest.speech
    return EngineInfo(
        name=manifest.name,
        version=manifest.version,
        bundle=bundle.path,
        language_model=decoder.model.describe(),
        context=decoder.n_ctx,
        n_embd=manifest.n_embd,
        tasks=manifest.tasks,
        sees=manifest.sees,
        device=device,
        sampling={name: sampling_of(task, manifest) for name, task in tasks.items()},
        dialect=manifest.dialect,
        hears=manifest.hears,
        longest_s=speech.seconds if speech and speech.longer == "refuse" else None,
    )
