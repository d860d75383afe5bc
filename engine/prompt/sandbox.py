"""Jinja2 for a stranger's template: no way to Python, and every piece of work is paid for.

Jinja2's own sandbox keeps a template from what begins with an underscore. Here it gets nothing but
the names of `engine.prompt.abilities` and `engine.prompt.filters`; and its syntax tree is rewritten
so that loops, macros and whatever joins or compares values pay `engine.prompt.budget` first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from jinja2 import TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, LoopControlExtension
from jinja2.parser import Parser
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedFormatter
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from engine.prompt.abilities import (
    LOOP_METHODS,
    LOOP_VALUES,
    METHODS,
    PADDED,
    Ability,
    functions,
    method,
    percent,
)
from engine.prompt.budget import ITEM, NODE, Budget, TooMuch
from engine.prompt.filters import filters, tests

_DEEPEST = 64  # macros within macros
_FILTERS: Final = filters()
_TESTS: Final = tests()


class Generation(Extension):
    """`{% generation %}`: transformers marks by it what the model wrote; here it marks nothing."""

    tags = {"generation"}  # noqa: RUF012 - Jinja2's own name

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body).set_lineno(line)


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of one rendering of so many messages, with its budget."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)

    def __init__(self, messages: int) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[Generation, LoopControlExtension],
            # Folding constants is work that would be done before anything is paid for.
            optimized=False,
            finalize=_finalize,
        )
        self.budget = Budget(messages)
        self.globals.clear()
        self.globals.update(functions(self.budget))
        self.filters = dict(_FILTERS)
        self.tests = dict(_TESTS)
        self.concat = self._joined  # type: ignore[method-assign]
        self.each = Ability(self._each, weighed=False)
        self.step = Ability(self.budget.spend, weighed=False)
        self.weighed = Ability(self._weighed, weighed=False)
        self._depth = 0

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        return super()._generate(_Paying().visit(source), *args, **kwargs)

    def getattr(self, obj: Any, attribute: str) -> Any:
        found = self._attribute(obj, attribute)
        if isinstance(obj, dict) and isinstance(found, Undefined):
            return obj.get(attribute, found)
        return found

    def getitem(self, obj: Any, argument: Any) -> Any:
        self.budget.weigh(argument)
        if isinstance(obj, str | list | tuple | dict | range | Undefined):
            try:
                found = obj[argument]
            except (TypeError, LookupError):
                pass
            else:
                return self.budget.hold(found) if isinstance(argument, slice) else found
        if isinstance(argument, str):
            return self._attribute(obj, argument)
        return self.undefined(obj=obj, name=argument)

    def _attribute(self, obj: Any, name: str) -> Any:
        if name.startswith("_"):
            return self.unsafe_undefined(obj, name)
        match obj:
            case Undefined():
                return getattr(obj, name)
            case Namespace():
                return getattr(obj, name, self.undefined(obj=obj, name=name))
            case LoopContext() if name in LOOP_VALUES:
                return getattr(obj, name)
            case LoopContext() if name in LOOP_METHODS:
                return Ability(getattr(obj, name))
            case str() if name == "format":
                return Ability(_Formatter(self).of(obj))
        if name in METHODS.get(type(obj), ()):
            return method(self.budget, obj, name)
        return self.undefined(obj=obj, name=name)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        __self.budget.spend(ITEM)
        if isinstance(__obj, Ability):
            for name in ("_block_vars", "_loop_vars"):  # Jinja2's own, for what takes a context
                kwargs.pop(name, None)
            for value in (*args, *kwargs.values()) if __obj.weighed else ():
                __self.budget.weigh(value)
            return __self.budget.hold(__obj.run(*args, **kwargs))
        if isinstance(__obj, Undefined):
            return __obj(*args, **kwargs)  # says what is not defined
        if not isinstance(__obj, Macro):
            raise SecurityError(f"{type(__obj).__name__} can't be called")
        if __self._depth >= _DEEPEST:
            raise RecursionError
        __self._depth += 1
        try:
            return __context.call(__obj, *args, **kwargs)
        finally:
            __self._depth -= 1

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        budget = self.budget
        for value in (left, right):
            budget.hold(value)
        match operator, left, right:
            case "**", _, _:
                raise SecurityError("powers are not allowed")
            case "%", str(), _:
                return percent(budget, left, right)
            case "*", (str() | list() | tuple()), int():
                budget.spend(ITEM * len(left) * max(right, 0))
            case "*", int(), (str() | list() | tuple()):
                budget.spend(ITEM * len(right) * max(left, 0))
        return super().call_binop(context, operator, left, right)

    def _each(self, cost: int, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.budget.spend(cost)
            yield item

    def _weighed(self, value: Any) -> Any:
        self.budget.weigh(value)
        return value

    def _joined(self, parts: Iterable[str]) -> str:
        kept = []
        for part in parts:
            self.budget.spend(len(part))
            kept.append(part)
        return "".join(kept)


@pass_context
def _finalize(context: Context, value: Any) -> Any:
    """What stands in `{{ }}`, before it is a text; texts are paid for where they are joined."""
    if not isinstance(value, str):
        context.environment.weighed.run(value)  # type: ignore[attr-defined]
    return value


class _Formatter(SandboxedFormatter):
    """`str.format`, where no field is wider than three digits can say."""

    _env: Sandbox

    def of(self, text: str) -> Callable[..., str]:
        self._env.budget.hold(text)
        return lambda *args, **kwargs: self.vformat(text, args, kwargs)

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        found = super().get_field(field_name, args, kwargs)
        self._env.budget.weigh(found[0])
        return found

    def format_field(self, value: Any, format_spec: str) -> Any:
        if re.search(r"\d{4}", format_spec):
            raise TooMuch("A field of a format is too wide.")
        self._env.budget.spend(PADDED)
        return super().format_field(value, format_spec)


class _Paying(NodeTransformer):
    """Puts the payments into a template's syntax tree."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja2's names
        if node.recursive:
            raise TemplateSyntaxError("recursive loops are not allowed", node.lineno)
        cost = nodes.Const(_cost(node), lineno=node.lineno)
        self.generic_visit(node)
        assert isinstance(node.iter, nodes.Expr)
        node.iter = _hook("each", cost, node.iter)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        return self._body(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802
        return self._body(node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = _weighed(node.expr)
        for operand in node.ops:
            operand.expr = _weighed(operand.expr)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [_weighed(part) for part in node.nodes]
        return node

    def visit_Pair(self, node: nodes.Pair) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.key = _weighed(node.key)
        return node

    def _body(self, node: nodes.Macro | nodes.CallBlock) -> nodes.Node:
        cost = nodes.Const(_cost(node), lineno=node.lineno)
        self.generic_visit(node)
        node.body.insert(0, nodes.ExprStmt(_hook("step", cost), lineno=node.lineno))
        return node


def _cost(node: nodes.Node) -> int:
    return NODE * sum(1 for _ in node.find_all(nodes.Node))


def _weighed(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _hook("weighed", node)


def _hook(name: str, *given: nodes.Expr) -> nodes.Call:
    """A call of the environment's own, which no template can write."""
    line = given[0].lineno
    return nodes.Call(
        nodes.EnvironmentAttribute(name, lineno=line), list(given), [], None, None, lineno=line
    )
