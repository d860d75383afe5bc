"""Which quantization? One edition in several: size, speed and what is left of its figures."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from engine.bundle import Bundle
from engine.llama.decoder import LlamaDecoder
from engine.seams import TokenRun, never
from training.convert.bundle import BuildConfig, build
from training.evaluate.material import EvaluateConfig
from training.evaluate.report import Result
from training.evaluate.run import evaluate

_PROMPT, _ANSWER = 256, 64  # tokens read and written to time a model
_ANY_TOKEN = 100
_CONTEXT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizationsConfig:
    """Which `kinds` of llama.cpp's to compare, on `n` questions of each of the `tasks`."""

    edition: Path = Path("resources/models/sightline-mini")
    kinds: tuple[str, ...] = ("F16", "Q8_0", "Q5_1", "Q4_K_M", "Q4_1")
    photos: Path | None = None
    sprites: Path | None = None
    work: Path = Path("runs/quantizations")
    n: int = 100
    tasks: tuple[str, ...] = ("refer", "identify", "existence", "caption", "like the base")
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A kind: the size of its GGUF in bytes, tokens a second read and written, its figures."""

    kind: str
    bytes: int
    read: float
    written: float
    results: tuple[Result, ...]


def measure(config: QuantizationsConfig, kind: str) -> Measured:
    """Build the bundle in one quantization and measure it."""
    place = config.work / kind
    bundle = build(BuildConfig(edition=config.edition, out=place, quantization=kind))
    report = evaluate(
        EvaluateConfig(
            bundle=place,
            photos=config.photos,
            sprites=config.sprites,
            work=config.work / "replies",
            n=config.n,
            tasks=config.tasks,
            seed=config.seed,
        )
    )
    read, written = _speed(bundle)
    size = bundle.language_model.stat().st_size
    return Measured(kind, size, read, written, report.results)


def _speed(bundle: Bundle) -> tuple[float, float]:
    """Tokens a second of one long prompt and of one answer that is not ended."""
    decoder = LlamaDecoder(bundle.language_model, n_ctx=_CONTEXT)
    try:
        start = time.perf_counter()
        for _ in decoder.prefill([TokenRun((_ANY_TOKEN,) * _PROMPT)], cancelled=never):
            pass
        middle = time.perf_counter()
        for _ in range(_ANSWER):
            decoder.context.step(_ANY_TOKEN)
        return _PROMPT / (middle - start), _ANSWER / (time.perf_counter() - middle)
    finally:
        decoder.close()


def table(rows: list[Measured]) -> str:
    """A column a kind, a row a figure, the first three size and speed."""
    heads = [("", *(row.kind for row in rows))]
    heads.append(("MB", *(f"{row.bytes / 1e6:.0f}" for row in rows)))
    heads.append(("tokens/s read", *(f"{row.read:.0f}" for row in rows)))
    heads.append(("tokens/s written", *(f"{row.written:.0f}" for row in rows)))
    for results in zip(*(row.results for row in rows), strict=True):
        name = f"{results[0].name}, {results[0].pictures}: {results[0].figure}"
        heads.append((name, *(f"{result.value:.3f}" for result in results)))
    widths = [max(len(line[column]) for line in heads) for column in range(len(heads[0]))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        )
        for line in heads
    )


def main(config: QuantizationsConfig) -> None:
    """The command `quantizations`: the table on standard output."""
    print(table([measure(config, kind) for kind in config.kinds]))
