"""`python -m training convert FAMILY --option VALUE ...`: published checkpoints become bundles."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from engine.bundle import Bundle
from engine.llama.quantize import QUANTIZATIONS

# Family -> what it is made from: option, what to give there.
FAMILIES: dict[str, dict[str, str]] = {
    "minigpt-v2": {
        "llama": "folder of Llama-2-7B-chat in transformers' form",
        "checkpoint": "MiniGPT-v2's checkpoint (.pth): projector and LoRA",
        "eva": "EVA-CLIP-g's weights (eva_vit_g.pth)",
    },
    "llasm": {
        "model": "folder of LLaSM-Cllama2 or LLaSM-Baichuan",
        "whisper": "folder of Whisper large-v2 in transformers' form",
    },
    "llava": {"model": "folder of a LLaVA-1.5 or 1.6 in transformers' form (llava-hf)"},
    "ultravox": {
        "model": "folder of an Ultravox",
        "llama": "folder of its language model in transformers' form",
        "whisper": "folder of its Whisper, where Ultravox's own lacks the speech encoder",
    },
}
OPTIONAL = {("ultravox", "whisper")}


def main(words: Sequence[str]) -> None:
    """The command `convert`; wrong usage ends the program with code 2.

    Raises ConversionError or an EngineError: what can't be converted, and why.
    """
    given = _parser().parse_args(words)
    start = time.monotonic()
    parts = {name: getattr(given, name) for name in FAMILIES[given.family]}
    bundle = _convert(given.family, parts, quant=given.quant, out=given.out)
    print(
        f"{bundle.path}: {bundle.manifest.name}, {bundle.manifest.size / 1e6:.0f} MB, "
        f"{time.monotonic() - start:.0f} s",
        file=sys.stderr,
    )


def _convert(family: str, parts: dict[str, Path], *, quant: str, out: Path) -> Bundle:
    match family:
        case "minigpt-v2":
            from training.convert.minigpt import convert_minigpt

            return convert_minigpt(**parts, quant=quant, out=out)
        case "llava":
            from training.convert.llava import convert_llava

            return convert_llava(**parts, quant=quant, out=out)
        case "ultravox":
            from training.convert.ultravox import convert_ultravox

            return convert_ultravox(**parts, quant=quant, out=out)
        case _:
            from training.convert.llasm import convert_llasm

            return convert_llasm(**parts, quant=quant, out=out)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training convert", description="Make a bundle of a published checkpoint."
    )
    families = parser.add_subparsers(dest="family", required=True)
    for family, parts in FAMILIES.items():
        one = families.add_parser(family)
        for name, what in parts.items():
            needed = (family, name) not in OPTIONAL
            one.add_argument(f"--{name}", type=Path, required=needed, help=what)
        one.add_argument(
            "--quant",
            default="Q4_K_M",
            choices=QUANTIZATIONS,
            metavar="KIND",
            help=f"of the language model: {', '.join(QUANTIZATIONS)} (default: Q4_K_M)",
        )
        one.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    return parser
