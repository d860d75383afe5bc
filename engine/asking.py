"""What a request must be before anything is computed for it, and what it means.

Each problem is one InputError that names the value and the way out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engine.bundle import Manifest
from engine.errors import InputError
from engine.grounding.codec import DIALECTS, PLAIN, Dialect, boxes_in
from engine.grounding.geometry import Box
from engine.grounding.stream import BoxPiece, TextPiece
from engine.prompt.tasks import TASKS, Task, find_task, typed_task
from engine.types import AudioPart, ImagePart, Message, RegionPart, Sampling, TextPart


def understand(
    messages: Sequence[Message], manifest: Manifest, tasks: Mapping[str, Task] = TASKS
) -> tuple[Message, ...]:
    """The conversation with the tasks that were typed as tags, such as `[refer] the dog`, put in.

    Raises InputError for a conversation that the model of `manifest` can't answer.
    """
    if not messages or messages[-1].role != "user":
        raise InputError("There is no question: the last message must be the user's.")
    understood: list[Message] = []
    pictures = 0
    for given in messages:
        _check_words(given)
        _check_senses(given, manifest)
        pictures += len(pictures_of([given]))
        message = with_typed_task(given, tasks)
        if (manifest.prompt.region_rows or manifest.worded) and pictures:
            dialect = DIALECTS[manifest.dialect]
            understood.append(with_typed_regions(message, dialect, picture=pictures - 1))
        else:
            understood.append(message)
        _check_regions(understood[-1], pictures)
    _check_question(understood[-1], pictures, manifest, find_task(understood[-1].task, tasks))
    return tuple(understood)


def with_typed_task(message: Message, tasks: Mapping[str, Task] = TASKS) -> Message:
    """A user's chat message that begins with a task's tag, as a message of that task."""
    if message.role != "user" or message.task != "chat":
        return message
    task, words = typed_task(words_of(message), tasks)
    if task is None:
        return message
    others = tuple(part for part in message.parts if not isinstance(part, TextPart))
    return replace(message, task=task.id, parts=(*others, TextPart(words)))


def with_typed_regions(message: Message, dialect: Dialect, *, picture: int) -> Message:
    """A user's message whose words end in boxes, with those as regions of picture `picture`.

    `what is this {<30><40><52><77>}` is then asked as if the box had been drawn. Boxes between
    words stay where they are.
    """
    if message.role != "user":
        return message
    typed = words_of(message)
    reader = dialect.reader()
    pieces = [*reader.feed(typed), *reader.finish()]
    boxes = [piece.box for piece in pieces if isinstance(piece, BoxPiece)]
    before = pieces[: len(pieces) - len(boxes)]
    words = "".join(piece.text for piece in before if isinstance(piece, TextPiece))
    at_the_end = not any(isinstance(piece, BoxPiece) for piece in before)
    if not boxes or not at_the_end or not typed.startswith(words):
        return message
    others = [part for part in message.parts if not isinstance(part, TextPart)]
    regions = [RegionPart(box, picture) for box in boxes]
    return replace(message, parts=(*others, *regions, TextPart(words.strip())))


def words_of(message: Message) -> str:
    """What was typed, without the white space around it."""
    texts = [part.text.strip() for part in message.parts if isinstance(part, TextPart)]
    return " ".join(texts).strip()


def stands_in(question: Message, task: Task) -> bool:
    """Whether a task that wants words got none, so that its own example is asked instead."""
    spoken = any(isinstance(part, AudioPart) for part in question.parts)
    return task.takes == "words" and not spoken and not words_of(question)


def pictures_of(messages: Sequence[Message]) -> list[ImagePart]:
    """The conversation's pictures in order; their places in the list are their numbers."""
    return [part for turn in messages for part in turn.parts if isinstance(part, ImagePart)]


def media_of(messages: Sequence[Message]) -> list[ImagePart | AudioPart]:
    """The conversation's pictures and recordings in order."""
    return [
        part for turn in messages for part in turn.parts if isinstance(part, ImagePart | AudioPart)
    ]


def growing_in(messages: Sequence[Message]) -> frozenset[int]:
    """Which of the conversation's recordings, by their numbers from 0, are not at their end yet."""
    recordings = [part for part in media_of(messages) if isinstance(part, AudioPart)]
    ended = [part.paused or not part.growing for part in recordings]
    return frozenset(number for number, is_ended in enumerate(ended) if not is_ended)


def regions_of(messages: Sequence[Message]) -> list[list[Box]]:
    """For each picture of the conversation the boxes on it that its words speak of, each once."""
    paths = [part.path for part in pictures_of(messages)]
    spoken: dict[Path, dict[Box, None]] = {path: {} for path in paths}
    for turn in messages:
        for part in turn.parts:
            if isinstance(part, RegionPart) and part.image < len(paths):
                spoken[paths[part.image]][part.box] = None
    return [list(spoken[path]) for path in paths]


def subject(messages: Sequence[Message]) -> int:
    """The number of the picture that an answer's boxes lie on.

    The one that the question draws a region on, else the newest.
    """
    regions = [part for part in messages[-1].parts if isinstance(part, RegionPart)]
    return regions[0].image if regions else max(0, len(pictures_of(messages)) - 1)


def sampling_of(task: Task, manifest: Manifest) -> Sampling:
    """How the task's answers are sampled where the request does not say it.

    The bundle knows its own tasks; of a row that a person added, the row says how long.
    """
    usual = manifest.sampling_for(task.id)
    return usual if task.id in TASKS else replace(usual, max_tokens=task.max_tokens)


def check_sampling(sampling: Sampling) -> None:
    """Raises InputError for a value that makes no sense."""
    ranges = {
        "temperature": sampling.temperature >= 0,
        "top_p": 0 < sampling.top_p <= 1,
        "top_k": sampling.top_k >= 0,
        "min_p": 0 <= sampling.min_p <= 1,
        "repeat_penalty": sampling.repeat_penalty > 0,
        "max_tokens": sampling.max_tokens >= 1,
        "seed": 0 <= sampling.seed < 2**32,
    }
    for name, fine in ranges.items():
        if not fine:
            value = getattr(sampling, name)
            raise InputError(f"{name} can't be {value}; leave it out for the model's own value.")


def _check_words(message: Message) -> None:
    try:
        words_of(message).encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(error.object[error.start]):04X}"
        raise InputError(f"The prompt holds half a character, {half}; take it out.") from error


def _check_senses(message: Message, manifest: Manifest) -> None:
    for part in message.parts:
        if isinstance(part, ImagePart) and not manifest.sees:
            raise InputError(
                f"{part.path} can't be seen: the model {manifest.name} has no eyes; "
                "choose a bundle with vision, or ask without the picture."
            )
        if isinstance(part, AudioPart) and not manifest.hears:
            raise InputError(
                f"{part.path} can't be heard: the model {manifest.name} has no ears; "
                "type the question instead."
            )
        if isinstance(part, RegionPart) and DIALECTS[manifest.dialect] is PLAIN:
            raise InputError(
                f"The model {manifest.name} can't be asked about a region: it knows no way to "
                "write one; say in words where to look, or choose another model."
            )


def _check_regions(message: Message, pictures: int) -> None:
    for part in message.parts:
        if not isinstance(part, RegionPart):
            continue
        corners = ", ".join(f"{edge:g}" for edge in part.box.as_list())
        if not _inside(part.box):
            raise InputError(
                f"The region {corners} is not inside the picture; give x1,y1,x2,y2 as parts of its "
                "width and height, each from 0 to 1, the left and upper edge first."
            )
        if not 0 <= part.image < pictures:
            raise InputError(
                f"The region {corners} is on picture number {part.image} (counted from 0), and the "
                f"conversation has {pictures} so far; add the picture first."
            )


def _inside(box: Box) -> bool:
    return 0 <= box.x1 < box.x2 <= 1 and 0 <= box.y1 < box.y2 <= 1


def _check_question(question: Message, pictures: int, manifest: Manifest, task: Task) -> None:
    if task.id in TASKS and task.id not in manifest.tasks:
        raise InputError(
            f'The model {manifest.name} was not taught the task "{task.id}"; '
            f"it knows: {', '.join(manifest.tasks)}."
        )
    if task.needs == "picture" and not pictures:
        raise InputError(f'The task "{task.id}" needs a picture; add one to the conversation.')
    said = {type(part) for part in question.parts}
    if task.needs == "speech" and AudioPart not in said:
        raise InputError(f'The task "{task.id}" needs a recording; add one to the question.')
    typed = boxes_in(words_of(question), DIALECTS[manifest.dialect])
    if task.takes == "region" and RegionPart not in said and not typed:
        raise InputError(f'The task "{task.id}" needs a region. {task.hint}')
    if not task.tag and not words_of(question) and not said & {AudioPart, RegionPart}:
        raise InputError("The question is empty; type one, or choose a task such as caption.")
