"""Errors of the training code, divided by what to do about them."""

from __future__ import annotations


class TrainingError(Exception):
    """Root of what training raises on purpose."""


class DataError(TrainingError):
    """A data set, shard or sprite pack is not as it should be. Mend the file or the path."""


class ConfigError(TrainingError):
    """A configuration has an unknown key or an impossible value. Mend the YAML or the override."""


class PartError(TrainingError):
    """A pretrained part can't be had or is not the pinned one. Mend the network or the file."""


class ConversionError(TrainingError):
    """Weights can't be turned into a bundle. Mend the files that the message names."""
