"""People's questions about photographs, against the commonest answer of each type of question."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from training.data.samples import Sample
from training.evaluate.benchmark import Asked, Benchmark, asks, exact, share

PICTURES = "daquar-train"
BASELINE = "commonest answer"
_TYPE_WORDS = 2  # "how many", "what is", "what colour"


def type_of(question: str) -> str:
    """The type of a question: its first words."""
    return " ".join(question.lower().split()[:_TYPE_WORDS])


def commonest(samples: Sequence[Sample]) -> Callable[[str], str]:
    """Question -> the commonest answer to questions of its type (to any, for a type never seen)."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    overall: Counter[str] = Counter()
    for sample in samples:
        for asked in sample.questions:
            counts[type_of(asked.question)][asked.answer] += 1
            overall[asked.answer] += 1

    def answer(question: str) -> str:
        found = counts.get(type_of(question)) or overall
        return found.most_common(1)[0][0] if found else ""

    return answer


def benchmark(trained_on: Sequence[Sample]) -> Benchmark:
    """The benchmark on the pictures kept for measuring; its aim is to beat the commonest answer.

    `trained_on` are the other pictures of the set, from which that answer is taken.
    """
    guess = commonest(trained_on)

    def measure(asked: Sequence[Asked]) -> dict[str, float]:
        guessed = share([guess(a.question.words) == a.question.answer for a in asked])
        return {**exact(asked), BASELINE: guessed}

    return Benchmark(
        name="people's questions",
        pictures=PICTURES,
        ask=asks("people"),
        measure=measure,
        figure="exact",
        per_picture=8,
    )
