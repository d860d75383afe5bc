"""The turns of a conversation as a tree: turns with the same parent are branches."""

from __future__ import annotations

from collections.abc import Iterable

from app.chat.conversation import Turn


class TurnTree:
    """Owns all turns and which branch is shown: `shown`, from the first question to the last.

    `turns` are held from the beginning, each after its parent; the branch that ends at the turn
    with the id `leaf` is shown, or the newest.
    """

    def __init__(self, turns: Iterable[Turn] = (), leaf: str | None = None) -> None:
        self.shown: list[Turn] = []
        self._turns: dict[str, Turn] = {}
        self._branches: dict[str | None, list[Turn]] = {}
        for turn in turns:
            self._hold(turn)
        end = self._turns.get(leaf) if leaf else None
        if end is not None:
            self.end_at(end)
        elif None in self._branches:
            self.end_at(self._newest(self._branches[None][-1]))

    def add(self, turn: Turn) -> None:
        """A new turn after its parent; the branch shown ends with it."""
        self._hold(turn)
        self.end_at(turn)

    def end_at(self, turn: Turn) -> None:
        """Show the branch from the first question to this turn."""
        path = [turn]
        while (parent := path[-1].parent) is not None:
            path.append(self._turns[parent])
        self.shown = path[::-1]

    def branches(self, turn: Turn) -> list[Turn]:
        """The turns that stand in the same place, the oldest first."""
        return self._branches[turn.parent]

    def step(self, turn: Turn, offset: int) -> None:
        """Show the branch `offset` places beside a turn, as far as it was followed last."""
        branches = self.branches(turn)
        other = branches[(branches.index(turn) + offset) % len(branches)]
        self.end_at(self._newest(other))

    def _newest(self, turn: Turn) -> Turn:
        while turn.id in self._branches:
            turn = self._branches[turn.id][-1]
        return turn

    def _hold(self, turn: Turn) -> None:
        self._turns[turn.id] = turn
        self._branches.setdefault(turn.parent, []).append(turn)
