"""Pictures and recordings as the engine takes them."""

MAX_PIXELS = 150_000_000
"""Larger pictures are refused from their header alone; decoded they would take half a gigabyte."""
