"""The error of this package."""

from __future__ import annotations


class StoreError(Exception):
    """What was to be kept or read can't be. The message is one sentence for the person."""
