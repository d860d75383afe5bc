"""The logic of a conversation: what is asked when, and what each event of the engine means.

A plain class: no Qt, no window. It is called on one thread (the GUI's) and tells its listener.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.chat.asked import Asked
from app.chat.conversation import Turn, TurnState, last_picture, messages, number_pictures, pictures
from app.chat.hearing import Done, Hearing
from app.chat.seams import Engine, Journal, Listener
from app.chat.spans import answer_text, corrected_text
from app.chat.tree import TurnTree
from app.engine_state import EngineState, Phase
from app.store.records import Correction
from app.texts import marked, translate
from engine.errors import InputError
from engine.grounding.codec import DIALECTS, PLAIN
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, Task, find_task
from engine.types import (
    Answer,
    AudioPart,
    BoxFound,
    Event,
    Finished,
    ImagePart,
    Message,
    Notice,
    Progress,
    Request,
    Sampling,
    TextDelta,
)

if TYPE_CHECKING:
    from engine.protocol import Transcribed

# Where a question is asked once more: enough to answer otherwise, not enough to ramble.
VARIED_TEMPERATURE = 0.7
_DEAF = marked("chat", "Not sent: this model does not hear; answer again to have it written down.")
_BUSY = marked("chat", "An answer is still being written; wait for it or stop it first.")


class ChatController:
    """Owns the turns of one conversation; at most one question is open at a time.

    Whatever happens to a turn goes to the journal before the listener hears of it.
    """

    def __init__(
        self, engine: Engine, listener: Listener, journal: Journal, tasks: Mapping[str, Task]
    ) -> None:
        self._tree = TurnTree()
        self._engine = engine
        self._listener = listener
        self._journal = journal
        self._tasks = tasks
        self._state = EngineState(Phase.LOADING)
        self._picture: Path | None = None
        self._stopping: Turn | None = None
        self._hearing = Hearing(engine)

    @property
    def turns(self) -> list[Turn]:
        """The turns of the branch that is shown, from the first question to the last."""
        return self._tree.shown

    @property
    def open_turn(self) -> Turn | None:
        """The question that is waiting for the engine or being answered."""
        return self.turns[-1] if self.turns and not self.turns[-1].state.over else None

    @property
    def picture(self) -> Path | None:
        """The picture that the next question is about."""
        return self._picture

    @property
    def ready(self) -> bool:
        """Whether the engine can be asked now; what it is doing comes first."""
        return self._state.phase is Phase.READY

    @property
    def hears(self) -> bool:
        """Whether the model takes recordings, which is known once the engine is ready."""
        info = self._state.info
        return info is not None and info.hears

    def speaks_of(self, picture: Path) -> bool:
        """Whether a turn of the conversation is about this picture."""
        return any(picture in (turn.picture, *turn.numbered) for turn in self.turns)

    def set_picture(self, path: Path) -> None:
        """The next question is about this picture; the engine may look at it already."""
        self._picture = path
        self._prepare()

    def hear(self, growing: Path, clips: Sequence[Path] = (), *, paused: bool = False) -> None:
        """Something is being said, behind the `clips`: the engine may listen already.

        It is `paused` while nobody speaks, and may be all.
        """
        if self.ready and self.hears and self.open_turn is None:
            now = AudioPart(growing, growing=True, paused=paused)
            said = (*(AudioPart(clip) for clip in clips), now)
            self._engine.prepare((*self._messages(), Message("user", (*self._fresh(), *said))))

    def transcribe(self, clips: Sequence[Path], done: Done) -> None:
        """Have recordings written down for a model that does not hear."""
        self._hearing.ask(clips, done, by_model=False)

    def show_heard(self, turn: Turn) -> None:
        """Ask the model what it hears in the clips of a turn. Raises InputError."""
        if self.open_turn is not None or not self.ready:
            raise InputError(translate("chat", _BUSY))
        if not turn.listening:
            turn.listening = True
            self._listener.turn_heard(turn)
            self._hearing.ask(turn.clips, partial(self._heard, turn), by_model=True)

    def _heard(self, turn: Turn, heard: dict[Path, str], error: str) -> None:
        turn.listening = False
        turn.heard |= heard
        self._journal.heard(turn)
        self._listener.turn_heard(turn, error)

    def ask(
        self,
        task: str,
        words: str,
        *,
        region: Box | None = None,
        clips: tuple[Path, ...] = (),
        transcribed: bool = False,
    ) -> Turn:
        """Ask about the picture, or a region of it, in words or in what was said in `clips`.

        Where it was `transcribed`, the words are what was written down of it. Waits where the
        engine is not ready yet. Raises InputError, one sentence for the person, where nothing can
        be sent like this.
        """
        asked = Asked(task, words.strip(), self._picture, region, clips, transcribed)
        return self._ask(asked, before=self.turns)

    def ask_beside(
        self,
        turn: Turn,
        task: str,
        words: str,
        *,
        region: Box | None = None,
        clips: tuple[Path, ...] = (),
        transcribed: bool = False,
    ) -> Turn:
        """Ask in the place of an earlier question, which stays as a branch, as its answers do.

        It is about the picture of that question. The same one once more is answered differently,
        unless its answer broke off. Raises InputError like `ask`.
        """
        before = self.turns[: self.turns.index(turn)]
        asked = Asked(task, words.strip(), turn.picture, region, clips, transcribed)
        same = [
            other
            for other in self._tree.branches(turn)
            if Asked.of(other) == asked and not other.state.broken
        ]
        return self._ask(asked, before=before, tries=len(same))

    def correct(self, turn: Turn, correction: Correction | None) -> None:
        """Show this in the place of a turn's answer; None: what the model wrote."""
        written = turn.written or turn.answer
        turn.correction = correction
        if correction is None:
            turn.answer, turn.written = written, None
        else:
            task = self._tasks.get(turn.task, TASKS["chat"])
            turn.answer, turn.written = corrected_text(task, turn.words, correction), written
        self._journal.corrected(turn)
        self._listener.turn_corrected(turn)
        self._prepare()

    def go_on_from(self, turn: Turn) -> None:
        """The next question follows this turn; what followed it stays as a branch."""
        self.stop()
        self._tree.end_at(turn)
        self._branch_changed()

    def step(self, turn: Turn, offset: int) -> None:
        """Show the branch beside the one of this turn."""
        self.stop()
        self._tree.step(turn, offset)
        self._branch_changed()

    def place_of(self, turn: Turn) -> tuple[int, int]:
        """Which of how many branches a turn is, counted from 1."""
        branches = self._tree.branches(turn)
        return branches.index(turn) + 1, len(branches)

    def _branch_changed(self) -> None:
        last = self.turns[-1]
        self._picture = last.picture
        self._journal.showed(last)
        self._listener.turns_replaced()
        self._prepare()

    def _ask(self, asked: Asked, *, before: Sequence[Turn], tries: int = 0) -> Turn:
        row = find_task(asked.task, self._tasks)
        if self.open_turn is not None:
            raise InputError(translate("chat", _BUSY))
        asked.check(row)
        from uuid import uuid4

        turn = Turn(
            id=uuid4().hex,
            task=asked.task,
            words=asked.words,
            picture=asked.picture,
            attached=asked.picture is not None and last_picture(before) != asked.picture,
            answer=answer_text(row, asked.words),
            region=asked.region,
            parent=before[-1].id if before else None,
            tries=tries,
            clips=asked.clips,
            transcribed=asked.transcribed,
        )
        self._picture = asked.picture
        self._tree.add(turn)
        self._journal.asked(turn)
        self._listener.turn_added(turn)
        self._send_waiting()
        return turn

    def stop(self) -> None:
        """Stop the open question; what has arrived stays."""
        turn = self.open_turn
        if turn is None:
            return
        if turn.state is TurnState.RUNNING:
            self._stopping = turn
            self._engine.cancel(turn.id)
        self._end(turn, TurnState.STOPPED)

    def clear(self) -> None:
        """Begin a new conversation about the same picture."""
        self.stop()
        self._tree = TurnTree()
        self._journal.began()
        self._listener.turns_replaced()

    def load(self, turns: Sequence[Turn], leaf: str | None) -> None:
        """Go on with turns that were kept; `leaf` is the id of the last one to show."""
        self.stop()
        number_pictures(turns)
        self._tree = TurnTree(turns, leaf)
        self._picture = self.turns[-1].picture if self.turns else None
        self._listener.turns_replaced()

    def picture_of(self, turn: Turn) -> Path | None:
        """The picture that a turn's boxes are on (the question's, where they name no other)."""
        for number in turn.answer.images:
            if number < len(turn.numbered):
                return turn.numbered[number]
        return turn.picture

    def engine_changed(self, state: EngineState) -> None:
        """The engine loads, is ready or was lost; send what waited.

        A request that was lost with it gets its `Finished` like any other.
        """
        before, self._state = self._state, state
        turn = self.open_turn
        if state.phase is Phase.READY and before.phase is not Phase.READY:
            self._send_waiting()
            if not state.restarted:
                # After a crash nothing is looked at unasked: it may have been the cause.
                self._prepare()
        elif state.phase is Phase.FAILED and turn is not None and turn.state is TurnState.WAITING:
            turn.notes.append(translate("chat", "Not sent: the engine could not start."))
            self._end(turn, TurnState.FAILED)

    def engine_event(self, event: Event | Transcribed) -> None:
        """Take an event of the open question, or of what is being heard; those of any other are
        late and dropped."""
        if self._hearing.event(event):
            return
        turn = self.open_turn
        stopping = self._stopping
        if stopping is not None and stopping.id == event.id and isinstance(event, Finished):
            self._settle(stopping, event.answer)
            self._journal.ended(stopping)
            self._stopping = None
            self._send_waiting()
            return
        if turn is None or turn.id != event.id or turn.state is not TurnState.RUNNING:
            return
        match event:
            case TextDelta():
                turn.raw += event.text
                self._journal.said(turn, event)
                self._text(turn, turn.answer.add_text(event.text))
            case BoxFound():
                self._journal.said(turn, event)
                self._text(turn, turn.answer.add_box(event.box))
                self._listener.box_added(turn)
            case Progress():
                turn.stage = event.stage
                self._listener.turn_changed(turn)
            case Notice():
                turn.notes.append(event.text)
                self._listener.turn_changed(turn)
            case Finished():
                self._finish(turn, event)

    def _finish(self, turn: Turn, event: Finished) -> None:
        answer = event.answer
        self._settle(turn, answer)
        if answer.error:
            turn.notes.append(translate("engine", answer.error))
        if answer.finish == "length":
            turn.notes.append(translate("chat", "The answer reached its longest allowed length."))
        broken = TurnState.CUT_OFF if turn.answer.text else TurnState.FAILED
        ends = {"error": broken, "cancelled": TurnState.STOPPED}
        self._end(turn, ends.get(answer.finish, TurnState.DONE))

    def _settle(self, turn: Turn, answer: Answer) -> None:
        stats = answer.stats
        turn.raw = answer.raw
        turn.tokens = stats.cached_tokens + stats.prefill_tokens + stats.decode_tokens

    def _end(self, turn: Turn, state: TurnState) -> None:
        self._text(turn, turn.answer.finish())
        if turn.answer.found_nothing:
            nothing = translate("chat", "Nothing in the picture fits “{words}”.")
            turn.notes.append(nothing.format(words=turn.words))
        turn.state = state
        self._journal.ended(turn)
        self._listener.turn_changed(turn)

    def _text(self, turn: Turn, text: str) -> None:
        if text:
            self._listener.text_added(turn, text)

    def _send_waiting(self) -> None:
        """Send the open question, once the engine is there and done with a stopped one (which it
        may not survive)."""
        turn = self.open_turn
        if turn is None or turn.state is not TurnState.WAITING or self._stopping is not None:
            return
        if self._state.phase is not Phase.READY:
            return
        if turn.spoken and not self.hears and not turn.asked:
            turn.notes.append(translate("chat", _DEAF))
            self._end(turn, TurnState.FAILED)
            return
        turn.state = TurnState.RUNNING
        told = self._messages(asking=turn)
        turn.numbered = tuple(pictures(told))
        self._engine.answer(Request(turn.id, told, self._sampling(turn)))
        self._listener.turn_changed(turn)

    def _sampling(self, turn: Turn) -> Sampling | None:
        """As always (None), except for a question that was answered already: it is varied."""
        if not turn.tries:
            return None
        usual = self._engine.sampling_of(turn.task)
        return replace(
            usual, temperature=max(usual.temperature, VARIED_TEMPERATURE), seed=turn.tries
        )

    def _prepare(self) -> None:
        if self._picture is not None and self.ready and self.open_turn is None:
            self._engine.prepare((*self._messages(), Message("user", self._fresh())))

    def _fresh(self) -> tuple[ImagePart, ...]:
        """The picture that the next question brings, if it does."""
        picture = self._picture
        brought = picture is not None and last_picture(self.turns) != picture
        return (ImagePart(picture),) if picture is not None and brought else ()

    def _messages(self, asking: Turn | None = None) -> tuple[Message, ...]:
        info = self._state.info
        dialect = DIALECTS.get(info.dialect, PLAIN) if info else PLAIN
        return messages(self.turns, asking=asking, dialect=dialect, hears=self.hears)
