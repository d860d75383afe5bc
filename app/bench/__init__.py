"""The real window, driven and measured: `python -m app.bench`, a part of `sightline bench`."""
