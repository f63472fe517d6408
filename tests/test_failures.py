"""docs/failures.md has every code that an image can end with, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTED = re.findall(r"^\| `(\w+/\w+)` \|", (ROOT / "docs/failures.md").read_text("utf-8"), re.M)


def codes_in(source: str) -> Iterator[str]:
    """`stage/code` of each call that makes an ImageError.

    Such calls give a Stage and behind it the code, or are of a helper that is named in STAGE_OF. The code is a string
    there, an f-string (whose figures are told as NNN), or a name that its function has given strings.
    """
    tree = ast.parse(source)
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and (found := stage_and_code(call)):
                stage, code = found
                for text in texts(code, scope):
                    yield f"{stage}/{text}"


STAGE_OF = {"undecodable": "decode"}


def stage_and_code(call: ast.Call) -> tuple[str, ast.expr] | None:
    match call.func, call.args:
        case ast.Name(id=name), [ast.Starred(), *_] if name in STAGE_OF:
            return None  # hands on what was made elsewhere
        case ast.Name(id=name), [code, *_] if name in STAGE_OF:
            return STAGE_OF[name], code
        case _, [ast.Attribute(value=ast.Name(id="Stage"), attr=stage), code, *_]:
            return stage.lower(), code
    return None


def texts(node: ast.expr, scope: ast.AST) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "NNN" for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return texts(one, scope) + texts(other, scope)
        case ast.Name(id=name):
            values = [
                assign.value
                for assign in ast.walk(scope)
                if isinstance(assign, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == name for t in assign.targets)
            ]
            if values:
                return [text for value in values for text in texts(value, scope)]
    raise AssertionError(f"line {node.lineno}: this test cannot tell which code that is: {ast.unparse(node)}")


RAISED = {
    code
    for package in ("captioning", "inference", "store")
    for path in (ROOT / package).rglob("*.py")
    if path != ROOT / "captioning/decoding/picture.py"  # where the helper is made
    for code in codes_in(path.read_text("utf-8"))
}


def test_every_code_is_documented_once():
    assert sorted(DOCUMENTED) == sorted(RAISED)


@pytest.mark.parametrize(
    ("source", "codes"),
    [
        ('raise ImageError(Stage.FETCH, "dns", "x")', ["fetch/dns"]),
        ('raise kind(Stage.FETCH, f"http_{status}", "x")', ["fetch/http_NNN"]),
        ('code = "a" if b == "c" else "d"; raise undecodable(code, "x")', ["decode/a", "decode/d"]),
        ('raise ImageError(error.stage, error.code, "x")', []),
        ('return Row(image.id, "fetch", "dns")', []),
    ],
)
def test_how_codes_are_found(source, codes):
    assert list(codes_in(f"def f():\n    {source}")) == codes


def test_a_code_that_cannot_be_told_is_not_passed_over():
    with pytest.raises(AssertionError, match="cannot tell"):
        list(codes_in("def f(code):\n    raise ImageError(Stage.FETCH, code, 'x')"))
