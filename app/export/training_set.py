"""Corrected answers as a shard of pictures with labels, the form that `training/` reads.

A shard is a tar in the WebDataset form: for each picture `key.jpg` (the file as it is) and
`key.json`. The labels are those of photographs, where a correction says as much: `objects` from
detection and identify, `grounded` from grounding and refer, `captions`, and `qa` from vqa. In
`asked` are the questions themselves with their corrected answers, so that training can ask for
exactly what went wrong; one that was spoken is in the words that were heard, and left out where
nobody had them shown. All boxes are x1, y1, x2, y2 in 0..1 of the upright picture.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.pictures import PictureError, upright_size
from app.store.attachments import Attachments
from app.store.records import Correction, StoredTurn

SOURCE = "corrections"
_ARTICLE = re.compile(r"^(?:an?|the) (?=.)", re.IGNORECASE)


def write_training_set(turns: Sequence[StoredTurn], attachments: Attachments, target: Path) -> int:
    """Write the corrected answers about pictures that are there, whole or not at all.

    Gives how many there are; without one, nothing is written. Raises OSError.
    """
    pictures: dict[Path, list[StoredTurn]] = {}
    for turn in turns:
        told = turn.asked or not turn.clips
        if turn.picture is not None and turn.correction is not None and told:
            pictures.setdefault(attachments.path(turn.picture), []).append(turn)
    draft = target.with_name(f".{uuid4().hex}.part")
    count = 0
    try:
        with tarfile.open(draft, "x") as tar:
            for path, about in pictures.items():
                count += _add(tar, path, about)
        if count:
            draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return count


def _add(tar: tarfile.TarFile, path: Path, turns: Sequence[StoredTurn]) -> int:
    """Put a picture with its corrections into the shard; how many they are, 0 if it is gone."""
    try:
        size = upright_size(path)
        content = path.read_bytes()
    except (PictureError, OSError):
        return 0
    # With the name: the same picture as .jpg and as .jpeg is kept twice.
    key = hashlib.sha256(path.name.encode() + content).hexdigest()[:16]
    own = path.suffix.lower()
    label = {"source": SOURCE, "size": size, **labels(turns)}
    for ending, data in (
        (own if own[1:].isalnum() and own != ".json" else ".picture", content),
        (".json", json.dumps(label, ensure_ascii=False).encode()),
    ):
        member = tarfile.TarInfo(f"{key}{ending}")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return len(turns)


def labels(turns: Sequence[StoredTurn]) -> dict[str, list[Any]]:
    """What the corrected answers say of their one picture."""
    found: dict[str, list[Any]] = {
        "captions": [], "grounded": [], "objects": [], "qa": [], "asked": [],
    }  # fmt: skip
    for turn in turns:
        answer = turn.correction
        if answer is None:
            continue
        found["asked"].append(_asked(turn, answer))
        for field, values in _as_of_photographs(turn, answer):
            found[field].extend(values)
    return found


def _asked(turn: StoredTurn, answer: Correction) -> dict[str, Any]:
    bare, phrases = _split(answer)
    return {
        "task": turn.task,
        "words": turn.asked,
        "regions": [turn.region.as_list()] if turn.region else [],
        "answer": answer.text,
        "phrases": phrases,
        "boxes": bare,
    }


def _as_of_photographs(
    turn: StoredTurn, answer: Correction
) -> Iterator[tuple[str, list[dict[str, Any]] | list[str]]]:
    """The fields that a photograph's label has, with what the correction adds to each."""
    bare, phrases = _split(answer)
    match turn.task:
        case "caption" if answer.text:
            yield "captions", [answer.text]
        case "grounding" if phrases:
            yield "grounded", [{"caption": answer.text, "phrases": phrases}]
        case "refer" if bare and turn.asked:
            whole = {"start": 0, "end": len(turn.asked), "kind": SOURCE, "boxes": bare}
            yield "grounded", [{"caption": turn.asked, "phrases": [whole]}]
        case "detection":
            named = [
                (answer.text[p["start"] : p["end"]], box) for p in phrases for box in p["boxes"]
            ]
            yield "objects", [{"name": name, "box": box} for name, box in named]
        case "identify" if turn.region is not None and answer.text:
            # A class has no article: "a cat." is a cat.
            name = _ARTICLE.sub("", answer.text.strip(" ."))
            yield "objects", [{"name": name, "box": turn.region.as_list()}]
        case "vqa" if turn.region is None and answer.text:
            yield "qa", [{"question": turn.asked, "answer": answer.text}]


def _split(answer: Correction) -> tuple[list[list[float]], list[dict[str, Any]]]:
    """The boxes without words, and the phrases with theirs."""
    bare: list[list[float]] = []
    phrases: dict[tuple[int, int], dict[str, Any]] = {}
    for found in answer.boxes:
        if found.start is None or found.end is None:
            bare.append(found.box.as_list())
            continue
        place = (found.start, found.end)
        phrase = {"start": found.start, "end": found.end, "kind": SOURCE, "boxes": []}
        phrases.setdefault(place, phrase)["boxes"].append(found.box.as_list())
    return bare, list(phrases.values())
