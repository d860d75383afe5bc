"""The engine's errors, divided by what the person can do about them."""

from __future__ import annotations

from pathlib import Path


class EngineError(Exception):
    """Root of what the engine raises on purpose. The message is one sentence for the person."""


class InputError(EngineError):
    """What was given can't be used: a file, a region, a task, a prompt. Give something else."""


class ContextError(InputError):
    """The prompt does not fit the model's context. Shorten it, or drop a picture."""


class BundleError(EngineError):
    """The model bundle can't be used: missing, changed, truncated, too new or inconsistent."""


class ResourceError(EngineError):
    """The machine can't do it: out of memory, a failed device. Free memory or choose smaller."""


class HubError(EngineError):
    """A model can't be had from the hub: no network, not there, gated, damaged. It says which."""


class EngineLost(EngineError):
    """The engine process ended, hung or was killed; a new one can be started."""


def no_memory_for(model: Path) -> ResourceError:
    """That a file of a model does not fit into memory."""
    return ResourceError(
        f"There is not enough memory for {model}; close programs or choose a smaller model."
    )
