"""What each benchmark counts, on replies made by hand."""

from __future__ import annotations

import random

import pytest

from engine.grounding.codec import detections
from engine.grounding.geometry import Box
from engine.types import GroundedBox
from tests.support.pictures import asked, captioned, drawn, photographed, random_scene
from training.data.questions import Question
from training.data.samples import Sample, Thing
from training.evaluate import caption, counting, detection, existence, identify, people, refer
from training.evaluate.benchmark import DIALECT, Asked, Benchmark, Reply, exact, f1, share

LEFT, RIGHT = Box(0.0, 0.0, 0.4, 0.4), Box(0.5, 0.5, 1.0, 1.0)
NEAR_LEFT = Box(0.0, 0.0, 0.4, 0.3)  # IoU 0.75
MIDDLE = Box(0.3, 0.3, 0.7, 0.9)
SAMPLE = drawn(Thing("dog", LEFT), Thing("cat", RIGHT))
EVERY = [
    *refer.BENCHMARKS, *identify.BENCHMARKS, *detection.BENCHMARKS, *existence.BENCHMARKS,
    *counting.BENCHMARKS, *caption.BENCHMARKS,
]  # fmt: skip


def pair(question: Question, text: str = "", *boxes: tuple[str | None, Box]) -> Asked:
    found = tuple(GroundedBox(box, phrase) for phrase, box in boxes)
    return Asked(SAMPLE, question, Reply(text, found))


def pointing(*boxes: Box) -> Question:
    return Question("refer", "the dog", (), DIALECT.boxes(boxes), "refer", boxes)


def detecting(*found: tuple[str, Box]) -> Question:
    answer = detections(DIALECT, [(name, (box,)) for name, box in found])
    boxes = tuple(box for _, box in found)
    return Question("detection", "dogs and cats", (), answer, "detection", boxes)


def short(answer: str) -> Question:
    return Question("vqa", "well?", (), answer, "existence")


@pytest.mark.parametrize("text", ["Yes", "yes.", " yes \n", "YES"])
def test_case_and_full_stop_do_not_matter(text: str) -> None:
    assert exact([pair(short("yes"), text)]) == {"exact": 1.0}


@pytest.mark.parametrize("text", ["yes it is", "no", "", "ye"])
def test_anything_else_is_wrong(text: str) -> None:
    assert exact([pair(short("yes"), text), pair(short("yes"), "yes")]) == {"exact": 0.5}


def test_counts_of_nothing_are_zero() -> None:
    assert share([]) == 0.0
    assert f1(0, 0, 0) == 0.0


def test_pointing_needs_half_of_the_union() -> None:
    replies = [
        pair(pointing(LEFT), "", (None, NEAR_LEFT)),
        pair(pointing(LEFT), "", (None, RIGHT)),
        pair(pointing(LEFT), "none"),
        pair(pointing(LEFT), "", (None, RIGHT), (None, LEFT)),
    ]
    assert refer.pointed(replies) == {"IoU 0.5": 0.25, "said none": 0.25}
    assert refer.refused(replies[2:]) == {"said none": 0.5}


def test_detection_counts_boxes_by_name() -> None:
    question = detecting(("dog", LEFT), ("cat", RIGHT))
    right = pair(question, "", ("Dog", NEAR_LEFT), ("cat", RIGHT))
    assert detection.boxes_f1([right]) == {"F1": 1.0, "precision": 1.0, "recall": 1.0}
    swapped = pair(question, "", ("cat", LEFT), ("dog", RIGHT))
    assert detection.boxes_f1([swapped])["F1"] == 0.0
    assert detection.boxes_f1([swapped], named=False)["F1"] == 1.0
    doubled = pair(question, "", ("dog", LEFT), ("dog", NEAR_LEFT))
    figures = detection.boxes_f1([doubled])
    assert figures == {"F1": 0.5, "precision": 0.5, "recall": 0.5}


def test_detection_sums_over_pictures() -> None:
    one, two = detecting(("dog", LEFT)), detecting(("dog", LEFT), ("dog", RIGHT))
    figures = detection.boxes_f1([pair(one, "", ("dog", LEFT)), pair(two, "none")])
    assert figures["recall"] == pytest.approx(1 / 3)
    assert figures["precision"] == 1.0


def test_small_boxes_of_photographs_do_not_count() -> None:
    small = Box(0.0, 0.0, 0.1, 0.1)
    question = detecting(("dog", LEFT), ("dog", small))
    reply = pair(question, "", ("dog", LEFT), ("dog", Box(0.8, 0.8, 0.9, 0.9)))
    by_name = {row.name: row for row in detection.BENCHMARKS}
    assert by_name["detection: classes"].measure([reply])["F1"] == 1.0
    assert by_name["detection"].measure([reply])["F1"] == 0.5


def test_existence_tells_what_was_said() -> None:
    replies = [pair(short("yes"), "yes"), pair(short("no"), "yes")]
    assert existence.judged(replies) == {"exact": 0.5, "answers yes": 0.5, "said yes": 1.0}


def test_captions_are_judged_by_the_names_in_them() -> None:
    question = Question("caption", "", (), "", "caption", names=("dog", "cat", "red circle"))
    reply = pair(question, "Two dogs, a red circle and a taxi.")
    figures = caption.named([reply])
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["F1 of names"] == pytest.approx(2 / 3)


def test_phrases_are_asked_for_as_they_are_written() -> None:
    question = refer.phrase_with_one_box(captioned(), random.Random(0))
    assert question is not None
    assert len(question.boxes) == 1
    assert refer.phrase_with_one_box(SAMPLE, random.Random(0)) is None


def test_the_commonest_answer_is_one_of_its_type() -> None:
    samples = [
        asked(("how many chairs are there ?", "2"), ("what is on the table ?", "lamp")),
        asked(("how many lamps are there ?", "2"), ("how many beds are there ?", "1")),
        asked(("what is on the wall ?", "lamp"), ("what is left of it ?", "door")),
    ]
    guess = people.commonest(samples)
    assert guess("how many windows are there ?") == "2"
    assert guess("what is on the floor ?") == "lamp"
    assert guess("which one is it ?") in ("2", "lamp")
    assert people.commonest([])("how many ?") == ""


def test_people_are_compared_with_that_guess() -> None:
    benchmark = people.benchmark([asked(("how many ?", "2"))])
    questions = [Question("vqa", "how many are there ?", (), "2", "people"), short("3")]
    figures = benchmark.measure([pair(questions[0], "2"), pair(questions[1], "3")])
    assert figures == {"exact": 1.0, people.BASELINE: 0.5}


def samples_for(benchmark: Benchmark) -> list[Sample]:
    if benchmark.pictures == "scenes":
        return [random_scene(random.Random(seed)) for seed in range(30)]
    if benchmark.pictures == "coco-val":
        return [photographed(Thing("dog", LEFT), Thing("person", RIGHT), Thing("person", MIDDLE))]
    return [captioned()]


@pytest.mark.parametrize("benchmark", EVERY, ids=lambda benchmark: benchmark.name)
def test_questions_are_different_and_the_same_again(benchmark: Benchmark) -> None:
    first, second = (
        [list(benchmark.questions(sample, seed=3)) for sample in samples_for(benchmark)]
        for _ in range(2)
    )
    assert first == second
    assert any(first)
    for questions in first:
        assert len(questions) <= benchmark.per_picture
        told = [(question.words.lower(), question.regions) for question in questions]
        assert len(set(told)) == len(told)


@pytest.mark.parametrize(
    "benchmark", [b for b in EVERY if b.figure != "CIDEr"], ids=lambda benchmark: benchmark.name
)
def test_the_true_answer_gets_full_marks(benchmark: Benchmark) -> None:
    asked_about = [
        Asked(sample, question, Reply(question.answer, truth(question)))
        for sample in samples_for(benchmark)
        for question in benchmark.questions(sample, seed=0)
    ]
    assert asked_about
    assert benchmark.measure(asked_about)[benchmark.figure] == pytest.approx(1.0)


def truth(question: Question) -> tuple[GroundedBox, ...]:
    return tuple(GroundedBox(box, name or None) for name, box in detection.truth_of(question))
