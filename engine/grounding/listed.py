"""Dialects of JSON: `[{"bbox_2d": [x1, y1, x2, y2], "label": "red mug"}]`, mostly in a fence.

Qwen2.5-VL and Qwen3-VL by their cookbooks, Gemma and Gemini (`box_2d`, y first) by Google's
documentation of bounding boxes. Points (`point_2d`, `point`) are read as small boxes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.grounding.dialect import (
    MOST_ENTRIES,
    Dialect,
    Grammar,
    quoted,
    rules,
    sequence,
)
from engine.grounding.geometry import Box
from engine.grounding.json_object import Keys
from engine.grounding.json_reader import JsonReader
from engine.grounding.scale import Scale
from engine.grounding.stream import BETWEEN_PHRASES, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDialect(Dialect):
    """Boxes in a JSON list.

    With `in_pixels` numbers are pixels of what the model saw, and nobody has said yet how many
    those are (`sized`).
    """

    scale: Scale
    keys: Keys
    in_pixels: bool = False
    nothing: str = "[]"

    def boxes(self, boxes: Sequence[Box]) -> str:
        return self.phrase("", boxes)

    def phrase(self, text: str, boxes: Sequence[Box]) -> str:
        return self.phrases([(text, boxes)]) if boxes else text

    def box(self, box: Box) -> str:
        return self._entry(box, "")

    def asked(self, boxes: Sequence[Box]) -> str:
        return ", ".join(map(self.box, boxes))

    def phrases(self, found: Sequence[tuple[str, Sequence[Box]]]) -> str:
        entries = [self._entry(box, label) for label, boxes in found for box in boxes]
        return "```json\n[\n\t" + ",\n\t".join(entries) + "\n]\n```"

    def woven(self, parts: Sequence[tuple[str, Sequence[Box]]], bare: Sequence[Box]) -> str:
        """The list; words that are in no phrase come before it.

        Of pixels that nobody has counted no box is made up: the words stay alone.
        """
        if self.in_pixels:
            return "".join(text for text, _ in parts)
        words = "".join(text for text, boxes in parts if not boxes)
        found = [part for part in parts if part[1]] + ([("", bare)] if bare else [])
        if not found:
            return words
        listed = self.phrases(found)
        return f"{words.strip()}\n{listed}" if words.strip(BETWEEN_PHRASES) else listed

    def reader(self) -> Reader:
        return JsonReader(self.keys, self.scale)

    def sized(self, size: tuple[int, int]) -> Dialect:
        if not self.in_pixels:
            return self
        scale = replace(self.scale, sides=(float(size[0]), float(size[1])))
        return replace(self, scale=scale, in_pixels=False)

    def grammar(self, kind: Grammar) -> str | None:
        """A list, bare or in a fence, with any usual white space."""
        more = "" if kind == "box-or-none" else f" ( sep entry ){{0,{MOST_ENTRIES - 1}}}"
        empty = "" if kind == "phrases" else " | " + quoted("]")
        key, label = quoted(f'"{self.keys.box}":'), quoted('"label":')
        return rules(
            {
                "root": f'" "? ( {quoted("```json")} "\\n" list "\\n" {quoted("```")} | list )',
                "list": f'"[" gap ( entry{more} gap "]"{empty} )',
                "entry": f'"{{" gap {key} gap box gap "," gap {label} gap string gap "}}"',
                "box": sequence('"["', *["number"], *['"," gap number'] * 3, '"]"'),
                "sep": '"," gap',
                "gap": r"[ \t\n]{0,8}",
                "number": self.scale.rule,
                "string": r'"\"" [^"\\\n]{1,60} "\""',
            }
        )

    def _entry(self, box: Box, label: str) -> str:
        numbers = ", ".join(self.scale.write(box))
        named = f', "label": {json.dumps(label, ensure_ascii=False)}' if label else ""
        return f'{{"{self.keys.box}": [{numbers}]{named}}}'
