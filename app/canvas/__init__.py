"""The picture: zoom, pan, boxes and their labels."""
