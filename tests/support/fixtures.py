"""Fixtures for every folder of tests; `tests/conftest.py` names this file as a plugin.

What needs torch is imported by the fixture that does, so that the other tests start at once.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights, EfficientNet-Lite0 and a region head, as the bundled model has.

    Whoever changes something in it copies it first.
    """
    from tests.support.tiny_bundle import make_tiny_bundle

    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    return make_tiny_bundle(folder, eyes="efficientnet").path


@pytest.fixture(scope="session")
def tiny_vit_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights, a ViT of transformers, no region head; not to be changed."""
    from tests.support.tiny_bundle import make_tiny_bundle

    return make_tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny-vit", eyes="vit").path


@pytest.fixture(scope="session")
def hearing_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights, eyes with regions, and ears with windows; not to be changed."""
    from tests.support.tiny_bundle import make_tiny_bundle

    folder = tmp_path_factory.mktemp("bundles") / "hearing"
    return make_tiny_bundle(folder, eyes="efficientnet", ears="linear").path


@pytest.fixture(scope="session")
def words_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights that finds words in what it hears, and is blind."""
    from tests.support.tiny_bundle import make_tiny_bundle

    folder = tmp_path_factory.mktemp("bundles") / "words"
    return make_tiny_bundle(folder, eyes="blind", ears="words").path


@pytest.fixture(scope="session")
def telling_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights that tells words, as the bundled model does, and is blind."""
    from tests.support.tiny_bundle import make_tiny_bundle

    folder = tmp_path_factory.mktemp("bundles") / "telling"
    return make_tiny_bundle(folder, eyes="blind", ears="telling").path


@pytest.fixture(scope="session")
def llasm_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights that hears as LLaSM does, and is blind; not to be changed."""
    from tests.support.tiny_bundle import make_tiny_bundle

    folder = tmp_path_factory.mktemp("bundles") / "llasm"
    return make_tiny_bundle(folder, eyes="blind", ears="whisper decoder").path


@pytest.fixture(scope="session")
def llava_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights that sees in tiles as LLaVA-1.6 does; not to be changed."""
    from tests.support.tiny_bundle import make_tiny_bundle

    return make_tiny_bundle(tmp_path_factory.mktemp("bundles") / "llava", eyes="llava").path


@pytest.fixture(scope="session")
def ultravox_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with random weights that hears as Ultravox does, and is blind; not to be changed."""
    from tests.support.tiny_bundle import make_tiny_bundle

    folder = tmp_path_factory.mktemp("bundles") / "ultravox"
    return make_tiny_bundle(folder, eyes="blind", ears="ultravox").path


@pytest.fixture(scope="session")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whisper tiny.en in transformers' form, as the set-up writes it; not to be changed."""
    from training.convert.speech import SpeechConfig, convert
    from training.parts import PARTS, parts_folder

    if not (parts_folder() / PARTS["speech-encoder"].file).exists():
        pytest.skip("the Whisper part was not fetched")
    folder = tmp_path_factory.mktemp("whisper") / "tiny.en"
    convert(SpeechConfig(out=folder))
    return folder


@pytest.fixture(scope="session")
def blind_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that is a language model alone; not to be changed."""
    from tests.support.tiny_bundle import make_tiny_bundle

    return make_tiny_bundle(tmp_path_factory.mktemp("bundles") / "blind", eyes="blind").path
