"""Each corpus on a few files in its published layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.media.audio import RATE
from tests.unit.training.data.speech.conftest import Record
from training.data.speech.corpora import read_corpus
from training.errors import ConfigError, DataError


@pytest.fixture
def librispeech(tmp_path: Path, record: Record) -> Path:
    root = tmp_path / "LibriSpeech"
    for part, speaker, chapter in (("dev-clean", "84", "121123"), ("test-clean", "61", "70968")):
        folder = root / part / speaker / chapter
        for number in (0, 1):
            record(folder / f"{speaker}-{chapter}-{number:04}.flac")
        (folder / f"{speaker}-{chapter}.trans.txt").write_text(
            f"{speaker}-{chapter}-0000 GO DO YOU HEAR\n"
            f"{speaker}-{chapter}-0001 BUT IN LESS THAN FIVE MINUTES\n"
        )
    return root


@pytest.fixture
def common_voice(tmp_path: Path, record: Record) -> Path:
    root = tmp_path / "cv-corpus-17.0" / "en"
    header = "client_id\tpath\tsentence_id\tsentence\tsentence_domain\tup_votes\tdown_votes\n"
    rows = (
        ("a1", "common_voice_en_1.mp3", 'He said "no", twice.'),
        ("b2", "common_voice_en_2.mp3", "Joe Keaton disapproved of films."),
    )
    for _, name, _ in rows:
        record(root / "clips" / name, rate=48_000)
    lines = [f"{voice}\t{name}\tx\t{words}\t\t2\t0\n" for voice, name, words in rows]
    (root / "validated.tsv").write_text(header + "".join(lines))
    (root / "test.tsv").write_text(header + lines[1])
    return root


@pytest.fixture
def aishell(tmp_path: Path, record: Record) -> Path:
    root = tmp_path / "data_aishell"
    for part, key in (("train", "BAC009S0002W0122"), ("test", "BAC009S0764W0121")):
        record(root / "wav" / part / key[6:11] / f"{key}.wav")
    (root / "transcript").mkdir()
    (root / "transcript" / "aishell_transcript_v0.8.txt").write_text(
        "BAC009S0002W0122 而 对 楼市 成交 抑制 作用 最 大 的 限 购\n"
        "BAC009S0764W0121 甚至 出现 交易 几乎 停滞 的 情况\n",
        encoding="utf-8",
    )
    return root


def test_librispeech(librispeech: Path) -> None:
    found = list(read_corpus("librispeech", librispeech))
    assert [(u.key, u.text, u.voice) for u in found[:2]] == [
        ("84-121123-0000", "go do you hear", "84"),
        ("84-121123-0001", "but in less than five minutes", "84"),
    ]
    assert len(found) == 4
    assert len(found[0].open()) == RATE / 2
    assert found[0].answer is None
    part = read_corpus("librispeech", librispeech / "test-clean")
    assert {u.voice for u in part} == {"61"}


def test_common_voice(common_voice: Path) -> None:
    first, second = read_corpus("common-voice", common_voice)
    assert (first.key, first.text, first.voice) == (
        "common_voice_en_1", 'He said "no", twice.', "a1"
    )  # fmt: skip
    assert len(first.open()) == pytest.approx(RATE / 2, abs=RATE / 10)
    assert list(read_corpus("common-voice", common_voice / "test.tsv")) == [second]


def test_aishell(aishell: Path) -> None:
    first, second = read_corpus("aishell", aishell)
    assert (first.key, first.text, first.voice) == (
        "BAC009S0002W0122", "而对楼市成交抑制作用最大的限购", "S0002"
    )  # fmt: skip
    assert len(second.open()) == RATE / 2
    assert list(read_corpus("aishell", aishell / "wav" / "test")) == [second]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_damaged_line_is_named(librispeech: Path, common_voice: Path, aishell: Path) -> None:
    trans = librispeech / "dev-clean" / "84" / "121123" / "84-121123.trans.txt"
    change(trans, " BUT IN LESS THAN FIVE MINUTES", "")
    with pytest.raises(DataError, match=r"84-121123\.trans\.txt, line 2: expected a key and words"):
        list(read_corpus("librispeech", librispeech))
    change(common_voice / "test.tsv", "films.\t", "films.")
    with pytest.raises(DataError, match=r"test\.tsv, line 2: expected 7 cells, got 6"):
        list(read_corpus("common-voice", common_voice / "test.tsv"))
    change(common_voice / "validated.tsv", "Joe Keaton disapproved of films.", "")
    with pytest.raises(DataError, match=r"validated\.tsv, line 3: there is no path or no sentence"):
        list(read_corpus("common-voice", common_voice))
    change(common_voice / "validated.tsv", "client_id", "client")
    with pytest.raises(DataError, match=r"validated\.tsv, line 1: .*no column 'client_id'"):
        list(read_corpus("common-voice", common_voice))
    change(aishell / "transcript" / "aishell_transcript_v0.8.txt", "S0764", "S0765")
    with pytest.raises(DataError, match=r"v0\.8\.txt, line 2: there is no folder of .*'S0765'"):
        list(read_corpus("aishell", aishell))


def test_what_was_read_before_the_damage_came_through(common_voice: Path) -> None:
    """Nothing waits for the end of a list: the first utterance comes before the third line."""
    (common_voice / "clips" / "common_voice_en_2.mp3").unlink()
    stream: Iterator[object] = read_corpus("common-voice", common_voice)
    next(stream)
    with pytest.raises(DataError, match=r"validated\.tsv, line 3: .*en_2\.mp3 is missing"):
        next(stream)


def test_a_missing_or_damaged_recording_is_named(librispeech: Path, aishell: Path) -> None:
    folder = librispeech / "dev-clean" / "84" / "121123"
    (folder / "84-121123-0001.flac").write_bytes(b"fLaC, or not")
    found = list(read_corpus("librispeech", librispeech))
    with pytest.raises(DataError, match=r"trans\.txt, line 2: .*0001\.flac is damaged"):
        found[1].open()
    (folder / "84-121123-0001.flac").unlink()
    with pytest.raises(DataError, match=r"trans\.txt, line 2: .*0001\.flac is missing"):
        list(read_corpus("librispeech", librispeech))
    (aishell / "wav" / "train" / "S0002" / "BAC009S0002W0122.wav").unlink()
    with pytest.raises(DataError, match=r"v0\.8\.txt, line 1: .*W0122\.wav is missing"):
        list(read_corpus("aishell", aishell))


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    for name in ("librispeech", "aishell", "common-voice", "llasm"):
        with pytest.raises(DataError, match=str(tmp_path)):
            list(read_corpus(name, tmp_path))
    with pytest.raises(ConfigError, match=r"no corpus 'timit'; there are librispeech, common-voic"):
        read_corpus("timit", tmp_path)
