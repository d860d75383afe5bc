"""CIDEr-D (Vedantam et al., arXiv 1411.5726), computed as the COCO caption tools do.

N-grams of 1 to 4 words, weighted by how rare they are among the pictures' references; a caption is
compared with each reference by clipped cosine and a Gaussian of the difference in length; the mean
over references and lengths is multiplied by ten. Words are not stemmed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 4
SIGMA = 6.0
_WORD = re.compile(r"'[a-z]+|[^\W_]+(?:-[^\W_]+)*")

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Vector:
    """Weighted n-grams and their norm for each length, and the number of the caption's bigrams."""

    weights: tuple[dict[Gram, float], ...]
    norms: tuple[float, ...]
    length: int


def words_of(caption: str) -> list[str]:
    """Small letters, no punctuation; "dog's" is two words, "t-shirt" one, as in Penn Treebank."""
    return _WORD.findall(caption.lower())


def cider(captions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """The mean over pictures; `references[i]` are those of the picture of `captions[i]`.

    How rare an n-gram is comes from these references, so a figure is of this set of pictures.
    """
    counted = [[_grams(reference) for reference in each] for each in references]
    seen = Counter(gram for each in counted for gram in {g for grams in each for g in grams})
    scores = [
        _score(_grams(caption), each, seen, math.log(len(references)))
        for caption, each in zip(captions, counted, strict=True)
    ]
    return sum(scores) / max(1, len(scores))


def _grams(caption: str) -> Counter[Gram]:
    words = words_of(caption)
    return Counter(
        tuple(words[start : start + n])
        for n in range(1, LONGEST + 1)
        for start in range(len(words) - n + 1)
    )


def _score(
    caption: Counter[Gram],
    references: Sequence[Counter[Gram]],
    seen: Counter[Gram],
    pictures: float,
) -> float:
    said = _vector(caption, seen, pictures)
    likes = [_likeness(said, _vector(grams, seen, pictures)) for grams in references]
    return 10 * sum(likes) / max(1, len(likes))


def _vector(grams: Counter[Gram], seen: Counter[Gram], pictures: float) -> _Vector:
    """`pictures` is the logarithm of their number."""
    weights: tuple[dict[Gram, float], ...] = tuple({} for _ in range(LONGEST))
    for gram, count in grams.items():
        weights[len(gram) - 1][gram] = count * (pictures - math.log(max(1, seen[gram])))
    norms = tuple(math.sqrt(sum(w * w for w in each.values())) for each in weights)
    return _Vector(weights, norms, sum(count for gram, count in grams.items() if len(gram) == 2))


def _likeness(said: _Vector, reference: _Vector) -> float:
    """The mean over lengths of n-grams, 0..1."""
    penalty = math.exp(-((said.length - reference.length) ** 2) / (2 * SIGMA**2))
    total = 0.0
    for ours, theirs, our_norm, their_norm in zip(
        said.weights, reference.weights, said.norms, reference.norms, strict=True
    ):
        shared = sum(
            min(w, theirs[gram]) * theirs[gram] for gram, w in ours.items() if gram in theirs
        )
        norm = our_norm * their_norm
        total += penalty * (shared / norm if norm else shared)
    return total / LONGEST
