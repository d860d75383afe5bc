"""Every box of the things that are named; and captions in which each phrase has its boxes."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece
from training.data.questions import Question
from training.evaluate.benchmark import DIALECT, HIT, SCENES, Asked, Benchmark, Measure, asks, f1

SMALL = 0.02  # boxes of a smaller share of a photograph do not count, on either side

Named = tuple[str, Box]


def boxes_f1(asked: Sequence[Asked], *, least: float = 0.0, named: bool = True) -> dict[str, float]:
    """F1, precision and recall at IoU 0.5; with `named`, a box must also carry the right name."""
    right = said = wanted = 0
    for a in asked:
        truth = [item for item in truth_of(a.question) if item[1].area >= least]
        found = [
            ((box.phrase or "").strip().lower() if named else "", box.box)
            for box in a.reply.boxes
            if box.box.area >= least
        ]
        if not named:
            truth = [("", box) for _, box in truth]
        right += matched(found, truth)
        said += len(found)
        wanted += len(truth)
    return {
        "F1": f1(right, said, wanted),
        "precision": right / max(1, said),
        "recall": right / max(1, wanted),
    }


def matched(found: Sequence[Named], truth: Sequence[Named]) -> int:
    """How many pairs of one name and IoU 0.5 can be made, best first, each box in one pair."""
    pairs = sorted(
        (-overlap, n, m)
        for n, (name, box) in enumerate(found)
        for m, (true_name, true_box) in enumerate(truth)
        if name == true_name and (overlap := box.iou(true_box)) >= HIT
    )
    used: tuple[set[int], set[int]] = (set(), set())
    for _, n, m in pairs:
        if n not in used[0] and m not in used[1]:
            used[0].add(n)
            used[1].add(m)
    return len(used[0])


def truth_of(question: Question) -> list[Named]:
    """The names that the right answer carries, each with its box before that became text."""
    reader = DIALECT.reader()
    pieces = [*reader.feed(question.answer), *reader.finish()]
    names = [(p.phrase or "").lower() for p in pieces if isinstance(p, BoxPiece)]
    return list(zip(names, question.boxes, strict=True))


def _large(asked: Sequence[Asked]) -> dict[str, float]:
    return boxes_f1(asked, least=SMALL)


def _nameless(asked: Sequence[Asked]) -> dict[str, float]:
    return boxes_f1(asked, named=False)


def _row(kind: str, pictures: str, measure: Measure, aim: float | None, most: int) -> Benchmark:
    return Benchmark(
        name=kind,
        pictures=pictures,
        ask=asks(kind.partition(":")[0]),
        measure=measure,
        figure="F1",
        aim=aim,
        per_picture=most,
    )


BENCHMARKS = (
    _row("detection", SCENES, boxes_f1, 0.70, 2),
    _row("grounding", SCENES, _nameless, None, 1),
    _row("detection: classes", "coco-val", _large, 0.25, 4),
)
