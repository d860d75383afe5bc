from __future__ import annotations

import pytest

from engine.bench import scripted
from engine.bench.question import request, user
from engine.types import BoxFound, Finished, TextDelta


def test_the_script_has_the_words_and_the_boxes_that_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scripted, "TOKENS_PER_S", 10**9)
    events = list(scripted.ScriptedEngine().answer(request(user("Go on.")), lambda: False))
    (*_, last) = events
    assert isinstance(last, Finished)
    words = [event.text for event in events if isinstance(event, TextDelta)]
    boxes = [event.box for event in events if isinstance(event, BoxFound)]
    assert (len(words), len(boxes)) == (scripted.TOKENS, scripted.BOXES)
    assert last.answer.text == "".join(words)
    for box in boxes:
        assert last.answer.text[box.start : box.end] == box.phrase


def test_the_script_can_be_stopped() -> None:
    (last,) = scripted.ScriptedEngine().answer(request(user("Go on.")), lambda: True)
    assert isinstance(last, Finished)
