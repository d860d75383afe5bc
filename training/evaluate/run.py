"""The command `evaluate`: a bundle, as set up, on every benchmark; in slices of any length."""

from __future__ import annotations

import datetime
import json
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from engine.bundle import Bundle, default_bundle, default_whisper
from engine.engine import Engine
from engine.models.eyes import Eyes
from engine.types import LoadOptions
from training.answers import AnswersConfig, write_answers
from training.convert.bundle import ORIGIN_NAME, model_hash
from training.data.plain import read_answers
from training.errors import ConfigError
from training.evaluate import likeness, people, proposals
from training.evaluate.asking import Kept, ask, errors_in
from training.evaluate.benchmark import SCENES, Asked, Benchmark
from training.evaluate.hearing import Slice, transcriptions
from training.evaluate.material import (
    LIKENESS,
    PROPOSALS,
    SPOKEN,
    TRANSCRIBE,
    EvaluateConfig,
    Material,
)
from training.evaluate.report import Report, Result, table, write
from training.evaluate.spoken import spoken_equals_typed
from training.evaluate.utterances import check_voices
from training.parts import fetch

_LIKENESS_AIM = 0.05


class Run:
    """One bundle being measured; replies of earlier slices are found in `work`.

    Raises DataError, ConfigError and BundleError, before anything is asked, for what is missing.
    """

    def __init__(self, config: EvaluateConfig) -> None:
        self.config = config
        self.bundle = Bundle.open(config.bundle or default_bundle())
        self.hash = model_hash(self.bundle)
        self.folder = config.work / f"{self.hash[:12]}-seed{config.seed}"
        self.material = Material.open(config)
        self.kept = Kept.open(self.folder / "replies.jsonl")
        self._hears = [name for name in (TRANSCRIBE, SPOKEN) if self.wants(name)]
        if self.bundle.manifest.speech is None:
            if config.tasks and self._hears:
                name = self.bundle.manifest.name
                raise ConfigError(f"tasks: {self._hears[0]!r} needs ears, which {name} has not")
            self._hears = []
        elif self._hears:
            # Now, and not when the rest has been measured for hours.
            check_voices()
            if TRANSCRIBE in self._hears and config.whisper is None:
                default_whisper()
        minutes = config.minutes
        self._end = None if minutes is None else time.monotonic() + minutes * 60
        self._asked: dict[str, list[Asked]] = {b.name: [] for b in self.material.benchmarks}

    def answer(self) -> bool:
        """Ask what was not asked yet; False where the slice ended before all was."""
        if not self.material.benchmarks:
            return True
        with Engine.load(self.bundle.path) as engine, tempfile.TemporaryDirectory() as temporary:
            plans = self.material.plans(
                self.material.benchmarks, n=self.config.n, seed=self.config.seed
            )
            for sample, plan in tqdm(plans, unit="picture", disable=None):
                open_ = {key: q for key, (_, q) in plan.items() if key not in self.kept.replies}
                if open_ and self.late:
                    return False
                replies = ask(engine, sample, open_, Path(temporary)) if open_ else {}
                for key, reply in replies.items():
                    self.kept.add(key, reply)
                for key, (benchmark, question) in plan.items():
                    found = Asked(sample, question, self.kept.replies[key])
                    self._asked[benchmark.name].append(found)
        return True

    @property
    def late(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    def wants(self, name: str) -> bool:
        return not self.config.tasks or name in self.config.tasks

    def results(self) -> list[Result]:
        """A row for each benchmark that was asked anything so far, and one for malformed boxes."""
        rows = [
            _result(benchmark, self._asked[benchmark.name])
            for benchmark in self.material.benchmarks
            if self._asked[benchmark.name]
        ]
        for drawn, pictures in ((True, SCENES), (False, "photographs")):
            of = {b.name for b in self.material.benchmarks if (b.pictures == SCENES) == drawn}
            replies = [a.reply for name in of for a in self._asked[name]]
            if replies:
                malformed = sum(reply.malformed for reply in replies)
                rows.append(
                    Result(
                        name="malformed boxes",
                        pictures=pictures,
                        n=len(replies),
                        figure="count",
                        value=malformed,
                        aim=0,
                        at_most=True,
                        others={"errors": errors_in(replies)},
                    )
                )
        return rows

    def likeness(self) -> Result:
        """The bundle against the base on the base's own answers; the base's figures are kept."""
        answers = self.config.work / "answers-measured.jsonl"
        write_answers(AnswersConfig(out=answers, measured=True))
        pairs = read_answers(answers)
        figures = []
        for path, name in ((fetch("language-model"), "base"), (self.bundle.language_model, "own")):
            memory = self.folder / f"likelihood-{name}.json"
            if not memory.exists():
                found = likeness.likelihood(path, self.bundle.manifest, pairs)
                memory.parent.mkdir(parents=True, exist_ok=True)
                memory.write_text(json.dumps(found))
            figures.append(json.loads(memory.read_text()))
        others = likeness.compare(*figures)
        return Result(
            name=LIKENESS,
            pictures="none",
            n=len(pairs),
            figure="difference",
            value=others.pop("difference"),
            aim=_LIKENESS_AIM,
            at_most=True,
            others=others,
        )

    def hearing(self) -> list[Result]:
        """What was heard so far of what the slice has time for; nothing without ears."""
        if not self._hears:
            return []
        options = LoadOptions(whisper=self.config.whisper)
        with (
            Engine.load(self.bundle.path, options=options) as engine,
            tempfile.TemporaryDirectory() as temporary,
        ):
            slice_ = Slice(kept=self.kept, folder=Path(temporary), late=lambda: self.late)
            rows: list[Result] = []
            if TRANSCRIBE in self._hears:
                rows += transcriptions(engine, self.material, self.config, slice_)
            if SPOKEN in self._hears:
                rows += spoken_equals_typed(engine, self.material, self.config, slice_)
        return rows

    def recalls(self) -> Iterator[Result]:
        """What the region head finds, set by set."""
        facts = self.bundle.manifest.vision
        if facts is None or facts.regions is None:
            return
        eyes = Eyes.load(self.bundle.path, self.bundle.manifest)
        for pictures in (SCENES, *self.material.photos):
            samples = self.material.samples(pictures, self.config.n)
            taken = [s for _, s in zip(range(self.config.n), samples, strict=False)]
            taken = [sample for sample in taken if proposals.true_boxes(sample)]
            if taken:
                others = proposals.recall(eyes, facts, taken)
                yield Result(
                    name=f"{PROPOSALS}: best {facts.regions.k}",
                    pictures=pictures,
                    n=int(others.pop("boxes")),
                    figure="recall",
                    value=others.pop("recall"),
                    others=others,
                )


def _result(benchmark: Benchmark, asked: Sequence[Asked]) -> Result:
    others = dict(benchmark.measure(asked))
    aim = others.get(people.BASELINE, benchmark.aim)
    return Result(
        name=benchmark.name,
        pictures=benchmark.pictures,
        n=len(asked),
        figure=benchmark.figure,
        value=others.pop(benchmark.figure),
        aim=aim,
        others=others,
    )


def evaluate(config: EvaluateConfig) -> Report:
    """Everything that fits into the slice; a report of what is known by then.

    Raises DataError, ConfigError, BundleError: what can't be used and the way out.
    """
    run = Run(config)
    done = run.answer()
    results = run.results()
    if done and run.wants(LIKENESS) and not run.late:
        results.append(run.likeness())
    if done and run.wants(PROPOSALS) and not run.late:
        results += run.recalls()
    if done:
        results += run.hearing()
    manifest = run.bundle.manifest
    return Report(
        bundle=f"{manifest.name} {manifest.version}",
        hash=run.hash,
        quantization=_quantization(run.bundle),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command="python -m training " + shlex.join(sys.argv[1:]),
        seed=config.seed,
        results=tuple(results),
    )


def _quantization(bundle: Bundle) -> str:
    try:
        return str(json.loads((bundle.path / ORIGIN_NAME).read_text())["quantization"])
    except (OSError, ValueError, KeyError):
        return "unknown"


def main(config: EvaluateConfig) -> None:
    """The command `evaluate`: the table on standard output, the report in `config.out`."""
    report = evaluate(config)
    print(table(report.results))
    write(report, config.out)
    print(f"written to {config.out}", file=sys.stderr)
