"""What the hub says of a repository, and its files byte for byte; the only door to huggingface_hub.

Its client is used (proxies, HF_ENDPOINT, HF_TOKEN), not its `hf_hub_download`: that of version 2.4
writes to a file of its own for each try and deletes it when it fails, and we go on with what came.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from engine.errors import HubError
from engine.hub.download import Interrupted
from engine.hub.files import HubFile

# Read when the library loads: it would ask for, and tell, more than a person asked for.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import httpx2
from huggingface_hub import HfApi, constants, get_session, hf_hub_url
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # documented there all the same
    build_hf_headers,
    hf_raise_for_status,
)

_COMMIT = re.compile(r"\w[\w.-]{0,99}", re.ASCII)
_BUSY = (408, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as it was at one commit."""

    name: str
    commit: str
    files: tuple[HubFile, ...]


class Hub:
    """The hub at `endpoint` (None: HF_ENDPOINT, else huggingface.co)."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        self._api = HfApi(endpoint=self._endpoint, library_name="sightline")

    def look(self, name: str, revision: str | None) -> Repository:
        """The repository and its files. Raises HubError."""
        try:
            info = self._api.model_info(
                name,
                revision=revision,
                files_metadata=True,
                timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            )
        except HFValidationError:
            raise HubError(
                f"{name} is no repository's name, which is written owner/name."
            ) from None
        except (HfHubHTTPError, httpx2.RequestError, OfflineModeIsEnabled) as error:
            raise self._told(error, name) from error
        except ImportError as error:  # for a SOCKS proxy
            raise HubError(
                f"The environment's proxy can't be used ({error}); give an HTTP one as HTTPS_PROXY."
            ) from error
        except (ValueError, KeyError, TypeError, httpx2.InvalidURL) as error:
            raise HubError(
                f"{self._endpoint} does not answer as a hub does; check HF_ENDPOINT and the proxy."
            ) from error
        files = [
            HubFile(
                name=file.rfilename,
                bytes=file.size or 0,
                sha256=file.lfs.sha256 if file.lfs else None,
                blob=file.blob_id,
            )
            for file in info.siblings or ()
        ]
        commit = info.sha or revision or constants.DEFAULT_REVISION
        if not _COMMIT.fullmatch(commit):
            # It names a folder, of which others beside it are deleted.
            raise HubError(f"{self._endpoint} names {commit!r:.60} as a commit of {name}.")
        return Repository(name, commit, tuple(files))

    def files_of(self, repository: Repository) -> RepositoryFiles:
        """Where `engine.hub.download` gets its bytes."""
        return RepositoryFiles(self, repository)

    @contextmanager
    def stream(
        self, repository: Repository, file: HubFile, start: int
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        """See `engine.hub.download.Source`."""
        url = hf_hub_url(
            repository.name, file.name, revision=repository.commit, endpoint=self._endpoint
        )
        headers = build_hf_headers(library_name="sightline") | {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
        try:
            with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
                if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    yield 0, iter(())
                    return
                if response.status_code in _BUSY:
                    raise Interrupted(f"the hub answers {response.status_code}")
                hf_raise_for_status(response)
                yield _first_byte(response), response.iter_bytes()
        except httpx2.RequestError as error:
            raise Interrupted(_reason(error)) from error
        except (HfHubHTTPError, OfflineModeIsEnabled) as error:
            raise self._told(error, repository.name) from error

    def _told(self, error: Exception, name: str) -> HubError:
        """The error as a sentence that says what to do."""
        page, tokens = f"{self._endpoint}/{name}", f"{self._endpoint}/settings/tokens"
        if isinstance(error, OfflineModeIsEnabled):
            return HubError("HF_HUB_OFFLINE forbids the network; unset it to install a model.")
        if not isinstance(error, HfHubHTTPError):
            return HubError(
                f"{self._endpoint} can't be reached ({_reason(error)}); check the "
                "connection, and HTTPS_PROXY and HF_ENDPOINT if you use them."
            )
        status = error.response.status_code
        if isinstance(error, GatedRepoError) or status == HTTPStatus.FORBIDDEN:
            return HubError(
                f"{name} is gated: log in at {page} and accept its licence there, make a token at "
                f"{tokens} and give it in the environment as HF_TOKEN."
            )
        if "Invalid credentials" in str(error.response.headers.get("X-Error-Message")):
            return HubError(
                f"The hub does not accept the token in HF_TOKEN; make another at {tokens}."
            )
        if isinstance(error, RepositoryNotFoundError) or status == HTTPStatus.UNAUTHORIZED:
            return HubError(
                f"There is no model {name} at {self._endpoint}, or it is private; check the name, "
                f"or give a token for it as HF_TOKEN ({tokens})."
            )
        if status == HTTPStatus.NOT_FOUND:
            return HubError(f"{page} has not what was asked for ({error.response.url}).")
        return HubError(f"The hub answers {status} for {name}; try again later.")


@dataclass(frozen=True, slots=True)
class RepositoryFiles:
    """The files of one repository, as `engine.hub.download.Source`."""

    hub: Hub
    repository: Repository

    @contextmanager
    def open(self, file: HubFile, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        """See `Source.open`."""
        with self.hub.stream(self.repository, file, start) as opened:
            yield opened


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _first_byte(response: httpx2.Response) -> int:
    """Which byte of the file the response begins with; all of it where no range was granted."""
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return 0
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if found is None:
        raise Interrupted("the hub does not say which part it sends")
    return int(found[1])
