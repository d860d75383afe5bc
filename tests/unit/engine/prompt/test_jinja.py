"""Chat templates as transformers renders them, and templates that are after something else."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from transformers.utils.chat_template_utils import render_jinja_template

from engine.errors import BundleError
from engine.prompt.jinja import render_chat

ROOT = Path(__file__).parents[4]
ENDS = {"bos_token": "<s>", "eos_token": "</s>"}
KEPT = sorted((ROOT / "tests" / "data" / "chat_templates").glob("*.jinja"))
PUBLISHED = sorted((ROOT / "build" / "llama.cpp" / "models" / "templates").glob("*.jinja"))

TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Where is the <b>dog</b>? I am 100% sure.\n"},
    {"role": "assistant", "content": "<think>hm</think> There."},
    {"role": "user", "content": "  Et où? 在哪里 "},
]
SEEN: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Where is it?"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "There."}]},
    {"role": "user", "content": [{"type": "text", "text": "And this?"}]},
]
CONVERSATIONS: dict[str, list[dict[str, Any]]] = {
    "with a system": TALK,
    "without": TALK[1:],
    "one turn": TALK[1:2],
    "parts": SEEN,
}


def ours(template: str, messages: list[dict[str, Any]] = TALK, *, header: bool = True) -> str:
    return render_chat(template, messages, bos="<s>", eos="</s>", add_generation_prompt=header)


def theirs(template: str, messages: list[dict[str, Any]], *, header: bool) -> str | None:
    """What transformers renders; None where the template refuses the conversation there."""
    try:
        rendered, _ = render_jinja_template(
            [messages], chat_template=template, add_generation_prompt=header, **ENDS
        )
    except Exception:  # noqa: BLE001 - whatever a template does
        return None
    return str(rendered[0])


def refusal(template: str) -> str:
    """The one sentence; how long it took is bounded on any machine that can run the tests."""
    began = time.process_time()
    with pytest.raises(BundleError) as caught:
        ours(template)
    message = str(caught.value)
    assert time.process_time() - began < 20
    assert message.startswith("The model's chat template ") and message.endswith(".")
    assert message.isprintable() and len(message) < 450
    return message


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_templates_are_rendered_as_transformers_does(path: Path, header: bool) -> None:
    check(path.read_text(encoding="utf-8"), header=header)


@pytest.mark.skipif(not PUBLISHED, reason="llama.cpp's source is not there (`make llama-tools`)")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_templates_are_rendered_as_transformers_does(path: Path) -> None:
    check(path.read_text(encoding="utf-8"), header=True)


def check(template: str, *, header: bool) -> None:
    for name, messages in CONVERSATIONS.items():
        expected = theirs(template, messages, header=header)
        if expected is None:
            with pytest.raises(BundleError):
                ours(template, messages, header=header)
        else:
            assert ours(template, messages, header=header) == expected, name


def test_what_a_template_says_itself_is_passed_on() -> None:
    gemma = next(path for path in KEPT if path.stem == "gemma-2").read_text(encoding="utf-8")
    assert "(System role not supported)" in refusal(gemma)


def test_a_long_conversation_is_no_attack() -> None:
    turns = [
        {"role": "user", "content": "word " * 200},
        {"role": "assistant", "content": "hm " * 99},
    ]
    for path in KEPT:
        if path.stem != "smolvlm":
            assert len(ours(path.read_text(encoding="utf-8"), [*turns * 200, TALK[1]])) > 250_000


def test_what_is_said_twice_is_said_the_same() -> None:
    """Nothing of a rendering, such as a budget half used, is left for the next."""
    template = "{% for n in range(20000) %}{{ messages|length }}{% endfor %}"
    assert {ours(template) for _ in range(4)} == {"4" * 20_000}


def test_messages_are_not_the_templates_to_change() -> None:
    messages = [{"role": "user", "content": ["a"]}]
    for template in ("{{ messages.append(1) }}", "{{ messages[0].update({}) }}"):
        with pytest.raises(BundleError):
            ours(template, messages)
    assert messages == [{"role": "user", "content": ["a"]}]


PYTHON = {
    "classes": "{{ ''.__class__.__mro__ }}",
    "classes by index": "{{ ''['__class__']['__mro__'] }}",
    "attr": "{{ ''|attr('__class__') }}",
    "map": "{{ ['']|map(attribute='__class__')|map('string')|list }}{{ ''.__class__() }}",
    "selectattr": "{{ ['']|selectattr('__class__')|list|length }}",
    "cycler": "{{ cycler.__init__.__globals__.os }}",
    "joiner": "{{ joiner.__init__.__globals__.os }}",
    "lipsum": "{{ lipsum.__globals__.os }}",
    "namespace": "{{ namespace.__init__.__globals__.os }}",
    "a namespace's class": "{% set ns = namespace() %}{% set ns.__class__ = 1 %}",
    "a namespace's keywords": "{{ namespace(**{'__class__': 1}) }}",
    "self": "{{ self._TemplateReference__context.environment }}",
    "a block": "{% block a %}{{ self.a() }}{% endblock %}",
    "format": "{{ '{0.__class__.__mro__}'.format('') }}",
    "format_map": "{{ '{a.__class__}'.format_map({'a': ''}) }}",
    "a function": "{{ range.run.__globals__.os }}",
    "a macro": "{% macro m() %}{% endmacro %}{{ m._func.__globals__.os }}",
    "a loop": "{% for x in [1] %}{{ loop._iterator.gi_frame }}{% endfor %}",
    "the hooks": "{{ environment.budget }}",
    "include": "{% include '/etc/passwd' %}",
    "extends": "{% extends '/etc/passwd' %}",
    "import": "{% import 'os' as os %}{{ os }}",
}

ENDLESS = {
    "huge text": "{{ 'a' * 10000000000 }}",
    "huge list": "{{ [1] * 10000000000 }}",
    "huge range": "{% for i in range(1000000000) %}x{% endfor %}",
    "power": "{{ 2 ** 100000000 }}",
    "product": "{% set ns = namespace(x=2) %}{% for i in range(9999) %}{% set ns.x = ns.x * ns.x %}"
    "{% endfor %}",
    "hexadecimal": "{% set x = 0x" + "f" * 60_000 + " %}{{ x * x }}",
    "digits": "{{ " + "9" * 60_000 + " }}",
    "nested loops": "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "loops that pass nothing": "{% for i in range(99999) %}{% for j in range(99999) if j < 0 %}"
    "{% endfor %}{% endfor %}",
    "long body": "{% for i in range(99999) %}" + "{% if a %}{% endif %}" * 3000 + "{% endfor %}",
    "long words": "{% for i in range(99999) %}" + "x" * 60_000 + "{% endfor %}",
    "recursive loop": "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    "recursive macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macros that double": "".join(
        f"{{% macro m{n} %}}{{{{ m{n + 1}() }}}}{{{{ m{n + 1}() }}}}{{% endmacro %}}"
        for n in range(40)
    ).replace(" %}{{", "() %}{{")
    + "{% macro m40() %}x{% endmacro %}{{ m0() }}",
    "+ that doubles": "{% set ns = namespace(x='ab') %}{% for i in range(99) %}"
    "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "~ that doubles": "{% set ns = namespace(x='ab') %}{% for i in range(99) %}"
    "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "blocks that double": "{% set ns = namespace(x='ab') %}{% for i in range(99) %}"
    "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
    "list that doubles": "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}"
    "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "join": "{{ range(99999)|join('a' * 1000000) }}",
    "joined": "{{ ('a' * 1000000).join(['x'] * 99999) }}",
    "replace": "{{ ('a' * 999999)|replace('a', 'b' * 999999) }}",
    "replaced": "{{ ('a' * 999999).replace('a', 'b' * 999999) }}",
    "replaced between": "{{ ('a' * 999999).replace('', 'b' * 999999) }}",
    "filter block": "{% filter replace('a', 'b' * 999999) %}{{ 'a' * 999999 }}{% endfilter %}",
    "center": "{{ 'a'|center(1000000000) }}",
    "ljust": "{{ 'a'.ljust(1000000000) }}",
    "zfill": "{{ 'a'.zfill(1000000000) }}",
    "tabs": "{{ '\t'.expandtabs(1000000000) }}",
    "%": "{{ '%1000000000d' % 1 }}",
    "% with a key": "{{ '%(a)1000000000d' % {'a': 1} }}",
    "% with brackets": "{{ '%((a))1000000000d' % {'(a)': 1} }}",
    "% with a star": "{{ '%*d' % (1000000000, 1) }}",
    "% of digits": "{{ '%.1000000000f' % 1.5 }}",
    "% many times": "{{ ('%(a)s' * 999) % {'a': 'x' * 999999} }}",
    "% as odd": "{{ '%1000000000d' is odd }}",
    "% as even": "{{ ['%1000000000d']|select('even')|list }}",
    "% as divisible": "{{ '%1000000000d' is divisibleby(3) }}",
    "format filter": "{{ '%1000000000d'|format(1) }}",
    "format": "{{ '{:>1000000000}'.format('x') }}",
    "format in format": "{{ '{:{w}}'.format('x', w=1000000000) }}",
    "format many times": "{{ ('{0}' * 9999).format('x' * 999999) }}",
    "indent": "{{ 'a\nb'|indent(1000000000) }}",
    "indents": "{{ ('a\n' * 999999)|indent(60) }}",
    "tojson": "{{ [1]|tojson(indent=1000000000) }}",
    "tojson's separators": "{{ [1, 2]|tojson(separators=('a' * 999999, 'b')) }}",
    "round": "{{ 1.5|round(1000000000, 'ceil') }}",
    "batch": "{{ [1]|batch(1000000000, 'x')|list }}",
    "slice": "{{ [1]|slice(1000000000)|list }}",
    "lipsum": "{{ lipsum(1000000) }}",
    "date": "{{ strftime_now('%Y' * 999999) }}",
    "split": "{{ (' a' * 15000000).split()|length }}",
    "letters": "{{ ('é' * 15000000)|list|length }}",
    "counting": "{% for i in range(99999) %}{{ ('a' * 999999).count('b') }}{% endfor %}",
    "searching": "{% set r = range(99999)|list %}{% for i in r %}{{ -1 in r }}{% endfor %}",
    "words": "{% for i in range(99999) %}{{ ('a' * 99999).split('b') }}{% endfor %}",
}

# A list of itself twice, thirty times: 30 small objects that are read 2 ** 30 times.
DOUBLED = "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(30) %}" + (
    "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}"
)
READ = {
    "printed": "{{ ns.x }}",
    "compared": "{{ ns.x == ns.y }}",
    "searched": "{{ ns.x in [ns.y] }}",
    "counted": "{{ [ns.x].count(ns.y) }}",
    "as JSON": "{{ ns.x|tojson }}",
    "as text": "{{ ns.x|string }}",
    "joined": "{{ 'a' ~ ns.x }}",
    "a change of the loop": "{% for i in [1] %}{{ loop.changed(ns.x) }}{% endfor %}",
    "filled in": "{{ '%s' % ns.x }}{{ '%s' % [ns.x] }}",
    "formatted": "{{ '{}'.format(ns.x) }}",
    "tested": "{{ ns.x is eq(ns.y) }}",
    "raised": "{{ raise_exception(ns.x) }}",
}

MALFORMED = {
    "no template": "{% if %}",
    "unclosed": "{{ ",
    "brackets": "{{ " + "(" * 30_000 + " }}",
    "lists": "{{ " + "[" * 20_000 + "]" * 20_000 + " }}",
    "not": "{{ " + "not " * 15_000 + "1 }}",
    "sums": "{{ " + "1+" * 30_000 + "1 }}",
    "dots": "{{ a" + ".b" * 30_000 + " }}",
    "ifs": "{% if a %}" * 2700 + "{% endif %}" * 2700,
    "elifs": "{% if a %}" + "{% elif b %}" * 5000 + "{% endif %}",
    "fors": "{% for a in b %}" * 1900 + "{% endfor %}" * 1900,
    "braces": "{" * 65_000,
    "comments": "{#" * 32_000,
    "ten million characters": "x" * 10_000_000,
    "division": "{{ 1 / 0 }}",
    "a number called": "{{ 1() }}",
    "nothing called": "{{ nothing() }}",
    "no list": "{% for x in 1 %}{% endfor %}",
}


@pytest.mark.parametrize("name", PYTHON)
def test_python_is_out_of_reach(name: str) -> None:
    """What is not there is undefined, as in any template, or refused; nothing is ever shown."""
    try:
        shown = ours(PYTHON[name])
    except BundleError:
        refusal(PYTHON[name])
    else:
        assert shown in ("", "0")


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sixteenth of the budget: what is refused for a little is refused for the whole."""
    monkeypatch.setattr("engine.prompt.budget._FREE", 1 << 21)
    monkeypatch.setattr("engine.prompt.budget._PER_MESSAGE", 0)


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize("name", ENDLESS)
def test_work_without_end_is_refused(name: str) -> None:
    refusal(ENDLESS[name])


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize("name", READ)
def test_small_values_that_read_huge_are_refused(name: str) -> None:
    assert "more work than a conversation needs" in refusal(DOUBLED + READ[name])


def test_the_whole_budget_is_a_few_seconds() -> None:
    assert "more work" in refusal(ENDLESS["macros that double"])


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_templates_are_refused(name: str) -> None:
    refusal(MALFORMED[name])


@pytest.mark.usefixtures("little")
def test_keys_that_read_huge_are_refused() -> None:
    doubled = DOUBLED.replace("[", "(").replace("]", ",)")
    for read in ("{{ {ns.x: 1} }}", "{{ {}[ns.x] }}", "{{ {}.get(ns.x) }}", "{{ (ns.x,)|unique }}"):
        assert "more work" in refusal(doubled + read)


def test_a_complaint_is_shown_as_one_short_line() -> None:
    message = refusal("{{ raise_exception('\x1b[2J\x07boo\n\n' ~ 'x' * 99999) }}")
    assert "boo xxx" in message


def test_a_namespace_that_holds_itself_says_nothing_of_it() -> None:
    assert ours("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}") == "<Namespace>"


@pytest.mark.usefixtures("little")
def test_the_same_template_fails_or_passes_whatever_the_machine_does() -> None:
    """How far a rendering comes is counted: the last loop that passes is the last on every day."""

    def passes(loops: int) -> bool:
        try:
            ours(
                "{% for i in range("
                + str(loops)
                + ") %}{% for j in range(1000) %}{% endfor %}{% endfor %}"
            )
        except BundleError:
            return False
        return True

    limit = next(n for n in range(1, 99) if not passes(n))
    assert passes(limit - 1) and not passes(limit)
