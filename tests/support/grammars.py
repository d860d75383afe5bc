"""Random sentences of a GBNF grammar: what a model that keeps to it may write."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

_TOKENS = re.compile(
    r"""\s*(?:
    "(?P<literal>(?:\\.|[^"\\])*)" | \[(?P<class>(?:\\.|[^\]\\])*)\] |
    (?P<name>[a-z-]+) | (?P<repeat>[*+?]|\{\d*,?\d*\}) | (?P<sign>[()|])
    )""",
    re.VERBOSE,
)
_LETTERS = "abc XYZ0159éß猫.,:'\n\"<>{}[]\\;/"
_MOST = 6  # of what may come any number of times

Writer = Callable[[random.Random], str]


def writer(grammar: str) -> Writer:
    """What writes a random text that the grammar's `root` allows."""
    rules: dict[str, Writer] = {}
    for line in grammar.splitlines():
        name, _, rule = line.partition(" ::= ")
        rules[name] = _Parser(rule, rules).alternatives()
    return rules["root"]


class _Parser:
    def __init__(self, rule: str, rules: dict[str, Writer]) -> None:
        self._rules = rules
        self._tokens = list(_tokens(rule))

    def alternatives(self) -> Writer:
        choices = [self._sequence()]
        while self._tokens and self._tokens[0] == ("sign", "|"):
            self._tokens.pop(0)
            choices.append(self._sequence())
        return lambda rng: rng.choice(choices)(rng)

    def _sequence(self) -> Writer:
        parts: list[Writer] = []
        while self._tokens and self._tokens[0] not in (("sign", "|"), ("sign", ")")):
            parts.append(self._repeated(self._one()))
        return lambda rng: "".join(part(rng) for part in parts)

    def _one(self) -> Writer:
        kind, text = self._tokens.pop(0)
        if kind == "literal":
            literal = text.encode("latin-1", "backslashreplace").decode("unicode_escape")
            return lambda _rng: literal
        if kind == "class":
            allowed = [letter for letter in _LETTERS if re.fullmatch(f"[{text}]", letter)]
            return lambda rng: rng.choice(allowed)
        if kind == "name":
            rules = self._rules  # the rule may come later
            return lambda rng: rules[text](rng)  # noqa: PLW0108
        assert (kind, text) == ("sign", "("), text
        inner = self.alternatives()
        assert self._tokens.pop(0) == ("sign", ")")
        return inner

    def _repeated(self, one: Writer) -> Writer:
        if not self._tokens or self._tokens[0][0] != "repeat":
            return one
        _, sign = self._tokens.pop(0)
        least, most = {"*": (0, _MOST), "+": (1, _MOST), "?": (0, 1)}.get(sign, (0, 0))
        if sign.startswith("{"):
            low, _, high = sign[1:-1].partition(",")
            least, most = int(low), int(high)
        return lambda rng: "".join(
            one(rng) for _ in range(rng.randint(least, min(most, least + _MOST)))
        )


def _tokens(rule: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(rule.rstrip()):
        found = _TOKENS.match(rule, at)
        assert found and found.lastgroup, rule[at:]
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()
