"""What each setting does to the running program."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from app.engine_bridge import EngineBridge
from app.settings.schema import SETTINGS, Effect, Settings
from app.settings.store import SettingsStore
from app.theme import Theme
from app.voice.talk import Talk
from engine.types import LoadOptions

_SAMPLING = ("temperature", "seed", "max_tokens")
_OF_THE_ENGINE = {setting.key for setting in SETTINGS if setting.row.effect is Effect.ENGINE}


class Effects:
    """Joins the settings with the theme, the engine and the recording: now, and whenever they
    change."""

    def __init__(
        self, store: SettingsStore, theme: Theme, bridge: EngineBridge, talk: Talk
    ) -> None:
        self._store = store
        self._theme = theme
        self._bridge = bridge
        self._talk = talk
        store.changed.connect(self._apply)
        self._apply(frozenset(setting.key for setting in SETTINGS))

    def _apply(self, changed: Set[str]) -> None:
        now = self._store.now
        self._theme.choose(now.theme, now.text_size)
        self._bridge.sampling = sampling_of(now)
        self._talk.microphone = now.microphone
        if changed & _OF_THE_ENGINE:
            self._bridge.place(
                now.model,
                LoadOptions(device=now.device, threads=now.threads, context=now.context),
            )


def sampling_of(settings: Settings) -> dict[str, Any]:
    """What the person chose over the model's own sampling, by its names."""
    chosen = {name: getattr(settings, name) for name in _SAMPLING}
    return {name: value for name, value in chosen.items() if value is not None}
