"""`sightline models catalogue`, `install` and `remove`: models by name, from the hub and away."""

from __future__ import annotations

import json
from argparse import Namespace

from engine.hub.places import catalogue
from engine.inventory import amount
from engine.plain import to_plain


def show_catalogue(options: Namespace) -> int:
    """A line for each model of the catalogue: name, size, purpose; the installed are marked.

    With `--json` all of `engine.catalogue.Catalogue`, as one object.
    """
    found = catalogue()
    if options.json:
        print(json.dumps(to_plain(found)))
        return 0
    for offer in found.models:
        mark = "*" if offer.installed else " "
        facts = (f"{offer.name:24}", f"{amount(offer.size):>7}", offer.entry.purpose["en"])
        print(mark, "  ".join(facts))
    return 0
