"""Boxes on their way out: drawn into a picture, or as values that other programs read."""
