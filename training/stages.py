"""The steps that follow the eyes, each a command: alignment, then the joint stages 1, 2 and 3.

A stage is a YAML file: what it trains, from which mix, at which rate, and whose result it begins
with. MiniGPT-v2's three stages (arXiv 2310.09478, section 3.3) are configs/stage1..3.yaml.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.models.projector import Projector
from engine.prompt.template import TextSegment
from training.convert.gguf_reader import read_language_model, read_tokenizer
from training.data.mixture import Mixture, open_mixture
from training.data.vocabulary import COLOURS
from training.ears import load_speaker
from training.errors import ConfigError
from training.eyes import load_eyes
from training.language import LanguageModel, load_lora, save_lora
from training.loop import precision_here, train
from training.packing import Tokenize
from training.parts import fetch
from training.steps.align import (
    AlignConfig,
    Aligner,
    AlignStage,
    begin_with_names,
    labels_of,
    word_columns,
)
from training.steps.dense import Eyes
from training.steps.joint import Joint, JointConfig, JointStage

JOIN = 2
TEXTS_SEEN = 2000  # items whose labels make the aligner's list of words


def train_align(config: AlignConfig) -> bool:
    """The command `align`: the projector against the language model's embeddings."""
    eyes, geometry = load_eyes(config.eyes)
    mixture = open_mixture(config.mix, sprites=config.sprites, photos=config.photos)
    tokenizer = read_tokenizer(fetch("language-model"))
    table = read_language_model(fetch("language-model")).get_input_embeddings().weight.detach()
    words = partial(tokenizer.encode, add_special_tokens=False)
    ids, columns = word_columns(_texts(mixture, eyes), words)
    torch.manual_seed(0)
    projector = new_projector(eyes, table.shape[1])
    if config.start is None:
        begin_with_names(projector, eyes, lambda name: table[words(f" {name}")].mean(0))
    else:
        projector.load_state_dict(load_file(config.start / "projector.safetensors"))
    aligner = Aligner(projector, table[ids].clone())
    stage = AlignStage(
        config,
        aligner,
        mixture=mixture,
        eyes=eyes,
        geometry=geometry,
        columns=columns,
    )
    done = train(stage, config.loop, config.out)
    save_projector(aligner.folded(), config.out)
    return done


def train_joint(config: JointConfig) -> bool:
    """The commands `stage`: a slice of a joint stage; its result so far is kept beside it."""
    eyes, geometry = load_eyes(config.eyes)
    mixture = open_mixture(
        config.mix, sprites=config.sprites, photos=config.photos, answers=config.answers
    )
    whole = precision_here(config.loop.precision) == "no"
    language = LanguageModel(config.lora, dtype=torch.float32 if whole else torch.bfloat16)
    projector = new_projector(eyes, language.table.shape[1])
    projector.load_state_dict(load_file(config.start / "projector.safetensors"))
    if (config.start / "lora.safetensors").exists():
        load_lora(language, config.start)
    _choose(projector, language, config.trains)
    stage = JointStage(
        config,
        Joint(projector, language),
        mixture=mixture,
        eyes=eyes,
        geometry=geometry,
        tokenize=tokenizer_of(),
        speaker=None if config.ears is None else load_speaker(config.ears),
    )
    done = train(stage, config.loop, config.out)
    save_projector(projector, config.out)
    save_lora(language, config.out)
    return done


def new_projector(eyes: Eyes, n_embd: int) -> Projector:
    """A projector as wide as the eyes' maps and the language model's rows."""
    head = eyes.head.config
    return Projector(head.channels[-1], n_embd, d_region=head.row_width, join=JOIN)


def save_projector(projector: Projector, folder: Path) -> None:
    weights = {k: v.detach().float().contiguous().cpu() for k, v in projector.state_dict().items()}
    save_file(weights, folder / "projector.safetensors")


def tokenizer_of() -> Tokenize:
    """The base model's tokenizer on a segment: marks become one token only where `special`."""
    tokenizer = read_tokenizer(fetch("language-model"))

    def tokenize(segment: TextSegment) -> list[int]:
        if segment.special:
            return [tokenizer.convert_tokens_to_ids(segment.text)]
        found: list[int] = tokenizer.encode(
            segment.text, add_special_tokens=False, split_special_tokens=True
        )
        return found

    return tokenize


def _choose(projector: Projector, language: LanguageModel, trains: tuple[str, ...]) -> None:
    """Freeze whatever is not among `trains`."""
    if unknown := set(trains) - {"projector", "lora"}:
        raise ConfigError(f"trains: {sorted(unknown)} can't be trained; there are projector, lora")
    projector.requires_grad_("projector" in trains)
    for name, parameter in language.named_parameters():
        parameter.requires_grad_("lora_" in name and "lora" in trains)


def _texts(mixture: Mixture, eyes: Eyes) -> list[str]:
    """Every text that may name something: classes, colours, sizes, labels of the first items."""
    texts = [*eyes.head.config.classes, *COLOURS, "small", "large"]
    for number in range(TEXTS_SEEN):
        sample = mixture.item(number).sample
        if sample is not None and sample.source != "scene":
            texts += [words for words, _ in labels_of(sample)]
    return texts


@dataclass(frozen=True, slots=True)
class PlotConfig:
    """The folder of a run."""

    run: Path


def plot(config: PlotConfig) -> None:
    """The command `plot`: `metrics.jsonl` of a run as `losses.png` beside it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder = config.run
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for name in [k for k in lines[0] if k not in ("step", "pictures_per_s", "tokens")]:
        values = torch.tensor([line.get(name, float("nan")) for line in lines])
        axes.plot([line["step"] for line in lines], _smooth(values), label=name)
    axes.set(xlabel="step", title=folder.name, yscale="log")
    axes.legend()
    figure.savefig(folder / "losses.png", dpi=120)
    pyplot.close(figure)
    print(folder / "losses.png")


def _smooth(values: Tensor) -> list[float]:
    """A running mean, so that the trend shows through the noise of small batches."""
    smooth, out = float(values[0]), []
    for value in values.tolist():
        smooth = 0.9 * smooth + 0.1 * value
        out.append(smooth)
    return out
