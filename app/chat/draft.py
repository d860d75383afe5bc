"""An answer while a person corrects it: its words, the phrases in them, and their boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.shown import ShownBox
from app.store.records import Correction
from engine.grounding.codec import BETWEEN_PHRASES, NOTHING
from engine.grounding.geometry import Box
from engine.prompt.tasks import Task
from engine.types import GroundedBox

# One character for one: what a field of text gives back for those that it takes for its own signs.
_AS_SHOWN = str.maketrans(
    {"\r": " ", "\u2028": "\n", "\u2029": "\n", "\u00a0": " ", "\ufdd0": " ", "\ufdd1": " "}
    | {"\0": "\ufffd"}
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of the text that has boxes.

    `lost`: its words were written over together with others. `anew`: others are being typed in
    their place, as many as one likes.
    """

    start: int
    end: int
    words: str
    lost: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class _Boxed:
    """A box, the picture it is on, and the number of its phrase (None: it has no words)."""

    box: Box
    image: int
    phrase: int | None


class Draft:
    """Owns what the answer may become. A plain class: the picture and the words tell it of each
    change and show what it says.

    `asked` are the question's words. Boxes are spoken of by their numbers in `shown`, phrases by
    their marks. A box that is drawn is on picture `image`, unless the answer has one already.
    """

    def __init__(self, answer: Correction, task: Task, asked: str, *, image: int = 0) -> None:
        self.text = answer.text.translate(_AS_SHOWN)
        self.phrases: list[Phrase] = []
        self.one_box = task.grammar == "box-or-none"
        self._named = task.grammar == "phrases-or-none"
        self._asked = asked
        self._boxes: list[_Boxed] = []
        for found in answer.boxes:
            number = None
            if found.start is not None and found.end is not None:
                number = self._phrase(found.start, found.end)
            self._boxes.append(_Boxed(found.box, found.image, number))
        self._image = self._boxes[0].image if self._boxes else image
        self._before = self.correction()

    @property
    def changed(self) -> bool:
        """Whether anything is otherwise than it was in the beginning."""
        return self.correction() != self._before

    @property
    def empty(self) -> bool:
        """Whether nothing is left of the answer."""
        answer = self.correction()
        return not answer.boxes and not answer.text.strip()

    @property
    def shown(self) -> list[ShownBox]:
        """The boxes as the picture shows them; those without words have the last mark."""
        return [
            ShownBox(boxed.box, self._label(boxed.phrase), mark, mark)
            for boxed in self._boxes
            for mark in [len(self.phrases) if boxed.phrase is None else boxed.phrase]
        ]

    @property
    def marks(self) -> set[int]:
        """The marks of the phrases that have boxes."""
        return {boxed.phrase for boxed in self._boxes if boxed.phrase is not None}

    def move(self, number: int, box: Box) -> None:
        """A box is elsewhere now."""
        self._boxes[number] = replace(self._boxes[number], box=box)

    def remove(self, number: int) -> None:
        del self._boxes[number]

    def add(self, box: Box, *, like: int | None, chosen: tuple[int, int] | None) -> int:
        """One more box, of the `chosen` stretch of the text or, without one, of the same words as
        box number `like`; gives its number. An answer of one box has the new one alone.
        """
        phrase = None
        if self.one_box:
            self._boxes.clear()
        elif chosen is not None:
            phrase = self._phrase(*chosen)
        elif like is not None:
            phrase = self._boxes[like].phrase
        elif self._named and self._asked:
            phrase = self._append(self._asked)
        self._boxes.append(_Boxed(box, self._image, phrase))
        return len(self._boxes) - 1

    def write(self, text: str, at: int, removed: int) -> None:
        """The text became this one: from `at` on, so many characters were replaced.

        A phrase keeps to its words. Letters typed right behind it belong to it, and what is written
        in its place takes its place; one that went with the words around it comes back with them.
        """
        added = text[at : at + len(text) - len(self.text) + removed]
        self.text = text
        for number, phrase in enumerate(self.phrases):
            moved = phrase if phrase.lost else _moved(phrase, at, removed, added)
            if moved.lost:
                start = text.find(phrase.words) if phrase.words else -1
                if start >= 0:
                    moved = Phrase(start, start + len(phrase.words), phrase.words)
            elif moved.end > moved.start:
                moved = replace(moved, words=text[moved.start : moved.end])
            self.phrases[number] = moved

    def correction(self) -> Correction:
        """What the answer is now; nothing at all is said as models say it, where they do."""
        boxes = sorted(
            (self._grounded(boxed) for boxed in self._boxes),
            key=lambda box: len(self.text) if box.start is None else box.start,
        )
        if (self.one_box or self._named) and not boxes and not self.text.strip():
            return Correction(NOTHING)
        return Correction(self.text, tuple(boxes))

    def _grounded(self, boxed: _Boxed) -> GroundedBox:
        if boxed.phrase is None:
            return GroundedBox(boxed.box, image=boxed.image)
        phrase = self.phrases[boxed.phrase]
        words = "" if phrase.lost else self.text[phrase.start : phrase.end]
        if not words.strip():
            return GroundedBox(boxed.box, image=boxed.image)
        start = phrase.start + len(words) - len(words.lstrip())
        words = words.strip()
        return GroundedBox(boxed.box, words, boxed.image, start, start + len(words))

    def _label(self, number: int | None) -> str:
        phrase = None if number is None else self.phrases[number]
        bare = phrase is None or phrase.lost or phrase.start >= phrase.end
        return self._asked if phrase is None or bare else self.text[phrase.start : phrase.end]

    def _phrase(self, start: int, end: int) -> int:
        for number, phrase in enumerate(self.phrases):
            if (phrase.start, phrase.end, phrase.lost) == (start, end, False):
                return number
        self.phrases.append(Phrase(start, end, self.text[start:end]))
        return len(self.phrases) - 1

    def _append(self, words: str) -> int:
        if self.text:
            self.text += BETWEEN_PHRASES
        start = len(self.text)
        self.text += words
        return self._phrase(start, len(self.text))


def _moved(phrase: Phrase, at: int, removed: int, added: str) -> Phrase:
    """Where a phrase is after `removed` characters from `at` on became `added`."""
    start, end, last = phrase.start, phrase.end, at + removed
    longer = len(added) - removed
    if at == end and not removed and (phrase.anew or start == end):
        return replace(phrase, end=end + len(added), anew=True)
    if last <= start:
        return replace(phrase, start=start + longer, end=end + longer, anew=False)
    if at >= end:
        letters = "".join(filter(str.isalnum, added))
        typed_on = len(added) - len(added.lstrip(letters)) if at == end and letters else 0
        return replace(phrase, end=end + typed_on, anew=False)
    if at <= start and last >= end:
        exact = (at, last) == (start, end)
        return Phrase(at, at + len(added), phrase.words, lost=not exact, anew=exact)
    if at < start:
        return replace(phrase, start=at + len(added), end=end + longer, anew=False)
    return replace(phrase, end=at if last > end else end + longer)
