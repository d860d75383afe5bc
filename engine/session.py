"""The whole data path: a request in, a stream of events out.

check -> encode pictures and speech -> render and fit to the context -> prefill -> decode -> parse.
Nothing here knows which model it serves: that is in the manifest, behind the two seams, and in the
tables of templates, tasks and dialects.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from time import perf_counter
from typing import TypeVar

from engine.asking import (
    check_sampling,
    media_of,
    pictures_of,
    regions_of,
    sampling_of,
    stands_in,
    subject,
    understand,
    with_typed_task,
)
from engine.bundle import Manifest
from engine.errors import EngineError
from engine.fitting import farewell
from engine.grounding.codec import DIALECTS, PLAIN, Dialect
from engine.media.image import Placement
from engine.prompt.tasks import TASKS, Task, find_task
from engine.prompting import Prompter, Views, prompt_length, seen_dialect
from engine.reply import Reply
from engine.seams import Cancelled, MediaEncoder, Prefilled, TextDecoder, never
from engine.types import (
    AudioPart,
    Event,
    Finish,
    ImagePart,
    Message,
    Notice,
    Progress,
    Request,
)

_T = TypeVar("_T")
_SPARED = 8  # of so many words heard, one need not be written down


class Session:
    """Answers requests one after the other; decoder and encoder keep what they have computed.

    Not for two threads at once. `tasks` is the table with a person's own rows.
    """

    def __init__(
        self,
        decoder: TextDecoder,
        encoder: MediaEncoder,
        *,
        manifest: Manifest,
        tasks: Mapping[str, Task] = TASKS,
    ) -> None:
        self._decoder = decoder
        self._encoder = encoder
        self._manifest = manifest
        self._tasks = tasks
        self._dialect = DIALECTS[manifest.dialect]
        self._prompter = Prompter(decoder, manifest, tasks)

    def answer(self, request: Request, cancelled: Cancelled = never) -> Iterator[Event]:
        """The events of one request, the last of which is `Finished`, whatever happens.

        A problem with the request or the machine ends it with finish "error" and one sentence; what
        was said until then is kept.
        """
        dialect = self._dialect if pictures_of(request.messages) else PLAIN
        reply = Reply(request.id, dialect=dialect, stops=self._manifest.prompt.stop)
        try:
            finish = yield from self._answer(request, reply, cancelled)
        except EngineError as error:
            yield from reply.finish("error", error=str(error))
        else:
            yield from reply.finish(finish)

    def prepare(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Encodes what is there and reads everything up to where the person's next words begin.

        The last message may be the one being written, with its pictures and no words yet, or being
        spoken, with a recording that grows; its words are not read. Raises InputError where a
        picture or recording can't be used.
        """
        known = [with_typed_task(message, self._tasks) for message in messages]
        views = _result(self._encode("", known, cancelled))
        if views is None:
            return
        runs = self._prompter.beginning(known, views)
        if not runs or prompt_length(runs) >= self._decoder.n_ctx:
            return
        # Stopped between two batches only: the question that stops this mostly goes on from here.
        for _ in self._decoder.prefill(runs, cancelled=never):
            if cancelled():
                return

    def _answer(
        self, request: Request, reply: Reply, cancelled: Cancelled
    ) -> Generator[Event, None, Finish]:
        messages = understand(request.messages, self._manifest, self._tasks)
        task = find_task(messages[-1].task, self._tasks)
        sampling = request.sampling or sampling_of(task, self._manifest)
        check_sampling(sampling)
        if stands_in(messages[-1], task):
            yield Notice(
                request.id, f'No words were given, so "{task.default_instruction}" was asked.'
            )
        pictures = pictures_of(messages)
        views = yield from self._encode(request.id, messages, cancelled)
        if views is None:
            return "cancelled"
        dialect = seen_dialect(self._dialect, messages, views)
        if pictures:
            number = subject(messages)
            placement = views[pictures[number].path].placement or Placement()
            reply.look_at(number, placement, dialect)
        reply.clock.encoded = perf_counter()
        prompt, gone = self._prompter.question(messages, views, max_tokens=sampling.max_tokens)
        if gone:
            yield Notice(request.id, farewell(gone))
        reading = self._decoder.prefill(prompt, cancelled=cancelled)
        read = yield from _told(request.id, reading)
        reply.clock.read(read)
        if not read.complete:
            return "cancelled"
        limit = min(sampling.max_tokens, self._decoder.n_ctx - prompt_length(prompt))
        constraint = self._grammar(task, dialect) if pictures else None
        least, most = self._written(task, messages[-1], views, limit)
        tokens = self._decoder.stream(
            sampling, grammar=constraint, shown=dialect.markers, at_least=least
        )
        finish = yield from _decode(reply, tokens, most, cancelled)
        # Nothing of it is missing where all that was heard is written down.
        return "stop" if finish == "length" and most < limit else finish

    def _encode(
        self, request: str, messages: Sequence[Message], cancelled: Cancelled
    ) -> Generator[Event, None, Views | None]:
        """Pictures and recordings as the model reads them; None where it was cancelled."""
        media = media_of(messages)
        regions = iter(regions_of(messages))
        views = {}
        for number, part in enumerate(media):
            if cancelled():
                return None
            yield Progress(request, "encode", number / len(media))
            if isinstance(part, ImagePart):
                views[part.path] = self._encoder.encode_image(part.path, next(regions))
            else:
                views[part.path] = self._encoder.encode_audio(part)
        return views

    def _written(self, task: Task, question: Message, views: Views, limit: int) -> tuple[int, int]:
        """How many tokens an answer must and may have that writes down the question's recordings.

        Where a row is a word that was heard, hardly fewer than rows, and hardly more: a small
        language model ends long sentences early, and would go on by itself where little was
        understood. From none to `limit` otherwise.
        """
        speech = self._manifest.speech
        if task.needs != "speech" or speech is None or not speech.adaptor.rows_are_words:
            return 0, limit
        spoken = (views[part.path] for part in question.parts if isinstance(part, AudioPart))
        heard = sum(view.rows for view in spoken)
        most = min(limit, heard + heard // 4 + 1)
        return min(most, max(0, heard - heard // _SPARED - 1)), most

    def _grammar(self, task: Task, dialect: Dialect) -> str | None:
        """What keeps the task's answers well-formed, unless the bundle answers it freely."""
        if task.grammar is None or task.id in self._manifest.unconstrained:
            return None
        return dialect.grammar(task.grammar)


def _decode(
    reply: Reply, stream: Generator[bytes, None, None], limit: int, cancelled: Cancelled
) -> Generator[Event, None, Finish]:
    with closing(stream) as tokens:
        for data in tokens:
            yield from reply.hear(data)
            if reply.stopped:
                return "stop"
            if cancelled():
                return "cancelled"
            if reply.clock.tokens >= limit:
                return "length"
    return "stop"


def _told(
    request: str, reading: Generator[float, None, Prefilled]
) -> Generator[Event, None, Prefilled]:
    """The reading's progress as events; its result is passed on."""
    try:
        while True:
            yield Progress(request, "prefill", next(reading))
    except StopIteration as done:
        read: Prefilled = done.value
        return read


def _result(work: Generator[object, None, _T]) -> _T:
    """What the work gives in the end; what it tells on the way is not listened to."""
    try:
        while True:
            next(work)
    except StopIteration as done:
        result: _T = done.value
        return result
