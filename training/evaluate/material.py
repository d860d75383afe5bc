"""What is measured: the pictures, the benchmarks chosen, and what a command may say about both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.data.mixture import DRAWN_PACK, kept_for_measuring
from training.data.photos import read_photos
from training.data.questions import Question
from training.data.samples import Sample
from training.data.scenes import SpritePacks, scene
from training.data.sprites import installed_pack
from training.errors import ConfigError
from training.evaluate import caption, counting, detection, existence, identify, people, refer
from training.evaluate.asking import key_of
from training.evaluate.benchmark import SCENES, Benchmark

LIKENESS, PROPOSALS = "like the base", "proposals"
"""The two measurements that ask nothing."""

TRANSCRIBE, SPOKEN = "transcribe", "spoken equals typed"
"""The two measurements of hearing, of bundles that hear."""

Plan = Mapping[str, tuple[Benchmark, Question]]
"""What is asked about one picture, by the key under which its reply is kept."""

_OTHERS = (LIKENESS, PROPOSALS, TRANSCRIBE, SPOKEN)
_SCENES_PER_QUESTION = 8  # scenes tried at most for each question wanted
_PHOTOGRAPHS = ("flickr8k-val", "coco-val", people.PICTURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateConfig:
    """What is measured, on what.

    `n` questions a benchmark (fewer where the pictures give fewer); `tasks` are benchmarks' names
    or the task they begin with, empty for all; `minutes` ends a slice, and the next call goes on
    where it ended. Without `photos` only scenes are measured; without `sprites` scenes are drawn
    from an installed emoji font. `speech` holds corpora to be transcribed besides what synthesizers
    say: a name of `training.data.speech.corpora.READERS` -> where it is. `whisper` is the folder of
    the Whisper to compare with, None the one that comes with the program.
    """

    bundle: Path | None = None
    photos: Path | None = None
    sprites: Path | None = None
    speech: Mapping[str, Path] = field(default_factory=dict)
    whisper: Path | None = None
    work: Path = Path("runs/evaluate")
    out: Path = Path("build/evaluation.json")
    n: int = 1000
    tasks: tuple[str, ...] = ()
    seed: int = 0
    minutes: float | None = None


def _any(_question: Question) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Material:
    """The pictures to measure on; photographs by set, those that may be measured on alone.

    `benchmarks` are those that were chosen, `every` those that these pictures can be asked.
    """

    packs: SpritePacks
    photos: Mapping[str, Sequence[Sample]]
    benchmarks: tuple[Benchmark, ...]
    every: tuple[Benchmark, ...]

    @classmethod
    def open(cls, config: EvaluateConfig) -> Material:
        """Read what the configuration names. Raises DataError where it can't be used."""
        packs = SpritePacks.open(config.sprites or installed_pack(DRAWN_PACK))
        known = [*refer.BENCHMARKS, *identify.BENCHMARKS, *detection.BENCHMARKS]
        known += [*existence.BENCHMARKS, *counting.BENCHMARKS, *caption.BENCHMARKS]
        photos: dict[str, Sequence[Sample]] = {}
        if config.photos is not None:
            photos = {name: read_photos(config.photos, (name,)) for name in _PHOTOGRAPHS}
            asked = photos[people.PICTURES]
            photos[people.PICTURES] = [s for s in asked if kept_for_measuring(s)]
            known.append(people.benchmark([s for s in asked if not kept_for_measuring(s)]))
        usable = [b for b in known if b.pictures == SCENES or b.pictures in photos]
        return cls(packs, photos, _chosen(usable, config.tasks), tuple(usable))

    def samples(self, pictures: str, wanted: int) -> Iterator[Sample]:
        """The set's pictures in a fixed order."""
        if pictures != SCENES:
            return iter(self.photos[pictures])
        numbers = range(wanted * _SCENES_PER_QUESTION)
        return (scene(self.packs, "eval", number) for number in numbers)

    def plans(
        self,
        benchmarks: Sequence[Benchmark],
        *,
        n: int,
        seed: int,
        fits: Callable[[Question], bool] = _any,
    ) -> Iterator[tuple[Sample, Plan]]:
        """Each picture with all that is asked about it, until every benchmark has `n` that fit."""
        for pictures in dict.fromkeys(b.pictures for b in benchmarks):
            left = {b: n for b in benchmarks if b.pictures == pictures}
            for sample in self.samples(pictures, n):
                plan = {}
                for benchmark, wanted in left.items():
                    made = filter(fits, benchmark.questions(sample, seed=seed))
                    for _, question in zip(range(wanted), made, strict=False):
                        plan[f"{benchmark.name}/{key_of(sample, question)}"] = benchmark, question
                        left[benchmark] -= 1
                left = {b: wanted for b, wanted in left.items() if wanted > 0}
                if plan:
                    yield sample, plan
                if not left:
                    break


def _chosen(known: Sequence[Benchmark], tasks: Sequence[str]) -> tuple[Benchmark, ...]:
    names = {b.name for b in known} | {b.name.partition(":")[0] for b in known}
    for task in tasks:
        if task not in {*names, *_OTHERS}:
            listed = ", ".join(sorted({*names, *_OTHERS}))
            raise ConfigError(f"tasks: there is no benchmark {task!r}; there are {listed}")
    wanted = set(tasks)
    return tuple(b for b in known if not wanted or {b.name, b.name.partition(":")[0]} & wanted)
