from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.bundle import RegionFacts
from engine.media.audio import Samples
from engine.models.projector import Projector
from engine.prompt.template import TextSegment
from tests.support.pictures import ROOM, captioned
from tests.support.tiny_eyes import GEOMETRY, tiny_eyes
from tests.support.tiny_llama import N_EMBD
from training.data.mixture import MixConfig, Mixture
from training.data.plain import PlainAnswer
from training.data.questions.aloud import AloudConfig
from training.data.samples import Sample
from training.data.speech import shards
from training.data.speech.shards import HeardWindow
from training.language import LanguageModel, LoraSettings
from training.loop import LoopConfig
from training.packing import PATCH, REGION, SPEECH
from training.stages import tokenizer_of
from training.steps import joint
from training.steps.joint import Joint, JointConfig, JointStage, _placed

LOOSE = RegionFacts(k=5, threshold=0.0, nms=0.6, order="left to right", named=0.2)
KINDS = {"caption": 1.0, "refer": 1.0, "identify": 1.0, "existence": 1.0}
PLAIN = [PlainAnswer(f"question {n}", f"answer {n}") for n in range(5)]


def stage_of(
    tiny_gguf: Path,
    *,
    batch: int = 3,
    regions: RegionFacts = LOOSE,
    spoken: float = 0.0,
    frames: Path | None = None,
    **sources: float,
) -> JointStage:
    config = JointConfig(
        loop=LoopConfig(steps=1, rate=1e-3),
        mix=MixConfig(sources=sources, kinds=KINDS, questions=3, mirror=0.0),
        out=Path("out"),
        eyes=Path("eyes"),
        start=Path("start"),
        batch=batch,
        plain=2,
        lora=LoraSettings(rank=2),
        regions=regions,
        aloud=AloudConfig(spoken=spoken),
        frames=frames,
        shards=1,
    )
    eyes = tiny_eyes().eval().requires_grad_(False)
    torch.manual_seed(0)
    projector = Projector(12, N_EMBD, d_region=eyes.head.config.row_width)
    language = LanguageModel(config.lora, path=tiny_gguf).float()
    photos: dict[str, list[Sample]] = {"photos": [captioned()]}
    return JointStage(
        config,
        Joint(projector, language),
        mixture=Mixture(config.mix, lambda number: ROOM, photos, PLAIN),
        eyes=eyes,
        geometry=GEOMETRY,
        tokenize=tokenizer_of(),
        speaker=CalmSpeaker(),
    )


class CalmSpeaker:
    """Hears a row for each letter of what is said, and nothing of what has an "x" in it."""

    def rows(self, text: str, number: int) -> Tensor:
        generator = torch.Generator().manual_seed(number)
        return torch.randn(0 if "x" in text else len(text), N_EMBD, generator=generator)

    def heard(self, windows: Sequence[HeardWindow]) -> Tensor:
        return torch.cat([window.frames.float() for window in windows])


def counted(batch: dict[str, Tensor]) -> tuple[int, int]:
    """PATCH and REGION places, checked against the rows that are to stand there."""
    patches = int((batch["ids"] == PATCH).sum())
    regions = int((batch["ids"] == REGION).sum())
    assert patches == len(batch["patches"])
    assert int((batch["ids"] == SPEECH).sum()) == len(batch["speech"])
    assert regions == len(batch["regions"])
    return patches, regions


@pytest.mark.usefixtures("tiny_part")
def test_every_place_for_a_row_has_its_row(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, scenes=1.0, photos=1.0, text=1.0)
    shapes = set()
    for number in range(6):
        batch = stage.batch(number)
        patches, regions = counted(batch)
        shapes.add((patches, regions))
        assert patches % 4 == 0  # a picture of 4 x 4 patches, joined 2 x 2
        assert bool(patches) == bool(regions)
        assert batch["patches"].shape[1] == 4 * 12
        assert (batch["labels"] >= 0).any(-1).all()
        again = stage.batch(number)
        assert all(torch.equal(batch[key], again[key]) for key in batch)
    assert len(shapes) > 1


@pytest.mark.usefixtures("tiny_part")
def test_a_batch_of_plain_questions_has_no_rows(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, text=1.0)
    batch = stage.batch(0)
    assert counted(batch) == (0, 0)
    loss, _ = stage.loss(stage.model, batch)
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)


@pytest.mark.usefixtures("tiny_part")
def test_a_picture_in_which_nothing_is_proposed_is_asked_about_too(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, regions=replace(LOOSE, threshold=0.999), scenes=1.0)
    batch = stage.batch(0)
    patches, regions = counted(batch)
    asked = sum(len(stage._item(stage._mixture.item(n)).packed.asked) for n in range(3))
    assert (patches, regions) == (3 * 4, asked)
    loss, _ = stage.loss(stage.model, batch)
    assert torch.isfinite(loss)


@pytest.mark.usefixtures("tiny_part")
def test_questions_are_said_with_the_rows_of_what_was_heard(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, spoken=1.0, scenes=1.0)
    batch = stage.batch(0)
    counted(batch)
    assert len(batch["speech"]) > 0 and not batch["plain"].any()
    assert all(torch.equal(batch[key], again) for key, again in stage.batch(0).items())
    loss, _ = stage.loss(stage.model, batch)
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)


@pytest.mark.usefixtures("tiny_part")
def test_recordings_are_written_down_and_plain_questions_answered(
    tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "UTTERANCES", 4)
    monkeypatch.setattr(joint, "UTTERANCES", 4)

    def listen(samples: Samples) -> list[HeardWindow]:
        return [HeardWindow(torch.full((len(samples), N_EMBD), samples[0]), 0, len(samples))]

    def speak(number: int) -> tuple[str, Samples]:
        return f"word {'abcd'[number]}", np.full(3 + number, number, np.float32)

    shards.write_shard(tmp_path, 0, speak, listen)
    stage = stage_of(tiny_gguf, batch=1, frames=tmp_path, speech=1.0)
    item = stage._item(stage._mixture.item(0))
    assert len(item.speech) == 2 + 2 and not item.typed  # two recordings, two plain questions
    batch = stage.batch(0)
    assert counted(batch) == (0, 0)
    learned = batch["ids"][0][1:][batch["labels"][0][:-1] >= 0].tolist()
    told = stage._tokenize(TextSegment("Word a.")), stage._tokenize(TextSegment("Word b."))
    assert set(learned) & {*told[0], *told[1]}


@pytest.mark.usefixtures("tiny_part")
def test_projector_and_lora_learn_and_the_base_does_not(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, scenes=1.0)
    loss, figures = stage.loss(stage.model, stage.batch(0))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss > 3  # it has learned nothing yet
    assert 0 <= figures["right_token"] <= 1
    learned = {n for n, p in stage.model.named_parameters() if p.grad is not None}
    assert {n for n in learned if n.startswith("projector.")} == {
        "projector.patches.weight", "projector.patches.bias",
        "projector.regions.weight", "projector.regions.bias",
    }  # fmt: skip
    assert any("lora_B" in name for name in learned)
    assert all("lora_" in name for name in learned if name.startswith("language."))
    gradient = stage.model.projector.patches.weight.grad
    assert gradient is not None and gradient.abs().max() > 0


@pytest.mark.usefixtures("tiny_part")
def test_a_joint_stage_learns_its_answers(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, batch=1, scenes=1.0)
    batch = stage.batch(0)
    optimizer = torch.optim.AdamW([p for p in stage.model.parameters() if p.requires_grad], lr=0.01)
    losses = []
    for _ in range(15):
        loss, _ = stage.loss(stage.model, batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.usefixtures("tiny_part")
def test_pictures_of_a_batch_do_not_touch_each_other(tiny_gguf: Path) -> None:
    together = stage_of(tiny_gguf, batch=3, scenes=1.0, photos=1.0, text=1.0)
    alone = stage_of(tiny_gguf, batch=1, scenes=1.0, photos=1.0, text=1.0)
    with torch.no_grad():
        whole = together.model(together.batch(2))
        parts = [alone.model(alone.batch(number)) for number in (6, 7, 8)]
    for n in range(2):  # the model's logits, and the base's for what has no picture
        each = torch.cat([part[n] for part in parts])
        torch.testing.assert_close(whole[n], each, atol=1e-4, rtol=1e-4)


@pytest.mark.usefixtures("tiny_part")
def test_answers_without_a_picture_are_to_stay_the_bases_own(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, text=1.0)
    batch = stage.batch(0)
    loss, figures = stage.loss(stage.model, batch)
    assert (loss.item(), figures["strayed"]) == (0, 0)  # a LoRA starts as nothing
    with torch.no_grad():
        for name, parameter in stage.model.named_parameters():
            if "lora_B" in name:
                parameter.add_(0.3)
    loss, figures = stage.loss(stage.model, batch)
    logits, base = stage.model(batch)
    wanted = torch.distributions.kl_divergence(
        torch.distributions.Categorical(logits=base), torch.distributions.Categorical(logits=logits)
    )
    assert figures["strayed"] == pytest.approx(wanted.mean().item(), rel=1e-4)
    assert loss > 0.01


@pytest.mark.usefixtures("tiny_part")
def test_short_answers_are_not_drowned_by_long_ones(tiny_gguf: Path) -> None:
    stage = stage_of(tiny_gguf, batch=1, scenes=1.0)
    batch = stage.batch(0)
    loss, _ = stage.loss(stage.model, batch)
    logits, _ = stage.model(batch)
    at = batch["labels"].flatten() >= 0
    each = torch.nn.functional.cross_entropy(
        logits, batch["labels"].flatten()[at], reduction="none"
    )
    weights = batch["weights"].flatten()[at]
    assert len(set(weights.tolist())) > 1
    torch.testing.assert_close(loss, (each * weights).sum() / weights.sum())


def test_rows_are_placed_in_reading_order() -> None:
    rows = torch.zeros(2, 3, 2)
    where = torch.tensor([[False, True, True], [True, False, False]])
    values = torch.arange(6, dtype=torch.float32).view(3, 2).requires_grad_()
    placed = _placed(rows, where, values)
    assert placed.tolist() == [[[0, 0], [0, 1], [2, 3]], [[4, 5], [0, 0], [0, 0]]]
    placed.sum().backward()  # type: ignore[no-untyped-call]
    assert values.grad is not None and values.grad.tolist() == [[1, 1]] * 3
