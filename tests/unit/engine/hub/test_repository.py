"""What is asked of a hub, and what its answers mean, with huggingface_hub on a hub of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import HubError
from engine.hub.download import Interrupted, download, verify
from engine.hub.files import HubFile
from engine.hub.repository import Hub, Repository
from tests.support.hub_server import COMMIT, HubServer

LARGE = bytes(range(251)) * 100
NAME = "a/owl"


@pytest.fixture
def owl(hub: HubServer) -> HubServer:
    """The hub with one repository."""
    hub.files[NAME] = {"deep/a.gguf": LARGE, "config.json": b"{}"}
    return hub


def test_look(owl: HubServer) -> None:
    repository = Hub(owl.address).look(NAME, None)
    assert repository.name == NAME and repository.commit == COMMIT
    large, small = repository.files
    sha256 = hashlib.sha256(LARGE).hexdigest()
    assert (large.name, large.bytes, large.sha256) == ("deep/a.gguf", len(LARGE), sha256)
    assert (small.name, small.bytes, small.sha256) == ("config.json", 2, None)
    Hub(owl.address).look(NAME, "v1.0")
    assert [asked.path for asked in owl.asked] == [
        f"/api/models/{NAME}?blobs=true",
        f"/api/models/{NAME}/revision/v1.0?blobs=true",
    ]


@pytest.mark.parametrize("commit", ["../../..", "..", "/etc", "a/b", "", "x" * 101, "a\nb"])
def test_a_commit_that_leads_elsewhere(
    owl: HubServer, monkeypatch: pytest.MonkeyPatch, commit: str
) -> None:
    """It would name a folder in which everything else is deleted."""
    monkeypatch.setattr("tests.support.hub_server.COMMIT", commit)
    with pytest.raises(HubError, match="as a commit of"):
        Hub(owl.address).look(NAME, "../..")


def files(owl: HubServer) -> tuple[Hub, Repository]:
    hub = Hub(owl.address)
    return hub, hub.look(NAME, None)


def quietly(_count: float) -> None:
    pass


def test_files_come_whole(owl: HubServer, tmp_path: Path) -> None:
    hub, repository = files(owl)
    for file in repository.files:
        path = download(hub.files_of(repository), file, tmp_path, quietly)
        assert path.read_bytes() == owl.files[NAME][file.name]
        verify(path, file, quietly)


def test_dropped_connections_are_gone_on_with(owl: HubServer, tmp_path: Path) -> None:
    owl.cuts += [5000, 7000]
    hub, repository = files(owl)
    large = repository.files[0]
    path = download(hub.files_of(repository), large, tmp_path, quietly, pause=quietly)
    assert path.read_bytes() == LARGE
    ranges = [asked for asked, _ in owl.sent("a.gguf")]
    assert ranges == [None, "bytes=5000-", "bytes=12000-"]
    assert sum(count for _, count in owl.sent("a.gguf")) == len(LARGE)


def test_a_store_that_knows_no_ranges(owl: HubServer, tmp_path: Path) -> None:
    owl.cuts.append(5000)
    owl.ranges = False
    hub, repository = files(owl)
    large = repository.files[0]
    path = download(hub.files_of(repository), large, tmp_path, quietly, pause=quietly)
    assert path.read_bytes() == LARGE
    assert [count for _, count in owl.sent("a.gguf")] == [5000, len(LARGE)]


def test_a_busy_hub_is_asked_again(owl: HubServer, tmp_path: Path) -> None:
    hub, repository = files(owl)
    owl.busy = 3
    waits: list[float] = []
    large = repository.files[0]
    path = download(hub.files_of(repository), large, tmp_path, quietly, pause=waits.append)
    assert path.read_bytes() == LARGE and len(waits) == 3


def test_a_part_past_the_end_is_asked_from_the_start(owl: HubServer) -> None:
    hub, repository = files(owl)
    with hub.files_of(repository).open(repository.files[0], len(LARGE)) as (start, blocks):
        assert (start, list(blocks)) == (0, [])


def test_a_hub_that_went_away(owl: HubServer) -> None:
    _, repository = files(owl)
    gone = Hub("http://127.0.0.1:9")
    with pytest.raises(Interrupted), gone.files_of(repository).open(repository.files[0], 0):
        pass
    with pytest.raises(HubError, match=r"http://127.0.0.1:9 can't be reached \(.*HTTPS_PROXY"):
        gone.look(NAME, None)


def gate(hub: HubServer) -> None:
    hub.gated.add(NAME)


def hide(hub: HubServer) -> None:
    hub.private.add(NAME)


def drop(hub: HubServer) -> None:
    del hub.files[NAME]["config.json"]


def overload(hub: HubServer) -> None:
    hub.busy = 1


def nothing(hub: HubServer) -> None:
    pass


@pytest.mark.parametrize(
    ("fault", "token", "told"),
    [
        (gate, None, r"a/owl is gated: log in at \S+/a/owl and accept its licence.* HF_TOKEN"),
        (gate, "good", r"a/owl is gated: log in at \S+/a/owl"),
        (hide, None, "There is no model a/owl at .*, or it is private"),
        (nothing, "stolen", "The hub does not accept the token in HF_TOKEN"),
        (drop, None, r"has not what was asked for \(.*config.json\)"),
    ],
)
def test_a_file_that_is_refused(
    owl: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[HubServer], None],
    token: str | None,
    told: str,
) -> None:
    hub, repository = files(owl)
    fault(owl)
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    small = next(file for file in repository.files if file.name == "config.json")
    with pytest.raises(HubError, match=told), hub.files_of(repository).open(small, 0):
        pass


@pytest.mark.parametrize(
    ("name", "fault", "token", "told"),
    [
        ("a/parrot", nothing, None, "There is no model a/parrot at http://127.0.0.1:"),
        ("a/parrot", nothing, "good", "There is no model a/parrot at http://127.0.0.1:"),
        (NAME, hide, None, "There is no model a/owl at .*, or it is private"),
        (NAME, nothing, "stolen", r"token in HF_TOKEN; make another at \S+/settings/tokens"),
        (NAME, overload, None, "The hub answers 503 for a/owl; try again later"),
        ("a--b/../c", nothing, None, "is no repository's name"),
    ],
)
def test_a_repository_that_is_refused(
    owl: HubServer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    fault: Callable[[HubServer], None],
    token: str | None,
    told: str,
) -> None:
    fault(owl)
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(HubError, match=told):
        Hub(owl.address).look(name, None)


def test_a_token_opens_what_is_private(owl: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(owl)
    monkeypatch.setenv("HF_TOKEN", "good")
    hub, repository = files(owl)
    with hub.files_of(repository).open(repository.files[0], 0) as (start, blocks):
        assert start == 0 and b"".join(blocks) == LARGE


def test_what_is_no_hub(owl: HubServer) -> None:
    owl.listing = lambda repository: {"siblings": [{}]}  # type: ignore[method-assign]
    with pytest.raises(HubError, match="does not answer as a hub does; check HF_ENDPOINT"):
        Hub(owl.address).look(NAME, None)


@pytest.mark.parametrize(
    ("endpoint", "proxy", "told"),
    [
        ("huggingface.co", None, "huggingface.co can't be reached"),
        ("http://[::", None, "does not answer as a hub does; check HF_ENDPOINT"),
        ("http://127.0.0.1:9", "socks5://127.0.0.1:9", "proxy can't be used .*HTTPS_PROXY"),
        ("http://127.0.0.1:9", "gopher://127.0.0.1:9", "check HF_ENDPOINT and the proxy"),
    ],
)
def test_an_address_that_is_none(
    online: None, monkeypatch: pytest.MonkeyPatch, endpoint: str, proxy: str | None, told: str
) -> None:
    if proxy is not None:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(HubError, match=told):
        Hub(endpoint).look(NAME, None)


def test_offline_is_kept_to(owl: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    hub = Hub(owl.address)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE forbids the network"):
        hub.look(NAME, None)
    repository = Repository(NAME, COMMIT, ())
    file = HubFile(name="config.json", bytes=2)
    with pytest.raises(HubError, match="forbids"), hub.files_of(repository).open(file, 0):
        pass
    assert owl.asked == []
