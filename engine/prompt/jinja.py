"""A model's own chat template, which is a program that came with a file, rendered in a sandbox.

The language is Jinja2's, with the settings and helpers of transformers' `apply_chat_template`,
which is what published templates are written for. What a template may do is in
`engine.prompt.sandbox`, what it may use up in `engine.prompt.budget`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import Template, TemplateError

from engine.errors import BundleError
from engine.prompt.budget import TooMuch
from engine.prompt.sandbox import Sandbox

# The longest published one has 17,000 characters.
_LONGEST = 1 << 16
_QUOTED = 160  # characters of a template's own complaint that are passed on


def render_chat(
    template: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    bos: str,
    eos: str,
    add_generation_prompt: bool,
) -> str:
    """The conversation as the chat template of a GGUF writes it.

    `messages` hold JSON's types alone. There are no tools and no documents. Raises BundleError,
    one sentence, where the template is no template, refuses the conversation, reaches for
    something that it may not have, or does more work than any conversation needs.
    """
    if len(template) > _LONGEST:
        raise _error(
            f"is {len(template):,} characters long and no chat template needs more than "
            f"{_LONGEST:,}"
        )
    try:
        sandbox = Sandbox(len(messages))
        page = Template.from_code(sandbox, _compiled(template), sandbox.make_globals(None))
        return page.render(
            messages=_plain(messages),
            tools=None,
            documents=None,
            add_generation_prompt=add_generation_prompt,
            bos_token=bos,
            eos_token=eos,
        )
    except TooMuch as error:
        raise _error("does more work than a conversation needs") from error
    except (RecursionError, MemoryError) as error:
        raise _error("calls itself too often or is nested too deeply") from error
    except TemplateError as error:
        raise _error(f"can't be used ({_quoted(error)})") from error
    except Exception as error:
        raise _error(f"can't be used ({type(error).__name__}: {_quoted(error)})") from error


@lru_cache(maxsize=4)
def _compiled(template: str) -> CodeType:
    """The template as code; kept, since it is rendered anew for each question."""
    return Sandbox(0).compile(template)


def _plain(value: Any) -> Any:
    """`value` in fresh lists and dicts, so that a template has nothing of the program's own."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _error(what: str) -> BundleError:
    return BundleError(
        f"The model's chat template (`tokenizer.chat_template` of its GGUF) {what}; "
        "choose another model, or one of the same with a mended template."
    )


def _quoted(error: Exception) -> str:
    """What the error says, in one short line that a terminal can show."""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())
    return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}..."
