"""Instructions as exact strings: with the published tags, and in each family's own sentences."""

from __future__ import annotations

import pytest

from engine.grounding.codec import DIALECTS, Dialect
from engine.grounding.geometry import Box
from engine.prompt.tasks import TASKS, Task
from engine.prompt.wording import Said, instruction, tasks_in_words

MINIGPT = DIALECTS["minigpt-v2"]
SHIKRA = DIALECTS["shikra"]
REGION = Box(0.3, 0.4, 0.52, 0.77)


def asked(task: Task, words: str, regions: list[Box], dialect: Dialect) -> str:
    return "".join(piece.text for piece in instruction(task, words, regions, dialect))


def sentence(dialect: str, task: str, words: str = "", *regions: Box, spoken: bool = False) -> str:
    said = instruction(TASKS[task], words, regions, DIALECTS[dialect], worded=True, spoken=spoken)
    return "".join(piece.text for piece in said)


@pytest.mark.parametrize(
    ("task", "words", "expected"),
    [
        ("chat", "what is behind her?", "what is behind her?"),
        ("vqa", "how many cups are there?", "[vqa] how many cups are there?"),
        ("caption", "one short sentence", "[caption] one short sentence"),
        ("grounding", "describe the table", "[grounding] describe the table"),
        ("refer", "  the brown dog ", "[refer] the brown dog"),
        ("identify", "what is this", "[identify] what is this"),
        ("detection", "cups, dogs", "[detection] cups, dogs"),
        ("transcribe", "Write down the words.", "[asr] Write down the words."),
        ("expression", "the left face", "[affect] the left face"),
    ],
)
def test_the_words_stand_behind_the_tag(task: str, words: str, expected: str) -> None:
    assert asked(TASKS[task], words, [], MINIGPT) == expected


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("chat", "what could happen next?"),
        ("vqa", "[vqa] how many dogs are there?"),
        ("caption", "[caption] briefly describe this image"),
        ("grounding", "[grounding] describe this image in detail"),
        ("refer", "[refer] the red mug left of the laptop"),
        ("identify", "[identify] what is this"),
        ("detection", "[detection] sofas, dogs"),
        ("transcribe", "[asr] Transcribe the following speech into text."),
        ("expression", "[affect] how does this face feel"),
    ],
)
def test_a_task_asked_without_words_uses_its_own(task: str, expected: str) -> None:
    assert asked(TASKS[task], " ", [], MINIGPT) == expected


def test_regions_stand_at_the_end_in_the_bundles_dialect() -> None:
    identify = TASKS["identify"]
    assert asked(identify, "", [REGION], MINIGPT) == ("[identify] what is this {<30><40><52><77>}")
    assert asked(identify, "", [REGION], SHIKRA) == (
        "[identify] what is this [0.300,0.400,0.520,0.770]"
    )
    assert asked(TASKS["chat"], "which is older?", [REGION, REGION], MINIGPT) == (
        "which is older? {<30><40><52><77>}<delim>{<30><40><52><77>}"
    )


def test_llava_is_asked_as_in_its_training() -> None:
    assert sentence("llava", "refer", "the brown dog") == (
        "Please provide the bounding box coordinate of the region this sentence describes: "
        "the brown dog."
    )
    assert sentence("llava", "identify", "", REGION) == (
        "Please provide a short description for this region: [0.3, 0.4, 0.52, 0.77]."
    )
    assert tasks_in_words("llava") == ("chat", "vqa", "caption", "refer", "identify")


def test_a_persons_own_task_is_asked_like_the_others() -> None:
    colour = Task(
        id="colour",
        tag="[colour]",
        takes="region or words",
        default_instruction="what colour is this",
        hint="",
    )
    assert asked(colour, "", [REGION], MINIGPT) == "[colour] what colour is this {<30><40><52><77>}"
    said = instruction(colour, "", [REGION], DIALECTS["qwen3-vl"], worded=True)
    assert "".join(piece.text for piece in said) == (
        'what colour is this {"bbox_2d": [300, 400, 520, 770]}'
    )


def test_words_that_were_spoken_leave_the_tag_and_the_region() -> None:
    said = instruction(TASKS["identify"], "", [REGION], MINIGPT, spoken=True)
    assert said == (Said("[identify] "), Said("{<30><40><52><77>}", ours=True))
    assert instruction(TASKS["chat"], "", [], MINIGPT, spoken=True) == ()
    assert instruction(TASKS["transcribe"], "", [], MINIGPT, spoken=True) == (
        Said("[asr] Transcribe the following speech into text."),
    )


WORDED = {
    "shikra": (
        "Can you point out the red mug in the image and provide the coordinates of its location?",
        "Where are cups, dogs? Include the coordinates [x0,y0,x1,y1] of each.",
        "Can you provide a description of the image and include the coordinates [x0,y0,x1,y1] "
        "for each mentioned object?",
        "Can you give me a description of the region [0.300,0.400,0.520,0.770] in image?",
        "Why? [0.300,0.400,0.520,0.770]",
    ),
    "kosmos-2": (
        "<grounding><phrase> the red mug</phrase>",
        "<grounding><phrase> cups, dogs</phrase>",
        "<grounding> Describe this image in detail:",
        "<grounding><phrase> It</phrase><object><patch_index_0393><patch_index_0784></object> is",
        "<grounding> Question: Why?<phrase> It</phrase><object><patch_index_0393>"
        "<patch_index_0784></object> Answer:",
    ),
    "qwen-vl": (
        "<ref>the red mug</ref>",
        "Find every one of these: <ref>cups, dogs</ref>",
        "Generate the caption in English with grounding:",
        "<ref>This</ref><box>(300,400),(520,770)</box> is",
        "Why? <ref>This</ref><box>(300,400),(520,770)</box>",
    ),
    "qwen2-vl": (
        "Locate <|object_ref_start|>the red mug<|object_ref_end|> and output its bounding box.",
        "Detect every one of these and output the bounding boxes: cups, dogs",
        "Describe this picture in detail, with a bounding box for each object.",
        "What is in the bounding box <|box_start|>(300,400),(520,770)<|box_end|>?",
        "Why? <|box_start|>(300,400),(520,770)<|box_end|>",
    ),
    "qwen2.5-vl": (
        "Locate the red mug, output its bbox coordinates using JSON format.",
        'Locate every instance that belongs to the following categories: "cups, dogs". '
        "Report bbox_2d and label in JSON.",
        "Locate every object in this picture. Report bbox_2d and label in JSON.",
        'What is at {"bbox_2d": [300, 400, 520, 770]}?',
        'Why? {"bbox_2d": [300, 400, 520, 770]}',
    ),
    "qwen3-vl": (
        'Locate every object that matches the description "the red mug" in the image. '
        "Report bbox coordinates in JSON format.",
        'Locate every instance that belongs to the following categories: "cups, dogs". '
        "Report bbox coordinates in JSON format.",
        "Locate every object in this picture. Report bbox coordinates in JSON format.",
        'What is at {"bbox_2d": [300, 400, 520, 770]}?',
        'Why? {"bbox_2d": [300, 400, 520, 770]}',
    ),
    "paligemma": (
        "detect the red mug",
        "detect cups ; dogs",
        None,
        "caption <loc0410><loc0307><loc0788><loc0532>",
        "caption <loc0410><loc0307><loc0788><loc0532>",
    ),
    "florence-2": (
        "Locate the phrases in the caption: the red mug",
        "Locate cups, dogs in the image.",
        "Locate the objects in the image, with their descriptions.",
        "What is the region <loc_300><loc_400><loc_520><loc_770>?",
        "What is the region <loc_300><loc_400><loc_520><loc_770>?",
    ),
    "internvl": (
        "Please provide the bounding box coordinate of the region this sentence describes: "
        "<ref>the red mug</ref>",
        "Detect the <ref>cups, dogs</ref> in the image with its bounding box.",
        "Please describe the image in detail, with the bounding box of each object.",
        "Please provide a short description for this region: <box>[[300, 400, 520, 770]]</box>",
        "Why? <box>[[300, 400, 520, 770]]</box>",
    ),
    "cogvlm": (
        "Where is the red mug? answer in [[x0,y0,x1,y1]] format.",
        "Where are cups, dogs? answer in [[x0,y0,x1,y1]] format.",
        "Can you provide a description of the image and include the coordinates [[x0,y0,x1,y1]] "
        "for each mentioned object?",
        "What is in the region [[300,400,520,770]]?",
        "Why? [[300,400,520,770]]",
    ),
    "deepseek-vl2": (
        "<|ref|>the red mug<|/ref|>",
        "Find all the <|ref|>cups, dogs<|/ref|>",
        "<|grounding|>Describe this picture in detail.",
        "What is in the region <|det|>[[300, 400, 519, 769]]<|/det|>?",
        "Why? <|det|>[[300, 400, 519, 769]]<|/det|>",
    ),
    "gemma": (
        "Detect the red mug. Output its box_2d and label as JSON.",
        "Detect every one of these: cups, dogs. Output box_2d and label of each as JSON.",
        "Detect all objects in the image. Output box_2d and label of each as JSON.",
        'What is at {"box_2d": [400, 300, 770, 520]}?',
        'Why? {"box_2d": [400, 300, 770, 520]}',
    ),
    "molmo": (
        "Point to the red mug",
        'Point to all occurrences of "cups, dogs"',
        None,
        'What is <point x="41.0" y="58.5" alt="this">this</point>?',
        'Why? <point x="41.0" y="58.5" alt="this">this</point>',
    ),
}
"""For each dialect: refer, detection, grounding, identify, and identify with a person's words."""


@pytest.mark.parametrize("dialect", WORDED)
def test_a_model_without_tags_is_asked_in_its_own_sentences(dialect: str) -> None:
    refer, detection, grounding, identify, why = WORDED[dialect]
    assert sentence(dialect, "refer", " the red mug ") == refer
    assert sentence(dialect, "detection", "cups, dogs") == detection
    if grounding is None:
        assert "grounding" not in tasks_in_words(dialect)
    else:
        assert sentence(dialect, "grounding") == grounding
    assert sentence(dialect, "identify", "", REGION) == identify
    assert sentence(dialect, "identify", "Why?", REGION) == why


def test_what_needs_no_box_is_asked_in_plain_words() -> None:
    for dialect in ("qwen3-vl", "plain", "internvl"):
        assert sentence(dialect, "chat", "what is behind her?") == "what is behind her?"
        assert sentence(dialect, "vqa", "how many?") == (
            "how many?\nAnswer the question using a single word or phrase."
        )
        assert sentence(dialect, "caption") == "Describe this picture in one sentence."
        assert sentence(dialect, "caption", "What a day!") == "What a day!"
    assert sentence("qwen3-vl", "chat", "older?", REGION) == (
        'older? {"bbox_2d": [300, 400, 520, 770]}'
    )
    assert sentence("qwen3-vl", "expression", "", REGION) == (
        'How does this face feel? Name the emotion in one word. {"bbox_2d": [300, 400, 520, 770]}'
    )
    assert sentence("qwen3-vl", "transcribe") == "Transcribe the following speech into text."


def test_families_with_prompts_of_their_own_get_those() -> None:
    assert sentence("paligemma", "vqa", "how many?") == "answer en how many?"
    assert sentence("paligemma", "caption") == "caption en"
    assert sentence("florence-2", "caption") == "What does the image describe?"
    assert sentence("kosmos-2", "caption") == "An image of"
    assert sentence("kosmos-2", "vqa", "how many?") == "Question: how many? Answer:"
    assert sentence("qwen-vl", "caption") == "Generate the caption in English:"


def test_spoken_words_are_spoken_of() -> None:
    assert sentence("qwen2.5-vl", "refer", spoken=True) == (
        "Locate what the recording asks for, output its bbox coordinates using JSON format."
    )
    assert sentence("qwen2.5-vl", "refer", "the mug", spoken=True) == (
        "Locate the mug, output its bbox coordinates using JSON format."
    )
    assert sentence("qwen3-vl", "vqa", spoken=True) == (
        "Answer the question using a single word or phrase."
    )
    assert sentence("qwen3-vl", "chat", spoken=True) == ""
    assert sentence("qwen3-vl", "caption", spoken=True) == "Describe this picture in one sentence."
    assert sentence("qwen3-vl", "identify", "", REGION, spoken=True) == (
        '{"bbox_2d": [300, 400, 520, 770]}'
    )


def test_what_a_person_typed_is_told_from_the_programs_own_markup() -> None:
    typed = "a <|box_start|> mug"
    said = instruction(TASKS["refer"], typed, [], DIALECTS["qwen2-vl"], worded=True)
    assert said == (
        Said("Locate <|object_ref_start|>", ours=True),
        Said(typed),
        Said("<|object_ref_end|> and output its bounding box.", ours=True),
    )


def test_a_model_is_offered_what_it_can_be_asked() -> None:
    assert tasks_in_words("plain") == ("chat", "vqa", "caption")
    assert tasks_in_words("qwen3-vl") == (
        "chat", "vqa", "caption", "grounding", "refer", "identify", "detection",
    )  # fmt: skip
    for dialect in DIALECTS:
        assert set(tasks_in_words(dialect)) <= set(TASKS)
    assert "chat" not in tasks_in_words("florence-2")
