"""A picture and its questions as one sequence: the picture's rows are shared by all of them.

Each question sees the picture and itself, not its neighbours (a block mask), and its positions
follow the picture's as if it stood there alone: exactly what the engine will show the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.encode import name_words, region_words
from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from engine.prompt.template import (
    MediaSlot,
    PromptStyle,
    RegionSlot,
    Segment,
    TextSegment,
    render,
)
from engine.types import AudioPart, ImagePart, Message, Part, RegionPart, TextPart
from training.data.questions import Question

Tokenize = Callable[[TextSegment], list[int]]
Called = Callable[[Box], str]  # the name of a region that a question speaks of
PICTURE, RECORDING = Path("picture"), Path("recording")
PATCH, REGION, SPEECH = -1, -2, -3
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Packed:
    """One sequence of T places.

    `ids` [T] are tokens, or PATCH, REGION, SPEECH where the next row of that kind stands; `groups`
    [T] are 0 for what all share and n for question n; `labels` [T] are what each place should
    predict. `weights` [T] are how much each counts: an answer of n tokens counts sqrt(n) in all, or
    yes and no would drown in captions (InternVL 2.5's square averaging, arXiv 2412.05271). `asked`
    are the boxes of the questions' own region rows, which follow the picture's.
    """

    ids: list[int]
    positions: list[int]
    groups: list[int]
    labels: list[int]
    weights: list[float]
    asked: tuple[Box, ...] = ()


def pack(
    questions: Sequence[Question],
    *,
    patches: int,
    regions: Sequence[tuple[Box, str]],
    called: Called,
    said: Sequence[int],
    style: PromptStyle,
    dialect: Dialect,
    tokenize: Tokenize,
) -> Packed:
    """Questions about one picture of `patches` rows and the proposed `regions` with their names.

    `said` is how many rows of speech each spoken question has, in their order.
    """
    shared: list[int] = []
    tails: list[tuple[list[int], list[bool]]] = []
    asked: list[Box] = []
    spoken = iter(said)
    for question in questions:
        segments = render(_messages(question), style, dialect)
        slot = next(n for n, s in enumerate(segments) if isinstance(s, MediaSlot))
        if not shared:
            shared = [i for s in segments[:slot] if isinstance(s, TextSegment) for i in tokenize(s)]
            shared += [PATCH] * patches
            for box, name in regions:
                shared += [REGION, *tokenize(TextSegment(region_words(box, dialect, name)))]
        rows = next(spoken) if question.spoken else 0
        tails.append(_tokens(segments[slot + 1 :], tokenize, called, rows))
        asked += [s.box for s in segments if isinstance(s, RegionSlot)]
    return _joined(shared, tails, tuple(asked))


@dataclass(frozen=True, slots=True)
class PlainQuestion:
    """A question without a picture and its answer; `said` are the rows of speech that come first.

    Zero rows: it is typed.
    """

    words: str
    answer: str
    task: str = "chat"
    said: int = 0


def pack_plain(
    questions: Sequence[PlainQuestion], *, style: PromptStyle, dialect: Dialect, tokenize: Tokenize
) -> Packed:
    """Questions without a picture, side by side, with their answers."""
    tails = []
    for question in questions:
        parts: list[Part] = [AudioPart(RECORDING)] if question.said else []
        parts.append(TextPart(question.words))
        asked = Message("user", tuple(parts), task=question.task)
        messages = (asked, Message("assistant", (TextPart(question.answer),)))
        segments = render(messages, style, dialect)
        tails.append(_tokens(segments, tokenize, lambda _: "", question.said))
    return _joined([], tails)


def _messages(question: Question) -> tuple[Message, ...]:
    parts: list[Part] = [ImagePart(PICTURE)]
    if question.spoken:
        parts.append(AudioPart(RECORDING))
    parts += [RegionPart(box) for box in question.regions]
    if question.words and not question.spoken:
        parts.append(TextPart(question.words))
    asked = Message("user", tuple(parts), task=question.task)
    return asked, Message("assistant", (TextPart(question.answer),))


def _tokens(
    segments: Sequence[Segment], tokenize: Tokenize, called: Called, said: int = 0
) -> tuple[list[int], list[bool]]:
    ids: list[int] = []
    trained: list[bool] = []
    for segment in segments:
        if isinstance(segment, RegionSlot):
            name = name_words(called(segment.box))
            found, learned = [REGION, *(tokenize(TextSegment(name)) if name else ())], False
        elif isinstance(segment, MediaSlot):
            found, learned = [SPEECH] * said, False
        else:
            assert isinstance(segment, TextSegment)
            found, learned = tokenize(segment), segment.trained
        ids += found
        trained += [learned] * len(found)
    return ids, trained


def _joined(
    shared: list[int], tails: Sequence[tuple[list[int], list[bool]]], asked: tuple[Box, ...] = ()
) -> Packed:
    ids, groups = list(shared), [0] * len(shared)
    positions, labels = list(range(len(shared))), [IGNORED] * len(shared)
    weights = [0.0] * len(shared)
    for number, (tail, trained) in enumerate(tails, start=1):
        ids += tail
        groups += [number] * len(tail)
        positions += range(len(shared), len(shared) + len(tail))
        following = [
            token if learn else IGNORED for token, learn in zip(tail[1:], trained[1:], strict=True)
        ]
        labels += [*following, IGNORED]
        weights += [sum(trained) ** -0.5] * len(tail)
    return Packed(ids, positions, groups, labels, weights, asked)


def collate(packs: Sequence[Packed]) -> dict[str, Tensor]:
    """Sequences side by side, filled up: each list of `Packed` [B, T], and mask [B, T, T].

    `real` [B, T] is false where a sequence is filled up.
    """
    longest = max(len(p.ids) for p in packs)

    def padded(values: Sequence[Sequence[float]], fill: float) -> Tensor:
        return torch.tensor([[*v, *[fill] * (longest - len(v))] for v in values])

    groups = padded([p.groups for p in packs], -1)
    before = torch.ones(longest, longest, dtype=torch.bool).tril()
    shared = (groups == 0)[:, None, :]
    same = groups[:, :, None] == groups[:, None, :]
    return {
        "ids": padded([p.ids for p in packs], 0),
        "positions": padded([p.positions for p in packs], 0),
        "labels": padded([p.labels for p in packs], IGNORED),
        "weights": padded([p.weights for p in packs], 0.0),
        "mask": (shared | same) & before,
        "real": groups >= 0,
    }
