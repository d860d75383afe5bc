"""Conversations in which the human speaks, as LLaSM-Audio-Instructions describes them.

arXiv 2308.15930, section 3.2: dialogues of WizardLM, ShareGPT and GPT-4-LLM whose human turns were
said by a synthesizer. Their form is the one that LLaSM's own code reads: a JSON list (or a JSON
line each) of `{"conversations": [{"from": "human", ...}, {"from": "gpt", "value": ...}, ...]}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.data.speech.lines import Place, lines, records
from training.data.speech.utterance import Utterance
from training.errors import DataError

VOICE = "synthesizer"  # where a turn does not say who speaks
_SLOT = re.compile(r"<au_start>|<au_patch>|<au_end>")
_ENDINGS = (".json", ".jsonl")


def read_llasm(path: Path) -> Iterator[Utterance]:
    """Every spoken human turn of a file of conversations, or of all such files in a folder.

    A human turn that is spoken has its file in "audio", relative to the list; a turn without is
    typed and passed over. The words are its "value" without the audio tokens, or those of the .txt
    beside the recording, as LLaSM's examples have it, or unknown. An answer is given for the first
    turn alone: later ones lean on what was said before.
    """
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in _ENDINGS)
        if not files:
            raise DataError(f"{path}: no conversations, there is no .json or .jsonl in it")
    for file in files:
        for number, (place, record) in enumerate(records(file)):
            turns = _turns(place, record)
            key = str(record.get("id", f"{file.stem}-{number}"))
            for turn in range(len(turns)):
                if turns[turn]["from"] == "human" and "audio" in turns[turn]:
                    yield _utterance(place, key, turns, turn)


def _turns(place: Place, record: Any) -> list[dict[str, str]]:
    """The turns of a conversation; each has "from", and text under every key that is used."""
    turns = record.get("conversations") if isinstance(record, dict) else None
    if not isinstance(turns, list) or not turns:
        raise place.error('no conversation, there is no list of turns in "conversations"')
    for number, turn in enumerate(turns, start=1):
        if not isinstance(turn, dict) or turn.get("from") not in ("human", "gpt", "system"):
            raise place.error(f'turn {number}: "from" is neither human nor gpt nor system')
        needed = "audio" if "audio" in turn else "value"
        for key in (needed, "value", "voice"):
            if not isinstance(turn.get(key, "" if key != needed else None), str):
                raise place.error(f"turn {number}: {key!r} is no text: {turn.get(key)!r}")
    return turns


def _utterance(place: Place, key: str, turns: list[dict[str, str]], number: int) -> Utterance:
    turn = turns[number]
    recording = place.path.parent / turn["audio"]
    open_ = place.recording(recording)
    words = _SLOT.sub("", turn.get("value", "")).strip()
    beside = recording.with_suffix(".txt")
    if not words and beside.is_file():
        words = " ".join(line.strip() for _, line in lines(beside)).strip()
    first = not any(earlier["from"] != "system" for earlier in turns[:number])
    answered = number + 1 < len(turns) and turns[number + 1]["from"] == "gpt"
    answer = turns[number + 1].get("value") if first and answered else None
    voice = turn.get("voice", VOICE)
    return Utterance(f"{key}:{number}", words, voice, open_, answer)
