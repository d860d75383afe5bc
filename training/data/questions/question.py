"""What a question is, and what its makers are given: one picture seen through its proposals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from training.data.samples import Sample, Thing

FIT = 0.5  # IoU from which a proposal counts as found, in training as in measuring

# A photographed thing of less than this share of the picture is too small to ask about by name,
# and one of less than `CLEAR` too small to be pointed at.
VISIBLE = 0.005
CLEAR = 0.02


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one picture and its answer.

    `words` are what a person types after the task's tag, `regions` the boxes they speak of, and
    `answer` is exactly what the model should write. For measuring: `boxes` are the boxes in the
    answer before they became text, `names` the titles that a caption must mention. `spoken`: the
    words are said and not typed.
    """

    task: str
    words: str
    regions: tuple[Box, ...]
    answer: str
    kind: str
    boxes: tuple[Box, ...] = ()
    names: tuple[str, ...] = ()
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as the makers see it; `proposals` None: the truth itself is pointed at."""

    sample: Sample
    rng: random.Random
    dialect: Dialect
    proposals: tuple[Box, ...] | None = None

    @property
    def drawn(self) -> bool:
        """Whether the picture is a scene of ours, in which everything is known and meant."""
        return self.sample.source == "scene"

    def things(self, least: float) -> list[Thing]:
        """What one may speak of: all in a scene, in a photograph what has an area of `least`."""
        if self.drawn:
            return list(self.sample.things)
        return [thing for thing in self.sample.things if thing.box.area >= least]

    def point(self, box: Box) -> Box | None:
        """The box to write for a true box; None where no proposal fits."""
        return box if self.proposals is None else snap(box, self.proposals)

    def point_all(self, boxes: Sequence[Box]) -> tuple[Box, ...]:
        """The boxes to write for true boxes, each proposal once, in an order that can be learned.

        That is the order of the proposals, which the model reads from first to last, or from left
        to right where there are none. Boxes that no proposal fits are left out.
        """
        if self.proposals is None:
            return tuple(sorted(boxes, key=lambda box: box.x1 + box.x2))
        return tuple(self.proposals[index] for index in sorted(_assign(boxes, self.proposals)))


def snap(box: Box, proposals: Sequence[Box], *, fit: float = FIT) -> Box | None:
    """The proposal with the greatest IoU, if at least `fit`; the first of equals."""
    best, overlap = None, fit
    for proposal in proposals:
        iou = box.iou(proposal)
        if iou > overlap or (iou == overlap and best is None):
            best, overlap = proposal, iou
    return best


def _assign(boxes: Sequence[Box], proposals: Sequence[Box]) -> set[int]:
    """Which proposals stand for `boxes`: best pairs first, each box and proposal once."""
    pairs = sorted(
        (-iou, index, number)
        for number, box in enumerate(boxes)
        for index, proposal in enumerate(proposals)
        if (iou := box.iou(proposal)) >= FIT
    )
    taken: set[int] = set()
    served: set[int] = set()
    for _, index, number in pairs:
        if index not in taken and number not in served:
            taken.add(index)
            served.add(number)
    return taken
