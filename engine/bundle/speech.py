"""What must hold of a bundle's ears: facts that make sense, and parts that fit each other."""

from __future__ import annotations

from math import ceil, inf
from pathlib import Path

from engine.bundle.headers import read_shapes
from engine.bundle.layers import AGAIN, check_layer, read_object
from engine.bundle.manifest import MANIFEST_NAME, AdaptorFacts, Manifest, SpeechFacts
from engine.errors import BundleError

SPEECH_CONFIG = "speech/config.json"
SPEECH_FEATURES = "speech/preprocessor_config.json"
SPEECH_WEIGHTS = "speech/model.safetensors"
ADAPTOR = "adaptor.safetensors"
SPEECH_FILES = (SPEECH_CONFIG, SPEECH_FEATURES, SPEECH_WEIGHTS, ADAPTOR)

_PLACES_A_SECOND = 50  # frames of the encoder
_LONGEST_S, _MOST_LAYERS = 24 * 3600, 256
_FILLED_S = 30  # what a recording is filled up to where there are no windows
# The log-mel that this program computes, by the keys of a preprocessor_config.json.
_FEATURES = {"sampling_rate": 16_000, "hop_length": 160, "n_fft": 400}


def check_speech(folder: Path, manifest: Manifest) -> None:
    """The adaptor takes what the speech encoder gives and gives what the language model takes."""
    speech = manifest.speech
    if speech is None:
        return
    _check_facts(folder, speech)
    path = folder / SPEECH_CONFIG
    config = read_object(path)
    width, places = config.get("d_model"), config.get("max_source_positions")
    if not isinstance(width, int) or not isinstance(places, int):
        raise BundleError(
            f"{path} does not say what the speech encoder is (`d_model`, `max_source_positions`); "
            f"{AGAIN}."
        )
    windows = speech.windows
    longest = windows.before + windows.block + windows.after if windows else _FILLED_S
    if ceil(longest * _PLACES_A_SECOND) > places:
        raise BundleError(
            f"{folder / MANIFEST_NAME}: a window of {longest:g} seconds (`speech.windows`) is more "
            f"than the speech encoder hears, {places / _PLACES_A_SECOND:g}; {AGAIN}."
        )
    for key, value in {**_FEATURES, "feature_size": config.get("num_mel_bins")}.items():
        found = read_object(folder / SPEECH_FEATURES).get(key)
        if found != value:
            raise BundleError(
                f"{folder / SPEECH_FEATURES}: `{key}` is {found} and must be {value}; {AGAIN}."
            )
    if "encoder.conv1.weight" not in read_shapes(folder / SPEECH_WEIGHTS):
        raise BundleError(f"{folder / SPEECH_WEIGHTS} holds no speech encoder; {AGAIN}.")
    _check_adaptor(folder / ADAPTOR, speech.adaptor, width=width, n_embd=manifest.n_embd)


def _check_adaptor(path: Path, adaptor: AdaptorFacts, *, width: int, n_embd: int) -> None:
    """Its first layer takes frames of `width`, side by side; its last gives rows of `n_embd`."""
    shapes = read_shapes(path)
    by = "the speech encoder"
    match adaptor.kind:
        case "words":
            taken = width * (adaptor.join // 2)
            own = "its next layer"
            check_layer(
                path, shapes, "lower.weight", given=adaptor.width, taken=taken, by=by, to=own
            )
            check_layer(path, shapes, "meaning.weight", given=n_embd, taken=adaptor.width, by=by)
            check_layer(path, shapes, "table", given=None, taken=n_embd, by="the language model")
        case "telling":
            attends = "layers.0.encoder_attn.k_proj.weight"
            check_layer(path, shapes, attends, given=width, taken=width, by=by, to="its next layer")
            check_layer(path, shapes, "table", given=None, taken=n_embd, by="the language model")
        case "linear":
            taken = width * adaptor.join
            check_layer(path, shapes, "rows.weight", given=n_embd, taken=taken, by=by)
        case "whisper decoder":
            check_layer(path, shapes, "rows.weight", given=n_embd, taken=width, by=by)
        case "ultravox":
            taken, gate = width * adaptor.join, adaptor.width // 2
            own = "its gate"
            check_layer(path, shapes, "widen.weight", given=2 * gate, taken=taken, by=by, to=own)
            check_layer(path, shapes, "rows.weight", given=n_embd, taken=gate, by=own)


def _check_facts(folder: Path, speech: SpeechFacts) -> None:
    windows, adaptor = speech.windows, speech.adaptor
    fine = {
        "seconds": 0 < speech.seconds <= _LONGEST_S,
        "adaptor.layers": 0 <= adaptor.layers <= _MOST_LAYERS,
        "adaptor.heads": 0 < adaptor.heads <= adaptor.width,
        "adaptor.join": adaptor.join >= (2 if adaptor.kind == "words" else 1),
        "adaptor.tokens": adaptor.tokens >= 1,
        "adaptor.sharpness": 0 < adaptor.sharpness < inf,
    }
    if windows is not None:
        fine |= {
            "windows.block": windows.block > 0,
            "windows.before": windows.before >= 0,
            "windows.after": windows.after >= 0,
            # Its rows do not lie one behind the other in time.
            "adaptor.kind": adaptor.kind != "whisper decoder",
        }
    else:
        fine["seconds"] = 0 < speech.seconds <= _FILLED_S
    for key, holds in fine.items():
        if not holds:
            value: object = speech
            for name in key.split("."):
                value = getattr(value, name)
            raise BundleError(
                f"{folder / MANIFEST_NAME}: `speech.{key}` can't be {value!r} here; {AGAIN}."
            )
