"""What a person asks for, as the text behind the picture: with a tag, or in words.

A model that was trained on tags reads `[refer] the brown dog`. Others know no tags; each family was
trained or is shown on sentences of its own, which stand here by dialect. A region is written in the
model's dialect inside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.grounding.codec import Dialect
from engine.grounding.geometry import Box
from engine.prompt.tasks import Task


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of an instruction.

    `ours` is what the program wrote: a dialect's markers in it are tokens of the model, while the
    same characters typed by a person are letters.
    """

    text: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """A task in a sentence: {words} are the person's, {region} the region that was drawn.

    `silent` takes its place where the person gave no words; where it is empty, the task's own
    default words are asked. `joint` is what stands between names that were separated by commas.
    """

    sentence: str
    silent: str = ""
    joint: str = ""


_ANYHOW: Mapping[str, Wording] = {
    # As LLaVA-1.5 (arXiv 2310.03744, table 1) asks for short answers.
    "vqa": Wording("{words}\nAnswer the question using a single word or phrase."),
    "caption": Wording("{words}", "Describe this picture in one sentence."),
    "grounding": Wording("{words}", "Describe this picture in detail."),
    "identify": Wording("{words} {region}", "What is in this region of the picture? {region}"),
    "expression": Wording(
        "{words} Name the emotion in one word. {region}",
        "How does this face feel? Name the emotion in one word. {region}",
    ),
}
"""For every dialect that has no sentence of its own; any other task is its words."""

_JSON = "bbox coordinates in JSON format"
_LABELLED = "Report bbox_2d and label in JSON."

_BY_DIALECT: Mapping[str, Mapping[str, Wording]] = {
    # Shikra's templates of referring expressions and of captions of a region.
    "shikra": {
        "refer": Wording(
            "Can you point out {words} in the image and provide the coordinates of its location?"
        ),
        "detection": Wording("Where are {words}? Include the coordinates [x0,y0,x1,y1] of each."),
        "grounding": Wording(
            "{words} Include the coordinates [x0,y0,x1,y1] of each mentioned object.",
            "Can you provide a description of the image and include the coordinates [x0,y0,x1,y1] "
            "for each mentioned object?",
        ),
        "identify": Wording(
            "{words} {region}", "Can you give me a description of the region {region} in image?"
        ),
    },
    # What LLaVA-1.5 was asked about Visual Genome and RefCOCO (llava_v1_5_mix665k.json).
    "llava": {
        "refer": Wording(
            "Please provide the bounding box coordinate of the region this sentence describes: "
            "{words}."
        ),
        "identify": Wording(
            "{words} {region}", "Please provide a short description for this region: {region}."
        ),
    },
    # The model card of Kosmos-2, by the names of its tasks there.
    "kosmos-2": {
        "vqa": Wording("Question: {words} Answer:"),
        "caption": Wording("{words}", "An image of"),
        "grounding": Wording("<grounding> {words}", "<grounding> Describe this image in detail:"),
        "refer": Wording("<grounding><phrase> {words}</phrase>"),
        "detection": Wording("<grounding><phrase> {words}</phrase>"),
        "identify": Wording(
            "<grounding> Question: {words}<phrase> It</phrase>{region} Answer:",
            "<grounding><phrase> It</phrase>{region} is",
        ),
    },
    # The prompts of Qwen-VL's training (arXiv 2308.12966, appendix B).
    "qwen-vl": {
        "caption": Wording("{words}", "Generate the caption in English:"),
        "grounding": Wording(
            "{words} with grounding:", "Generate the caption in English with grounding:"
        ),
        "refer": Wording("<ref>{words}</ref>"),
        "detection": Wording("Find every one of these: <ref>{words}</ref>"),
        "identify": Wording("{words} <ref>This</ref>{region}", "<ref>This</ref>{region} is"),
    },
    "qwen2-vl": {
        "grounding": Wording(
            "{words} Give a bounding box for each object.",
            "Describe this picture in detail, with a bounding box for each object.",
        ),
        "refer": Wording(
            "Locate <|object_ref_start|>{words}<|object_ref_end|> and output its bounding box."
        ),
        "detection": Wording("Detect every one of these and output the bounding boxes: {words}"),
        "identify": Wording("{words} {region}", "What is in the bounding box {region}?"),
    },
    # Qwen2.5-VL's cookbook of spatial understanding; categories as Qwen3-VL's cookbook asks.
    "qwen2.5-vl": {
        "grounding": Wording(
            f"{{words}} {_LABELLED}", f"Locate every object in this picture. {_LABELLED}"
        ),
        "refer": Wording("Locate {words}, output its bbox coordinates using JSON format."),
        "detection": Wording(
            "Locate every instance that belongs to the following categories: "
            f'"{{words}}". {_LABELLED}'
        ),
        "identify": Wording("{words} {region}", "What is at {region}?"),
    },
    # Qwen3-VL's report (arXiv 2511.21631, appendix B) and its cookbook of 2D grounding.
    "qwen3-vl": {
        "grounding": Wording(
            f"{{words}} Report {_JSON}.", f"Locate every object in this picture. Report {_JSON}."
        ),
        "refer": Wording(
            'Locate every object that matches the description "{words}" in the image. '
            f"Report {_JSON}."
        ),
        "detection": Wording(
            'Locate every instance that belongs to the following categories: "{words}". '
            f"Report {_JSON}."
        ),
        "identify": Wording("{words} {region}", "What is at {region}?"),
    },
    # Google's page on PaliGemma's prompts.
    "paligemma": {
        "chat": Wording("answer en {words}"),
        "vqa": Wording("answer en {words}"),
        "caption": Wording("caption en", "caption en"),
        "refer": Wording("detect {words}"),
        "detection": Wording("detect {words}", joint=" ; "),
        "identify": Wording("caption {region}", "caption {region}"),
    },
    # The sentences that transformers' `processing_florence2.py` puts in for the task tokens.
    "florence-2": {
        "caption": Wording("What does the image describe?", "What does the image describe?"),
        "grounding": Wording(
            "Locate the phrases in the caption: {words}",
            "Locate the objects in the image, with their descriptions.",
        ),
        "refer": Wording("Locate the phrases in the caption: {words}"),
        "detection": Wording("Locate {words} in the image."),
        "identify": Wording("What is the region {region}?", "What is the region {region}?"),
    },
    # InternVL's evaluation on RefCOCO, its demo, and its format of training data.
    "internvl": {
        "grounding": Wording(
            "{words} Give the bounding box of each object.",
            "Please describe the image in detail, with the bounding box of each object.",
        ),
        "refer": Wording(
            "Please provide the bounding box coordinate of the region this sentence describes: "
            "<ref>{words}</ref>"
        ),
        "detection": Wording("Detect the <ref>{words}</ref> in the image with its bounding box."),
        "identify": Wording(
            "{words} {region}", "Please provide a short description for this region: {region}"
        ),
    },
    # CogVLM's templates, and the question that its model card shows.
    "cogvlm": {
        "grounding": Wording(
            "{words} Include the coordinates [[x0,y0,x1,y1]] for each mentioned object.",
            "Can you provide a description of the image and include the coordinates "
            "[[x0,y0,x1,y1]] for each mentioned object?",
        ),
        "refer": Wording("Where is {words}? answer in [[x0,y0,x1,y1]] format."),
        "detection": Wording("Where are {words}? answer in [[x0,y0,x1,y1]] format."),
        "identify": Wording("{words} {region}", "What is in the region {region}?"),
    },
    # DeepSeek-VL2's README and demo.
    "deepseek-vl2": {
        "grounding": Wording(
            "<|grounding|>{words}", "<|grounding|>Describe this picture in detail."
        ),
        "refer": Wording("<|ref|>{words}<|/ref|>"),
        "detection": Wording("Find all the <|ref|>{words}<|/ref|>"),
        "identify": Wording("{words} {region}", "What is in the region {region}?"),
    },
    # Google's documentation of bounding boxes names the key and the order.
    "gemma": {
        "grounding": Wording(
            "{words} Output box_2d and label of each object as JSON.",
            "Detect all objects in the image. Output box_2d and label of each as JSON.",
        ),
        "refer": Wording("Detect {words}. Output its box_2d and label as JSON."),
        "detection": Wording(
            "Detect every one of these: {words}. Output box_2d and label of each as JSON."
        ),
        "identify": Wording("{words} {region}", "What is at {region}?"),
    },
    # Molmo's templates of pointing in `olmo/data/data_formatter.py`.
    "molmo": {
        "refer": Wording("Point to {words}"),
        "detection": Wording('Point to all occurrences of "{words}"'),
        "identify": Wording("{words} {region}", "What is {region}?"),
    },
}

_EVERYTHING = ("chat", "vqa", "caption", "grounding", "refer", "identify", "detection")
_OFFERED: Mapping[str, tuple[str, ...]] = {
    "plain": ("chat", "vqa", "caption"),
    "llava": ("chat", "vqa", "caption", "refer", "identify"),
    "paligemma": ("chat", "vqa", "caption", "refer", "identify", "detection"),
    "florence-2": ("caption", "grounding", "refer", "identify", "detection"),
    "molmo": ("chat", "vqa", "caption", "refer", "identify", "detection"),
}

_SPOKEN = "what the recording asks for"
_SLOT = re.compile(r"(\{words\}|\{region\})")


def tasks_in_words(dialect: str) -> tuple[str, ...]:
    """The ids of the tasks with a picture that can be put to a model of this dialect in words."""
    return _OFFERED.get(dialect, _EVERYTHING)


def instruction(
    task: Task,
    words: str,
    regions: Sequence[Box],
    dialect: Dialect,
    *,
    worded: bool = False,
    spoken: bool = False,
) -> tuple[Said, ...]:
    """The exact text behind the picture, the same in training and in use.

    With a tag: `[refer] the brown dog`, `[identify] what is this {<30><40><52><77>}`, and for a
    chat the words alone; a task without words asks its default, unless the words were `spoken`.
    A model that is `worded` gets the sentence of its dialect.
    """
    words = words.strip()
    asked = dialect.asked(regions)
    spoken = spoken and not words and task.takes != "speech"
    if worded:
        return tuple(_in_words(task, words, asked, dialect.name, spoken=spoken))
    told = "" if spoken else words or task.default_instruction
    tagged = " ".join(filter(None, [task.tag, told]))
    return tuple(_trimmed([Said(f"{tagged} "), Said(asked, ours=True)]))


def _in_words(task: Task, words: str, asked: str, dialect: str, *, spoken: bool) -> Iterator[Said]:
    row = _BY_DIALECT.get(dialect, {})
    wording = row.get(task.id) or _ANYHOW.get(task.id) or Wording("{words}")
    silent = not words and not (spoken and task.takes != "nothing")
    sentence = (wording.silent if silent else "") or wording.sentence
    if "{region}" not in sentence:
        sentence += " {region}"
    if spoken:
        given = _SPOKEN if task.takes == "words" and task.grammar else ""
    else:
        given = words or task.default_instruction
    if wording.joint:
        given = wording.joint.join(name.strip() for name in given.split(",") if name.strip())
    filled = {"{words}": Said(given), "{region}": Said(asked, ours=True)}
    pieces = [filled.get(piece, Said(piece, ours=True)) for piece in _SLOT.split(sentence)]
    return _trimmed(pieces)


def _trimmed(pieces: Sequence[Said]) -> Iterator[Said]:
    """Without white space at either end."""
    whole = "".join(piece.text for piece in pieces)
    start, end = len(whole) - len(whole.lstrip()), len(whole.rstrip())
    at = 0
    for piece in pieces:
        text = piece.text[max(start - at, 0) : max(end - at, 0)]
        at += len(piece.text)
        if text:
            yield Said(text, piece.ours)
