"""Quantizing a GGUF file with llama.cpp's own code: whatever it can run can be written."""

from __future__ import annotations

import ctypes
from pathlib import Path

from llama_cpp import llama_cpp as api

from engine.errors import EngineError, InputError
from engine.llama import native
from engine.llama.hardware import usable_threads

_TYPES = {
    "F16": api.LLAMA_FTYPE_MOSTLY_F16,
    "Q8_0": api.LLAMA_FTYPE_MOSTLY_Q8_0,
    "Q6_K": api.LLAMA_FTYPE_MOSTLY_Q6_K,
    "Q5_K_M": api.LLAMA_FTYPE_MOSTLY_Q5_K_M,
    "Q5_1": api.LLAMA_FTYPE_MOSTLY_Q5_1,
    "Q5_0": api.LLAMA_FTYPE_MOSTLY_Q5_0,
    "Q4_K_M": api.LLAMA_FTYPE_MOSTLY_Q4_K_M,
    "Q4_1": api.LLAMA_FTYPE_MOSTLY_Q4_1,
    "Q4_0": api.LLAMA_FTYPE_MOSTLY_Q4_0,
}
QUANTIZATIONS = tuple(_TYPES)


def quantize(source: Path, target: Path, kind: str) -> None:
    """Write `source`, a GGUF of floats, as `target` in one of `QUANTIZATIONS`.

    Tensors whose rows do not divide into a K type's blocks of 256 get a type of smaller blocks.
    Raises InputError for an unknown kind, EngineError where llama.cpp can't do it.
    """
    if kind not in _TYPES:
        raise InputError(
            f"There is no quantization {kind!r}; choose one of {', '.join(QUANTIZATIONS)}."
        )
    native.start()
    params = api.llama_model_quantize_default_params()
    params.ftype = _TYPES[kind]
    params.nthread = usable_threads()
    native.complaints()
    status = api.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(params)
    )
    if status != 0:
        raise EngineError(f"{source} can't be quantized to {kind} ({native.complaints()}).")
