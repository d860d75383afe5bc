"""What the engine process says, as the state that the window shows.

Apart from `app.engine_bridge`, so that the engine's client is loaded after the first paint.
"""

from __future__ import annotations

from app.engine_state import EngineState, Phase
from engine.client import ClientEvent, Lost
from engine.protocol import Failed, Loading, Ready


def state_of(event: ClientEvent, *, restarted: bool) -> EngineState | None:
    """The state that an event of the client brings; None for an event of a request.

    `restarted` tells whether the process took the place of another.
    """
    match event:
        case Loading(text=text, done=done):
            return EngineState(Phase.LOADING, text, done, restarted=restarted)
        case Ready(info=info):
            text = f"{info.language_model} on {info.device}"
            return EngineState(Phase.READY, text, restarted=restarted, info=info)
        case Failed(error=error):
            return EngineState(Phase.FAILED, error)
        case Lost(error=error, restarting=restarting):
            phase = Phase.LOADING if restarting else Phase.FAILED
            return EngineState(phase, error, restarted=restarting)
        case _:
            return None
