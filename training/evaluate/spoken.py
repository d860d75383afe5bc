"""Spoken equals typed: a question about a picture is answered alike however it is asked."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from tqdm import tqdm

from training.data.questions import Question
from training.data.samples import Sample
from training.data.speech.maker import say
from training.evaluate.asking import Answering, ask, file_name
from training.evaluate.benchmark import Reply, share
from training.evaluate.hearing import Slice
from training.evaluate.material import SPOKEN, EvaluateConfig, Material, Plan
from training.evaluate.report import Result
from training.evaluate.utterances import save, voice_for

_AIM = 0.90


def same(spoken: Reply, typed: Reply) -> bool:
    """Whether two answers are one: text and boxes identical, and both without an error."""
    if spoken.error is not None or typed.error is not None:
        return False
    return (spoken.text, spoken.boxes) == (typed.text, typed.boxes)


def spoken_equals_typed(
    engine: Answering, material: Material, config: EvaluateConfig, slice_: Slice
) -> list[Result]:
    """One row, of at most `n` cases from every benchmark alike; none where nothing was asked yet.

    A case is a question with words. They are said by a voice that no training has heard, without
    noise; task, picture and regions are given as when the words are typed.
    """
    each = max(1, config.n // len(material.every))
    plans = material.plans(material.every, n=each, seed=config.seed, fits=_has_words)
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    errors = 0
    for sample, plan in tqdm(plans, unit="picture", desc=SPOKEN, disable=None):
        if not _asked(engine, sample, plan, slice_):
            break
        for key, (benchmark, _) in plan.items():
            spoken, typed = (slice_.kept.replies[k] for k in (_spoken_key(key), key))
            hits[benchmark.name].append(same(spoken, typed))
            errors += spoken.error is not None or typed.error is not None
    cases = [hit for found in hits.values() for hit in found]
    if not cases:
        return []
    return [
        Result(
            name=SPOKEN,
            pictures="scenes and photographs" if material.photos else "scenes",
            n=len(cases),
            figure="same answer",
            value=share(cases),
            aim=_AIM,
            others={**{name: share(found) for name, found in hits.items()}, "errors": errors},
        )
    ]


def _has_words(question: Question) -> bool:
    return bool(question.words.strip())


def _spoken_key(key: str) -> str:
    return f"{SPOKEN}/{voice_for(key).name}/{key}"


def _asked(engine: Answering, sample: Sample, plan: Plan, slice_: Slice) -> bool:
    """Ask what was not asked yet, in both ways; False where the slice has ended before that."""
    replies = slice_.kept.replies
    open_: dict[str, Question] = {}
    clips: dict[str, Path] = {}
    for key, (_, question) in plan.items():
        spoken = _spoken_key(key)
        open_ |= {each: question for each in (key, spoken) if each not in replies}
    if not open_:
        return True
    if slice_.late():
        return False
    for key in plan:
        if (spoken := _spoken_key(key)) in open_:
            clips[spoken] = slice_.folder / f"{file_name(spoken)}.wav"
            save(say(open_[spoken].words, voice_for(key)), clips[spoken])
    for key, reply in ask(engine, sample, open_, slice_.folder, clips=clips).items():
        slice_.kept.add(key, reply)
    for path in clips.values():
        path.unlink()
    return True
