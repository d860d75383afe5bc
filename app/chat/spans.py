"""An answer as it is shown: its text, the phrases in it that have boxes, and a word for bare boxes.

A refer answer is a box and no words, so the words that were asked stand in for it, or there would
be nothing to hover. Such stand-ins lengthen the text; offsets of later phrases are moved along.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.shown import ShownBox
from app.store.records import Correction
from app.texts import translate
from engine.grounding.codec import NOTHING
from engine.prompt.tasks import Task
from engine.types import GroundedBox


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the shown text that has boxes. `stand_in` tells that no model wrote it."""

    start: int
    end: int
    label: str
    colour: int
    stand_in: bool = False


class AnswerText:
    """Grows with an answer's events. Owns the shown text, the marks in it and their boxes.

    `asked` is the stand-in for a box without words; with `or_none`, an answer that is only
    "none" stays out of the text and sets `found_nothing` at the end.
    """

    def __init__(self, asked: str, *, or_none: bool = False) -> None:
        self.text = ""
        self.marks: list[Mark] = []
        self.boxes: list[ShownBox] = []
        self.images: list[int] = []
        self.found_nothing = False
        self._asked = asked or translate("chat", "here")
        self._held = "" if or_none else None
        self._skipped = 0
        self._inserted: list[tuple[int, int]] = []
        self._colours: dict[str, int] = {}

    def add_text(self, clean: str) -> str:
        """Take more of the model's clean text; gives what to append to the shown text."""
        if self._held is not None:
            self._held += clean
            if NOTHING.startswith(self._held.strip()):
                return ""
            clean, self._held = self._held, None
        if not self.text:
            kept = clean.lstrip()
            self._skipped += len(clean) - len(kept)
            clean = kept
        self.text += clean
        return clean

    def add_box(self, found: GroundedBox) -> str:
        """Take a box; gives what to append to the shown text (a stand-in, or nothing)."""
        added = self._release()
        if found.phrase is None or found.start is None or found.end is None:
            added += self._stand_in()
            mark = next(i for i, mark in enumerate(self.marks) if mark.stand_in)
        else:
            mark = self._phrase(found.phrase, found.start, found.end)
        shown = self.marks[mark]
        self.boxes.append(ShownBox(found.box, shown.label, shown.colour, mark))
        self.images.append(found.image)
        return added

    def finish(self) -> str:
        """No more will come; gives what was held back and turned out to be text."""
        if self._held is not None and self._held.strip() == NOTHING and not self.boxes:
            self.found_nothing = True
            return ""
        return self._release()

    def as_correction(self) -> Correction:
        """What was added so far, without the stand-in: what a correction begins from."""
        end = next((mark.end for mark in self.marks if mark.stand_in), 0)
        cut = (end - sum(length for _, length in self._inserted), end)
        text = self.text[: cut[0]] + self.text[cut[1] :]
        boxes = []
        for shown, image in zip(self.boxes, self.images, strict=True):
            mark = self.marks[shown.mark]
            if mark.stand_in:
                boxes.append(GroundedBox(shown.box, image=image))
                continue
            moved = cut[1] - cut[0] if mark.start >= cut[1] else 0
            start, end = mark.start - moved, mark.end - moved
            boxes.append(GroundedBox(shown.box, text[start:end], image, start, end))
        return Correction(text, tuple(boxes))

    def _release(self) -> str:
        held, self._held = self._held, None
        return self.add_text(held) if held and held.strip() else ""

    def _stand_in(self) -> str:
        """The asked words at the end of the text, once for all the boxes without words."""
        if any(mark.stand_in for mark in self.marks):
            return ""
        gap = " " if self.text and not self.text[-1].isspace() else ""
        start = len(self.text) + len(gap)
        added = gap + self._asked
        self._inserted.append((len(self.text) - self._moved(), len(added)))
        self.text += added
        colour = self._colour(self._asked)
        self.marks.append(Mark(start, len(self.text), self._asked, colour, stand_in=True))
        return added

    def _moved(self) -> int:
        """How far the end of the shown text is from the end of the clean text."""
        return sum(length for _, length in self._inserted) - self._skipped

    def _phrase(self, phrase: str, start: int, end: int) -> int:
        """The mark of a phrase at offsets of the clean text; several boxes share one."""
        moved = sum(length for at, length in self._inserted if at <= start) - self._skipped
        start, end = max(start + moved, 0), min(end + moved, len(self.text))
        for index, mark in enumerate(self.marks):
            if (mark.start, mark.end) == (start, end):
                return index
        self.marks.append(Mark(start, end, phrase.strip(), self._colour(phrase)))
        return len(self.marks) - 1

    def _colour(self, phrase: str) -> int:
        """The same words have the same colour throughout the answer."""
        return self._colours.setdefault(phrase.strip().casefold(), len(self._colours))


def answer_text(task: Task, words: str) -> AnswerText:
    """The empty answer to a task with these words."""
    return AnswerText(words, or_none=(task.grammar or "").endswith("or-none"))


def corrected_text(task: Task, words: str, correction: Correction) -> AnswerText:
    """The answer that a person made of the one to a task with these words."""
    answer = answer_text(task, words)
    answer.add_text(correction.text)
    for box in correction.boxes:
        answer.add_box(box)
    answer.finish()
    return answer
