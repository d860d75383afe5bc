"""The colours of the window, light and dark, and those of the boxes.

Nothing else in `app` names a colour. Text on its ground has at least the contrast of WCAG AA in
both palettes (a test computes it).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """One colour scheme. Every value is a `#rrggbb` string."""

    dark: bool
    canvas: str
    panel: str
    raised: str
    hover: str
    border: str
    strong_border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    danger: str
    danger_soft: str
    good: str
    busy: str


LIGHT = Palette(
    dark=False,
    canvas="#eceef2",
    panel="#ffffff",
    raised="#f5f6f9",
    hover="#e9ecf2",
    border="#dfe3ea",
    strong_border="#8b94a5",
    text="#1a1e26",
    muted="#5a6372",
    accent="#3757d6",
    accent_hover="#2c48b8",
    on_accent="#ffffff",
    accent_soft="#e8ecfc",
    danger="#b3261e",
    danger_soft="#fdeceb",
    good="#1d8348",
    busy="#b26a00",
)

DARK = Palette(
    dark=True,
    canvas="#0e1014",
    panel="#171a20",
    raised="#1f232b",
    hover="#2a2f39",
    border="#2b303a",
    strong_border="#6b7587",
    text="#e9ebef",
    muted="#a0a8b6",
    accent="#93a9ff",
    accent_hover="#aebfff",
    on_accent="#10131a",
    accent_soft="#252d4a",
    danger="#ff9d94",
    danger_soft="#3a2122",
    good="#5fd08d",
    busy="#f0b35a",
)

# Told apart by people of every kind of colour vision (after Okabe and Ito, 2008), lightened where
# the original is too dark for a line on a dark photograph.
BOX_COLOURS = ("#e69f00", "#56b4e9", "#00b586", "#f0e442", "#d77bb0", "#f0722b", "#4f8dff")

# Words on a box's colour, the line of a drawn region, and the shadow under every line.
LABEL_COLOUR = "#101216"
REGION_COLOUR = "#ffffff"
SHADOW_COLOUR = "#000000"
