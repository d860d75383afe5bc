from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.errors import BundleError
from engine.models.efficientnet import EfficientNetLite
from engine.models.vision import TransformersEncoder, build_encoder, device_and_dtype

TINY: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 48,
    "patch_size": 16,
}
# model_type: tokens before the patches, other settings
KINDS: dict[str, tuple[int, dict[str, Any]]] = {
    "vit": (1, {}),
    "clip_vision_model": (1, {}),
    "siglip_vision_model": (0, {}),
    "dinov2_with_registers": (5, {"num_register_tokens": 4}),
}


@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_the_map_is_the_patches_in_reading_order(kind: str) -> None:
    before, more = KINDS[kind]
    torch.manual_seed(0)
    encoder = build_encoder({"model_type": kind, **TINY, **more}).eval()
    assert isinstance(encoder, TransformersEncoder)
    assert encoder.channels == (16,)
    pixels = torch.randn(2, 3, 48, 48)
    (level,) = encoder(pixels)
    hidden = encoder.model(pixel_values=pixels).last_hidden_state
    assert hidden.shape == (2, before + 9, 16)
    assert level.shape == (2, 16, 3, 3)
    for y in range(3):
        for x in range(3):
            torch.testing.assert_close(level[:, :, y, x], hidden[:, before + 3 * y + x])


@pytest.mark.parametrize("layer", [-1, -2, -3])
@torch.no_grad()
def test_an_inner_layer_is_the_one_that_transformers_counts(layer: int) -> None:
    torch.manual_seed(0)
    config = {"model_type": "clip_vision_model", **TINY, "num_hidden_layers": 3}
    encoder = build_encoder(config, layer=layer).eval()
    assert isinstance(encoder, TransformersEncoder)
    pixels = torch.randn(1, 3, 48, 48)
    hidden = encoder.model(pixel_values=pixels, output_hidden_states=True).hidden_states
    (level,) = encoder(pixels)
    torch.testing.assert_close(level[0, :, 1, 2], hidden[layer][0, 1 + 5])


@pytest.mark.parametrize("layer", [-2, 0, 1])
def test_a_layer_that_is_not_there_is_a_clear_error(layer: int) -> None:
    with pytest.raises(BundleError, match=f"it has 1 layers and {layer} is none"):
        build_encoder({"model_type": "clip_vision_model", **TINY}, layer=layer)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_efficientnet_by_its_kind(number: int) -> None:
    encoder = build_encoder({"kind": f"efficientnet-lite{number}", "regions": {}})
    assert isinstance(encoder, EfficientNetLite)
    assert len(encoder.blocks) == (16, 21, 21)[number]


def test_facts_of_the_region_head_do_not_reach_transformers() -> None:
    encoder = build_encoder({"model_type": "vit", **TINY, "regions": {"classes": ["cat"]}})
    assert isinstance(encoder, TransformersEncoder)
    assert not hasattr(encoder.model.config, "regions")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"kind": "efficientnet-lite9"}, "'efficientnet-lite9' is no vision encoder known here"),
        ({}, "no vision encoder known here .*efficientnet-lite0"),
        ({"model_type": "nonsense"}, "can't build 'nonsense'"),
        ({"model_type": "clip_vision_model", **TINY, "num_attention_heads": 5}, "not a multiple"),
        ({"model_type": "gpt2"}, "can't build 'gpt2'"),
    ],
)
def test_an_encoder_that_is_not_known_is_a_clear_error(config: dict[str, Any], said: str) -> None:
    with pytest.raises(BundleError, match=f"vision/config.json: .*{said}"):
        build_encoder(config)


def test_the_device_can_compute_in_the_type_chosen() -> None:
    device, dtype = device_and_dtype()
    with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
        product = torch.ones(2, 2, device=device) @ torch.ones(2, 2, device=device)
    assert product.dtype == dtype
    assert product.tolist() == [[2.0, 2.0], [2.0, 2.0]]


def test_the_processor_is_used_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert device_and_dtype()[0] == torch.device("cuda")
    assert device_and_dtype("cpu")[0] == torch.device("cpu")
