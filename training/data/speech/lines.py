"""The lists of a corpus, read piece by piece: what is wrong with one is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from engine.errors import InputError
from engine.media.audio import Samples, read_audio
from training.errors import DataError

_CHUNK = 1 << 16  # characters read at once
_LARGEST = 1 << 22  # characters of one JSON record; what has no end by then is damaged


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}"

    def error(self, what: str) -> DataError:
        """An error about this place, to be raised; `what` says what is wrong and the way out."""
        return DataError(f"{self}: {what}")

    def recording(self, path: Path) -> Callable[[], Samples]:
        """What opens a recording that this place names; DataError where it is missing."""
        if not path.is_file():
            raise self.error(f"the recording {path} is missing; get it again or remove the line")
        return partial(_open, self, path)


def _open(place: Place, path: Path) -> Samples:
    try:
        return read_audio(path)
    except InputError as error:
        raise place.error(str(error)) from error


def lines(path: Path) -> Iterator[tuple[Place, str]]:
    """The lines of a text file in UTF-8, without their ends; DataError where one can't be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: the list can't be read: {error}") from error
    with file:
        for number, raw in enumerate(file, start=1):
            place = Place(path, number)
            try:
                yield place, raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise place.error("this is not UTF-8; get the file again") from error


def records(path: Path) -> Iterator[tuple[Place, Any]]:
    """The members of a JSON list, or of a file of JSON lines, each with where it begins.

    No more than one of them is in memory. Raises DataError where one is damaged.
    """
    try:
        file = path.open(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: the list can't be read: {error}") from error
    with file:
        yield from _Reader(path, file).records()


class _Reader:
    """A JSON file with the part of it that was read and not used yet."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file
        self._text = ""
        self._line = 1
        self._ended = False

    def records(self) -> Iterator[tuple[Place, Any]]:
        self._skip(" \t\r\n\ufeff")
        listed = self._text.startswith("[")
        if listed:
            self._use(1)
        while True:
            self._skip(" \t\r\n,")
            if listed and self._text.startswith("]"):
                return
            if not self._text:
                if listed:
                    raise self._place().error("the list has no end here; get the file again")
                return
            yield self._place(), self._record()

    def _record(self) -> Any:
        decoder = json.JSONDecoder()
        while True:
            try:
                value, end = decoder.raw_decode(self._text)
            except json.JSONDecodeError as error:
                if self._ended or len(self._text) > _LARGEST:
                    line = self._line + self._text.count("\n", 0, error.pos)
                    what = f"no JSON there ({error.msg}); get the file again"
                    raise Place(self._path, line).error(what) from error
                self._read()
                continue
            self._use(end)
            return value

    def _skip(self, characters: str) -> None:
        """Go on to the next character that is none of these."""
        while True:
            left = self._text.lstrip(characters)
            self._use(len(self._text) - len(left))
            if left or self._ended:
                return
            self._read()

    def _use(self, length: int) -> None:
        self._line += self._text.count("\n", 0, length)
        self._text = self._text[length:]

    def _read(self) -> None:
        try:
            more = self._file.read(_CHUNK)
        except UnicodeDecodeError as error:
            raise self._place().error("this or what follows is not UTF-8") from error
        self._ended = not more
        self._text += more

    def _place(self) -> Place:
        return Place(self._path, self._line)
