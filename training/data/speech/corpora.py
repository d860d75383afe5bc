"""Published corpora of speech in the folders that they are unpacked to -> utterances.

Each reader goes through its lists line by line and opens a recording only when it is wanted. What
is damaged or missing is a DataError that names the list and the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from training.data.speech.lines import Place, lines
from training.data.speech.llasm import read_llasm
from training.data.speech.utterance import Utterance
from training.errors import ConfigError, DataError

VALIDATED = "validated.tsv"
TRANSCRIPT = Path("transcript") / "aishell_transcript_v0.8.txt"


def read_librispeech(folder: Path) -> Iterator[Utterance]:
    """LibriSpeech (Panayotov et al. 2015): `folder` is all of it, or a part like "dev-clean".

    speaker/chapter/speaker-chapter.trans.txt has a line `key WORDS` for each key.flac beside it.
    The words are in capitals throughout, which says nothing: they come in small letters.
    """
    lists = sorted(folder.rglob("*.trans.txt"))
    if not lists:
        raise DataError(f"{folder}: no LibriSpeech, there is no *.trans.txt in it or below")
    for path in lists:
        for place, line in lines(path):
            key, words = _keyed(place, line)
            open_ = place.recording(path.with_name(f"{key}.flac"))
            yield Utterance(key, words.lower(), key.partition("-")[0], open_)


def read_aishell(folder: Path) -> Iterator[Utterance]:
    """AISHELL-1 (Bu et al. 2017): `folder` is all of it, or a part like "wav/test".

    A line of the transcript is `key` and Chinese words with spaces between them, which are no part
    of Chinese writing and go. The recording is wav/part/speaker/key.wav; key is "BAC009" and a few
    characters more, speaker ("S0002") and number ("W0122").
    """
    root, parts = folder, sorted((folder / "wav").glob("*"))
    if not (folder / TRANSCRIPT).exists() and folder.parent.name == "wav":
        root, parts = folder.parent.parent, [folder]
    below = (path for part in parts if part.is_dir() for path in part.iterdir())
    speakers = {path.name: path for path in below if path.is_dir()}
    if not speakers:
        raise DataError(f"{folder}: no AISHELL-1, there is no folder wav/part/speaker in it")
    for place, line in lines(root / TRANSCRIPT):
        key, words = _keyed(place, line)
        speaker = key[6:11]
        if speaker in speakers:
            open_ = place.recording(speakers[speaker] / f"{key}.wav")
            yield Utterance(key, "".join(words.split()), speaker, open_)
        elif root == folder:
            raise place.error(f"there is no folder of the speaker {speaker!r}; unpack it in wav")


def _keyed(place: Place, line: str) -> tuple[str, str]:
    key, _, words = line.strip().partition(" ")
    if not words.strip():
        raise place.error(f"expected a key and words, got {line!r}; get the file again")
    return key, words.strip()


def read_common_voice(path: Path) -> Iterator[Utterance]:
    """Common Voice (Ardila et al. 2020): the folder of a language, or one of its lists.

    A folder stands for its "validated.tsv"; a list is tab-separated with a header, and names the
    files in "clips". The speaker is the list's `client_id`.
    """
    if path.is_dir():
        path = path / VALIDATED
    clips = path.parent / "clips"
    columns: dict[str, int] = {}
    for place, line in lines(path):
        cells = line.split("\t")  # not csv's: quotation marks are part of the sentences
        if not columns:
            columns = {name: number for number, name in enumerate(cells)}
            for name in ("client_id", "path", "sentence"):
                if name not in columns:
                    raise place.error(f"no Common Voice, there is no column {name!r}")
            continue
        if len(cells) != len(columns):
            raise place.error(f"expected {len(columns)} cells, got {len(cells)}")
        name, words = cells[columns["path"]], cells[columns["sentence"]].strip()
        if not name or not words:
            raise place.error("there is no path or no sentence; remove the line")
        open_ = place.recording(clips / (name if Path(name).suffix else f"{name}.mp3"))
        yield Utterance(Path(name).stem, words, cells[columns["client_id"]], open_)


READERS: Mapping[str, Callable[[Path], Iterator[Utterance]]] = {
    "librispeech": read_librispeech,
    "common-voice": read_common_voice,
    "aishell": read_aishell,
    "llasm": read_llasm,
}


def read_corpus(name: str, path: Path) -> Iterator[Utterance]:
    """The utterances of the corpus `name` at `path`, in the order of its lists.

    Raises ConfigError for a corpus that isn't known.
    """
    if name not in READERS:
        raise ConfigError(f"there is no corpus {name!r}; there are {', '.join(READERS)}")
    return READERS[name](path)
