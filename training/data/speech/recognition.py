"""Recognition as the language model learns it: fixed instructions, and how words are written."""

from __future__ import annotations

INSTRUCTIONS = (
    "Transcribe the following speech into text.",
    "Transcribe the following speech into text.",
    "Write down what is said.",
    "Recognize the speech and write it as text.",
    "What does the recording say?",
)
"""One of a few for each sample, as in LLaSM's first stage (arXiv 2308.15930, section 4.1)."""


def written(heard: str) -> str:
    """What was heard as a sentence: "is there a dog?" -> "Is there a dog?"."""
    words = " ".join(
        "I" + word[1:] if word.split("'")[0] == "i" else word for word in heard.split()
    )
    ended = words if words.endswith("?") else f"{words}."
    return ended[:1].upper() + ended[1:]
