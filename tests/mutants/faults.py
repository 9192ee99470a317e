"""Where a fault that changes what a function does can be put into a file, for `tests/mutants`.

Numbers, defaults, names and what is logged are left alone: another of them is as good.
"""

import ast
from collections.abc import Iterator
from itertools import pairwise

OPPOSITE = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
EITHER_WAY = {"log", "flush", "cast", "max", "min", "and_", "or_", "union"}
"""Calls without effect on what is done, or with arguments whose order does not matter."""
Place = tuple[tuple[int, int], tuple[int, int], str]
"""Begin and end, each as a line and a byte in it, and the new text."""


def faults_of(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield where, what stands there, and what is put in its place."""
    text = source.encode()
    starts = [0, 0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    functions = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)]
    nodes = [node for one in functions for statement in one.body for node in ast.walk(statement)]
    for first, last, new in sorted({place for node in nodes for place in (*_turned(node), *_left_out(node))}):
        begin, end = starts[first[0]] + first[1], starts[last[0]] + last[1]
        if _parses(text[:begin] + new.encode() + text[end:]):
            yield len(text[:begin].decode()), text[begin:end].decode(), new


def _turned(node: ast.AST) -> Iterator[Place]:
    """Yield an operator as another one, and two arguments changed about."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in OPPOSITE:
            yield _end(left), _begin(right), f" {OPPOSITE[type(operator)]} "
        case ast.BoolOp(op=operator, values=values):
            for left, right in pairwise(values):
                yield _end(left), _begin(right), " or " if isinstance(operator, ast.And) else " and "
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operator, right=right):
            yield _end(left), _begin(right), " - " if isinstance(operator, ast.Add) else " + "
        case ast.Call(func=called, args=[first, second]) if _name(called) not in EITHER_WAY:
            yield _begin(first), _end(second), f"{ast.unparse(second)}, {ast.unparse(first)}"


def _left_out(node: ast.AST) -> Iterator[Place]:
    """Yield a `not`, a guard, a call or what is returned left out; a truth that is returned is turned."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _begin(node), _begin(operand), ""
        case ast.If(test=test, body=[ast.Return() | ast.Raise() | ast.Continue()], orelse=[]):
            yield _begin(test), _end(test), "False"
        case ast.Expr(value=ast.Call(func=called)) if _name(called) not in EITHER_WAY:
            yield _begin(node), _end(node), "pass"
        case ast.Return(value=ast.Constant(value=bool(value)) as truth):
            yield _begin(truth), _end(truth), str(not value)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield _begin(value), _end(value), "None"


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _parses(source: bytes) -> bool:
    """Return whether it is Python: a bracket may stand between the two sides of a comparison."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _begin(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.end_lineno or 0, node.end_col_offset or 0
