"""What a person asks to be installed: a name of the catalogue, or a repository on the hub."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from engine.bundle.importing import folder_name
from engine.catalogue import Entry, entries
from engine.errors import HubError

_REPOSITORY = re.compile(
    r"(?:(?:https?://)?(?:huggingface\.co|hf\.co)/)?"
    r"(?P<repository>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>[\w.-]+))?(?::(?P<part>\w[^:]*))?/?"
)
_SUFFIX = re.compile(r"-GGUF$", re.IGNORECASE)
_TRUE = {"1", "ON", "YES", "TRUE"}  # as huggingface_hub reads its variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A model, and the `name` that it and its folder will have.

    `part` is a file or quantization of a repository. `entry` is what the catalogue says, None for a
    repository that was named itself.
    """

    name: str
    repository: str
    revision: str | None
    part: str | None = None
    entry: Entry | None = None


def read_wanted(text: str) -> Wanted:
    """A name of the catalogue, or `owner/name[@revision][:file or quantization]`.

    Raises HubError where it is neither.
    """
    entry = entries().get(text)
    if entry is not None:
        return Wanted(name=text, repository=entry.repository, revision=entry.revision, entry=entry)
    found = _REPOSITORY.fullmatch(text)
    if found is None:
        raise HubError(
            f"The catalogue has no {text}, only: {', '.join(entries())}; a repository on the hub "
            "is written owner/name, with :FILE.gguf or :Q4_K_M behind it to choose in it."
        )
    repository, part = found["repository"], found["part"]
    name = _SUFFIX.sub("", repository.partition("/")[2])
    if part is not None:
        stem = part.rpartition("/")[2].removesuffix(".gguf")
        name = stem if stem and part.endswith(".gguf") else f"{name}-{stem}"
    return Wanted(
        name=folder_name(name), repository=repository, revision=found["revision"], part=part
    )


def check_allowed(*, offline: bool) -> None:
    """Raises HubError where the person forbade the network, by the option or the environment."""
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if os.environ.get(variable, "").upper() in _TRUE:
            raise HubError(
                f"Installing needs the network, which {variable} forbids; unset it, or import the "
                "model's files (`sightline models import`)."
            )
    if offline:
        raise HubError(
            "Installing needs the network, which --offline forbids; leave it out, or import the "
            "model's files (`sightline models import`)."
        )
