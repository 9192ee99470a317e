"""Where a fault can be put into a file, for `tests/mutants`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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


def faults_of(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield where, what stands there, and what is put in its place."""
    starts = [0]
    for line in source.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in ast.walk(ast.parse(source)):
        for first, last, new in _places(node):
            begin, end = starts[first[0] - 1] + first[1], starts[last[0] - 1] + last[1]
            before, old, after = source.encode()[:begin], source.encode()[begin:end], source.encode()[end:]
            if _parses(before + new.encode() + after):
                yield len(before.decode()), old.decode(), new


def _places(node: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """Yield begin and end (line, bytes) and the new text: a turned comparison, `and`, truth or number, or no call."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if type(operator) in OPPOSITE:
            yield _end(left), _begin(right), f" {OPPOSITE[type(operator)]} "
        case ast.BoolOp(op=operator, values=[left, right]):
            yield _end(left), _begin(right), " or " if isinstance(operator, ast.And) else " and "
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _begin(node), _begin(operand), ""
        case ast.Constant(value=bool(value)):
            yield _begin(node), _end(node), str(not value)
        case ast.Constant(value=int(value)):
            yield _begin(node), _end(node), str(value + 1)
        case ast.Expr(value=ast.Call()):
            yield _begin(node), _end(node), "pass"


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
