"""Segments -> what the decoder reads: text tokenized, media slots filled with their pieces."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engine.asking import growing_in, pictures_of, subject
from engine.bundle import Manifest
from engine.errors import BundleError
from engine.fitting import fit
from engine.grounding.codec import DIALECTS, Dialect, sized
from engine.prompt.chat import ChatFormat, render_gguf
from engine.prompt.tasks import Task
from engine.prompt.template import (
    GGUF_TEMPLATE,
    MediaSlot,
    RegionSlot,
    Segment,
    TextSegment,
    render,
)
from engine.seams import (
    Encoded,
    Marks,
    RowRun,
    Rows,
    Run,
    TextDecoder,
    TokenRun,
    Words,
    on_square,
    run_length,
)
from engine.types import Message, RegionPart

_ANSWER_SHARE = 4  # at most a quarter of the context is set aside for the answer

Views = Mapping[Path, Encoded]
"""A conversation's pictures and recordings by their files."""


class Prompter:
    """Makes the prompts of one model: template, dialect and tasks in, runs out."""

    def __init__(self, decoder: TextDecoder, manifest: Manifest, tasks: Mapping[str, Task]) -> None:
        self._decoder = decoder
        self._style = manifest.prompt
        self._dialect = DIALECTS[manifest.dialect]
        self._tasks = tasks
        self._worded = manifest.worded

    def question(
        self, messages: Sequence[Message], views: Views, *, max_tokens: int
    ) -> tuple[list[Run], list[Message]]:
        """The prompt that the model answers, and the messages that had to go to make it fit.

        Raises ContextError where the question alone is too long.
        """
        drawn = on_squares(messages, views)
        dialect = seen_dialect(self._dialect, messages, views)

        def runs(kept: Sequence[Message]) -> list[Run]:
            return self._runs(self._render(kept, dialect, answer=True), views)

        room = self._decoder.n_ctx - min(max_tokens, self._decoder.n_ctx // _ANSWER_SHARE)
        kept, gone = fit(drawn, lambda some: prompt_length(runs(some)), room=room)
        return runs(kept), gone

    def beginning(self, messages: Sequence[Message], views: Views) -> list[Run]:
        """The part of the prompt that is known before the last user's words are.

        It ends behind the last picture or recording of the message being written, or inside the
        first recording that still grows; empty where there is neither. Should the words change how
        its last letters are tokenized, the decoder reads those anew.
        """
        dialect = seen_dialect(self._dialect, messages, views)
        segments = self._render(on_squares(messages, views), dialect, answer=False)
        if messages and messages[-1].role == "user":
            segments = self._up_to_the_words(segments, growing_in(messages))
        return self._runs(segments, views)

    def _up_to_the_words(self, segments: list[Segment], growing: Collection[int]) -> list[Segment]:
        end = 0
        closing: list[Segment] = []
        for place, segment in enumerate(segments, start=1):
            if not isinstance(segment, MediaSlot):
                continue
            end = place
            if segment.kind == "audio" and segment.index in growing:
                closing = []
                break
            closing = [TextSegment(segment.closing, special=self._style.media_tokens)]
        return [*segments[:end], *closing]

    def _render(
        self, messages: Sequence[Message], dialect: Dialect, *, answer: bool
    ) -> list[Segment]:
        if self._style.template == GGUF_TEMPLATE:
            return render_gguf(
                messages,
                self._chat(),
                self._style,
                dialect,
                answer=answer,
                tasks=self._tasks,
                worded=self._worded,
            )
        return render(
            messages,
            self._style,
            dialect,
            answer=answer,
            tasks=self._tasks,
            worded=self._worded,
        )

    def _chat(self) -> ChatFormat:
        chat = self._decoder.chat
        if chat is None:
            raise BundleError(
                "The language model's file has no chat template (`tokenizer.chat_template`); "
                "import it again."
            )
        return chat

    def _runs(self, segments: Sequence[Segment], views: Views) -> list[Run]:
        """One run for each stretch of tokens and for each block of rows."""
        runs: list[Run] = []
        ids: list[int] = []
        for part in self._parts(segments, views):
            if isinstance(part, RowRun):
                runs += [TokenRun(tuple(ids)), part] if ids else [part]
                ids = []
            else:
                ids += part
        if ids:
            runs.append(TokenRun(tuple(ids)))
        return _with_bos(runs, self._decoder.bos)

    def _parts(self, segments: Sequence[Segment], views: Views) -> Iterator[list[int] | RowRun]:
        tokenize = self._decoder.tokenize
        for segment in segments:
            if isinstance(segment, TextSegment):
                yield tokenize(segment.text, special=segment.special)
                continue
            encoded, key = views[segment.path], views[segment.path].key
            pieces = encoded.pieces
            if isinstance(segment, RegionSlot):
                pieces, key = encoded.asked.get(segment.box, ()), f"{key}/{segment.box.as_list()}"
            for number, piece in enumerate(pieces):
                match piece:
                    case Words():
                        yield tokenize(piece.text, special=False)
                    case Marks():
                        yield list(piece.ids)
                    case Rows():
                        yield RowRun(piece.key or f"{key}/{number}", piece.array, piece.layout)


def prompt_length(runs: Sequence[Run]) -> int:
    """How many places of the context the prompt takes."""
    return sum(map(run_length, runs))


def seen_dialect(dialect: Dialect, messages: Sequence[Message], views: Views) -> Dialect:
    """The dialect for the picture that the conversation is about, in the size the model saw it."""
    pictures = pictures_of(messages)
    seen = views[pictures[subject(messages)].path].resized if pictures else None
    return dialect if seen is None else sized(dialect, seen)


def on_squares(messages: Sequence[Message], views: Views) -> list[Message]:
    """The messages with their regions moved from the pictures to the squares that the model saw."""
    pictures = pictures_of(messages)

    def moved(part: RegionPart) -> RegionPart:
        return replace(part, box=on_square(views[pictures[part.image].path], part.box))

    return [
        replace(
            message,
            parts=tuple(
                moved(part) if isinstance(part, RegionPart) else part for part in message.parts
            ),
        )
        for message in messages
    ]


def _with_bos(runs: list[Run], bos: int | None) -> list[Run]:
    """One BOS in front where the model wants one and the template did not write it."""
    if bos is None or not runs:
        return runs
    first, *others = runs
    if isinstance(first, RowRun):
        return [TokenRun((bos,)), *runs]
    return runs if bos in first.ids else [TokenRun((bos, *first.ids)), *others]
