"""The one training loop: batches that are a function of their number, slices that resume.

The loop knows nothing of what is trained. A stage gives a module, a batch for a number, and a loss.
accelerate places it on one processor, one GPU or many; process p of n takes the batches p, p+n ...
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TextIO

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from engine.models.vision import device_and_dtype
from training.checkpoint import Checkpoint

_PATIENCE_S = 300
"""For a batch: a process that was forked while another thread held a lock waits for it for ever."""

Precision = Literal["auto", "no", "bf16", "fp16"]
"""accelerate's mixed precision; "auto" is what this machine computes quickly."""


def precision_here(wanted: Precision) -> Precision:
    """`wanted`, with "auto" decided: half precision where the device or processor multiplies it."""
    if wanted != "auto":
        return wanted
    half: dict[torch.dtype, Precision] = {torch.bfloat16: "bf16", torch.float16: "fp16"}
    return half.get(device_and_dtype()[1], "no")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """How long and how fast. `minutes` ends a slice; the next call goes on where it ended."""

    steps: int
    rate: float
    warmup: int = 50
    decay: float = 0.01
    final_rate: float = 0.02  # share of `rate` at the last step of the cosine
    clip: float = 1.0
    minutes: float | None = None
    save_every: int = 200
    log_every: int = 10
    workers: int = 1
    precision: Precision = "auto"
    # Of `rate`, for parameters whose name begins so: what is pretrained learns more slowly.
    shares: dict[str, float] = field(default_factory=dict)


class Stage(Protocol):
    """What the loop trains."""

    pictures: int  # in a batch, for the rate shown

    @property
    def model(self) -> nn.Module:
        """Everything that is trained."""

    def batch(self, number: int) -> Any:
        """Batch `number`, the same for ever; runs in a worker process."""

    def loss(self, model: nn.Module, batch: Any) -> tuple[Tensor, dict[str, float]]:
        """The loss [] and figures to log."""


class _Batches(Dataset[Any]):
    def __init__(self, stage: Stage):
        self.stage = stage

    def __getitem__(self, number: int) -> Any:
        return self.stage.batch(number)


def train(stage: Stage, config: LoopConfig, folder: Path) -> bool:
    """Train until `steps` or for `minutes`; true when all the steps are done.

    The folder gets the checkpoint and `metrics.jsonl`, a line every `log_every` steps.
    """
    accelerator = Accelerator(mixed_precision=precision_here(config.precision))
    checkpoint = Checkpoint(folder)
    trained = [p for p in stage.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(_groups(stage.model, config), weight_decay=config.decay)
    first = 0
    if checkpoint.exists:
        first = checkpoint.step
        checkpoint.load_model(stage.model)
        checkpoint.load_optimizer(optimizer)
    model, optimizer = accelerator.prepare(stage.model, optimizer)
    folder.mkdir(parents=True, exist_ok=True)
    started, step = time.monotonic(), first
    limit = math.inf if config.minutes is None else config.minutes * 60
    bar = tqdm(
        total=config.steps, initial=first, unit="step", disable=not accelerator.is_main_process
    )
    with _log(folder / "metrics.jsonl", first, tidies=accelerator.is_main_process) as log:
        for step, batch in enumerate(_loader(stage, config, accelerator, first), first + 1):
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * _schedule(step, config)
            with accelerator.autocast():
                loss, figures = stage.loss(model, batch)
            optimizer.zero_grad(set_to_none=True)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(trained, config.clip)
            optimizer.step()
            bar.update()
            elapsed = time.monotonic() - started
            if accelerator.is_main_process and (step % config.log_every == 0 or step == first + 1):
                rate = (step - first) * stage.pictures * accelerator.num_processes / elapsed
                line = {"step": step, "loss": loss.item(), **figures, "pictures_per_s": rate}
                log.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")
                log.flush()
                bar.set_postfix_str(f"loss {loss.item():.3f}, {rate:.1f} pictures/s")
            done = step == config.steps or elapsed > limit
            if accelerator.is_main_process and (done or step % config.save_every == 0):
                checkpoint.save(accelerator.unwrap_model(model), optimizer, step=step)
            if done:
                break
    bar.close()
    return step >= config.steps


def _log(path: Path, step: int, *, tidies: bool) -> TextIO:
    """The metrics, open for lines after `step`; who `tidies` drops those of steps done again."""
    if tidies and path.exists():
        lines = path.read_text().splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step]
        if kept != lines:
            path.write_text("".join(kept))
    return path.open("a")


def _groups(model: nn.Module, config: LoopConfig) -> list[dict[str, Any]]:
    """The trained parameters in groups of one rate each."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            share = next((s for start, s in config.shares.items() if name.startswith(start)), 1.0)
            groups.setdefault(share, []).append(parameter)
    return [
        {"params": members, "rate": config.rate * share, "lr": config.rate * share}
        for share, members in groups.items()
    ]


def _loader(
    stage: Stage, config: LoopConfig, accelerator: Accelerator, first: int
) -> Iterator[Any]:
    world, rank = accelerator.num_processes, accelerator.process_index
    numbers = [n * world + rank for n in range(first, config.steps)]
    loader = DataLoader(
        _Batches(stage),
        batch_size=None,
        sampler=numbers,
        num_workers=config.workers,
        prefetch_factor=4 if config.workers else None,
        timeout=_PATIENCE_S if config.workers else 0,
    )
    for batch in loader:
        yield _moved(batch, accelerator.device)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: _moved(item, device) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_moved(item, device) for item in value)
    return value


def _schedule(step: int, config: LoopConfig) -> float:
    """Linear warm-up, then a cosine down to `final_rate`."""
    if step <= config.warmup:
        return step / config.warmup
    turn = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.final_rate + (1 - config.final_rate) * (1 + math.cos(math.pi * turn)) / 2
