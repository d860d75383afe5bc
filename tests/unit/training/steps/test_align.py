from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.bundle import RegionFacts
from engine.grounding.geometry import Box
from engine.models.projector import Projector
from tests.support.pictures import BALL_BOX, DOG_BOX, GRASS_BOX, ROOM, captioned
from tests.support.tiny_eyes import CLASSES, GEOMETRY, tiny_eyes
from training.data.mixture import MixConfig, Mixture
from training.data.plain import PlainAnswer
from training.data.samples import Sample
from training.data.vocabulary import COLOURS
from training.loop import LoopConfig
from training.steps.align import (
    AlignConfig,
    Aligner,
    AlignStage,
    _cell,
    _covers,
    _share,
    begin_with_names,
    choice_loss,
    colour_in,
    content_words,
    labels_of,
    row_loss,
    word_columns,
)
from training.steps.dense import Eyes

WIDTH = 24
LOOSE = RegionFacts(k=64, threshold=0.0, nms=0.9)


def letters(text: str) -> list[int]:
    """A tokenizer to which every two letters are a token."""
    return [sum(map(ord, text[n : n + 2])) for n in range(0, len(text), 2)]


def test_every_box_has_what_is_said_of_it() -> None:
    assert ("small red circle", ROOM.things[1].box) in labels_of(ROOM)
    assert len(labels_of(ROOM)) == len(ROOM.things)
    assert labels_of(captioned()) == [
        ("A brown dog", DOG_BOX),
        ("two balls", BALL_BOX),
        ("two balls", Box(0.8, 0.6, 0.9, 0.7)),
        ("the grass", GRASS_BOX),
    ]


def test_words_that_name_nothing_are_left_out() -> None:
    assert content_words("A man's cup of the Coffee, 2 in red") == [
        "man", "s", "cup", "coffee", "red",
    ]  # fmt: skip
    assert content_words("of the") == []


def test_columns_say_where_a_words_tokens_are_in_the_table() -> None:
    ids, columns = word_columns(["the red dog", "Dogs", "a dog"], letters)
    assert columns.keys() == {"red", "dog", "dogs"}
    for word, places in columns.items():
        assert [ids[place] for place in places] == letters(f" {word}")
    assert len(ids) == len(set(ids))
    assert columns["dog"][0] == columns["dogs"][0]  # " d" is one token, listed once


def test_a_share_sums_to_one_whatever_is_said() -> None:
    said = [torch.tensor([1.0, 0.0, 1.0]), torch.tensor([0.0, 0.0, 1.0]), torch.zeros(3)]
    assert _share(said).tolist() == pytest.approx([1 / 3, 0, 2 / 3])


def test_cells_are_in_reading_order() -> None:
    assert [_cell(n, 2) for n in range(4)] == [
        Box(0, 0, 0.5, 0.5), Box(0.5, 0, 1, 0.5), Box(0, 0.5, 0.5, 1), Box(0.5, 0.5, 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("box", "covers"),
    [
        (Box(0, 0, 1, 1), True),
        (Box(0.25, 0, 0.75, 0.5), True),  # half of the patch
        (Box(0.45, 0, 1, 1), False),  # a strip of it
        (Box(0.1, 0.1, 0.12, 0.12), True),  # small, and all of it inside
        (Box(0.49, 0.1, 0.59, 0.2), False),  # small, and hardly inside
        (Box(0.5, 0.0, 1.0, 1.0), False),  # beside
        (Box(0.5, 0.5, 1.0, 1.0), False),
    ],
)
def test_what_covers_a_patch_names_it(box: Box, covers: bool) -> None:
    assert _covers(box, Box(0, 0, 0.5, 0.5)) is covers


def table(count: int = 40) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.nn.functional.normalize(torch.randn(count, 256), dim=-1) * 0.7


def test_rows_that_are_their_words_have_hardly_a_loss() -> None:
    words = table()
    one_each = torch.eye(40)
    loss, right = row_loss(words, words, one_each)
    assert loss.item() < 0.01
    assert right == 1
    worse, wrong = row_loss(words.roll(1, dims=0), words, one_each)
    assert worse > 5
    assert wrong == 0
    longer, right = row_loss(words * 2, words, one_each)
    assert longer > loss + 0.1  # its length is not a word's
    assert right == 1


def test_a_row_of_two_words_lies_between_them() -> None:
    words = table()
    wanted = torch.zeros(1, 40)
    wanted[0, 3] = wanted[0, 8] = 0.5
    between, right = row_loss((words[3:4] + words[8:9]) / 2**0.5, words, wanted)
    assert right == 1
    assert between < row_loss(words[3:4], words, wanted)[0]


def test_no_rows_have_no_loss() -> None:
    rows = torch.zeros(0, 256, requires_grad=True)
    loss, right = row_loss(rows, table(), torch.zeros(0, 40))
    assert (loss.item(), right) == (0, 0)
    loss.backward()  # type: ignore[no-untyped-call]


def test_a_regions_row_begins_with_its_likely_names() -> None:
    torch.manual_seed(0)
    eyes = tiny_eyes()
    width = eyes.head.config.row_width
    projector = Projector(12, WIDTH, d_region=width)
    names = {name: torch.randn(WIDTH) for name in CLASSES}
    begin_with_names(projector, eyes, names.__getitem__)
    assert projector.regions is not None
    start = eyes.head.config.width
    for n, name in enumerate(CLASSES):
        vector = torch.zeros(width)
        vector[start + n] = 1
        row = projector.region_rows(vector) - projector.regions.bias
        torch.testing.assert_close(row, names[name])


def stage_of(samples: list[Sample], eyes: Eyes, *, batch: int = 2) -> AlignStage:
    config = AlignConfig(
        loop=LoopConfig(steps=1, rate=1e-3),
        mix=MixConfig(sources={"some": 1.0, "text": 0.2}, kinds={}, mirror=0.0),
        out=Path("out"),
        eyes=Path("eyes"),
        batch=batch,
        regions=LOOSE,
    )
    plain = [PlainAnswer("Hello!", "Hi.")]
    said = [words for sample in samples for words, _ in labels_of(sample)]
    _, columns = word_columns([*said, *COLOURS], letters)
    count = 1 + max(place for places in columns.values() for place in places)
    projector = Projector(12, WIDTH, d_region=eyes.head.config.row_width)
    torch.manual_seed(0)
    return AlignStage(
        config,
        Aligner(projector, torch.randn(count, WIDTH)),
        mixture=Mixture(config.mix, None, {"some": samples}, plain),
        eyes=eyes,
        geometry=GEOMETRY,
        columns=columns,
    )


def seeing(box: Box) -> Eyes:
    """Eyes to which all that they see is of the size of `box`."""
    eyes = tiny_eyes().eval().requires_grad_(False)
    half = [(box.x2 - box.x1) / 2, (box.y2 - box.y1) / 2]
    eyes.head.edges.weight.zero_()
    edges = torch.log(torch.tensor(half + half)) + 2
    eyes.head.edges.load_state_dict({"weight": eyes.head.edges.weight, "bias": edges})
    return eyes


def test_rows_are_taught_the_words_of_what_is_there() -> None:
    samples = [captioned()]
    stage = stage_of(samples, seeing(DOG_BOX))
    batch = next(b for n in range(20) if len((b := stage.batch(n))["patches"]) == 6)
    assert batch["patches"].shape == (6, 4 * 12)  # nothing is said of the upper right quarter
    assert len(batch["regions"]) == len(batch["region_words"]) > 0
    for key in ("patch_words", "region_words"):
        torch.testing.assert_close(batch[key].sum(-1), torch.ones(len(batch[key])))
    dog = stage._wanted("brown dog")
    assert (batch["region_words"] == dog / dog.sum()).all(-1).any()
    grass = stage._wanted("the grass")
    assert (batch["patch_words"][:3] @ grass > 0).tolist() == [False, True, True]
    assert (batch["patch_words"][:3] @ stage._wanted("dog") > 0).tolist() == [True, True, False]
    assert (batch["patch_words"][0] == dog / dog.sum()).all()


def test_alignment_learns() -> None:
    stage = stage_of([captioned()], seeing(DOG_BOX))
    batch = stage.batch(0)
    optimizer = torch.optim.AdamW(stage.model.parameters(), lr=0.01)
    losses = []
    for _ in range(40):
        loss, figures = stage.loss(stage.model, batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    # Where a row has several words, some of its loss can't be learned away.
    floor = sum(
        torch.special.entr(batch[key]).sum(-1).mean() for key in ("patch_words", "region_words")
    )
    assert losses[-1] - floor < 0.3 * (losses[0] - floor)
    assert figures["right"] == 1
    assert not stage.model.table.requires_grad


def test_a_batch_in_which_no_region_fits_has_a_loss() -> None:
    stage = stage_of([captioned()], seeing(Box(0, 0, 0.01, 0.01)))
    batch = stage.batch(0)
    assert len(batch["regions"]) == 0
    loss, figures = stage.loss(stage.model, batch)
    assert torch.isfinite(loss)
    assert figures["regions"] == 0
    loss.backward()  # type: ignore[no-untyped-call]


def test_colours_and_corners_learned_apart_end_up_in_the_one_projector() -> None:
    torch.manual_seed(0)
    eyes = tiny_eyes()
    width = eyes.head.config.row_width
    aligner = Aligner(Projector(12, WIDTH, d_region=width), table=torch.randn(5, WIDTH))
    regions = torch.randn(3, width)
    _, before = aligner(torch.randn(2, 4 * 12), regions)
    torch.testing.assert_close(before, aligner.projector.region_rows(regions))
    with torch.no_grad():
        aligner.looks.weight.normal_()
    _, rows = aligner(torch.randn(2, 4 * 12), regions)
    assert not torch.allclose(rows, before)
    torch.testing.assert_close(aligner.folded().region_rows(regions), rows)
    torch.testing.assert_close(aligner.projector.region_rows(regions), before)


def test_a_colour_is_told_from_its_like() -> None:
    torch.manual_seed(0)
    names = torch.randn(WIDTH) + 0.3 * torch.randn(3, WIDTH)  # alike, as words for colours are
    loss, right = choice_loss(names * 2, names, torch.tensor([0, 1, 2]))
    worse, wrong = choice_loss(names.roll(1, dims=0), names, torch.tensor([0, 1, 2]))
    assert (right, wrong) == (1, 0)
    assert worse > loss
    none = torch.zeros(0, WIDTH, requires_grad=True)
    nothing, _ = choice_loss(none, names, torch.zeros(0, dtype=torch.long))
    nothing.backward()  # type: ignore[no-untyped-call]
    assert nothing == 0


def test_only_a_colour_that_is_sure_is_one() -> None:
    assert colour_in(["a red dog"]) == list(COLOURS).index("red")
    assert colour_in(["red shape", "small red square"]) == list(COLOURS).index("red")
    assert colour_in(["a dog"]) == colour_in(["red and blue"]) == colour_in([]) == -1
