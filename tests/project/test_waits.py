"""No test waits for ever: what waits for a process, a thread or a machine names a limit."""

import ast

import pytest

from tests.support.paths import ROOT

# Methods that wait for ever unless they get an argument.
ENDLESS = {"acquire", "communicate", "get", "join", "result", "wait"}
STARTING = {"Popen", "call", "check_call", "check_output", "run"}
CONNECTING = {"HTTPConnection", "create_connection", "urlopen"}
EXCEPT = {
    "support/waiting.py",  # where it is waited until something is so
    "support/concurrent_programs.py",  # in a process that is killed after a minute
}


def waits_for_ever(code: str) -> list[str]:
    """What may wait for ever in a piece of code, with its line."""
    return [
        f"{node.lineno}: {ast.unparse(node).splitlines()[0]}"
        for node in ast.walk(ast.parse(code))
        if (isinstance(node, ast.Call) and is_without_limit(node))
        or (isinstance(node, ast.While) and any(map(is_sleep, ast.walk(node))))
    ]


def is_without_limit(call: ast.Call) -> bool:
    module, _, name = ast.unparse(call.func).rpartition(".")
    if (module == "subprocess" and name in STARTING) or name in CONNECTING:
        return not any(keyword.arg in ("timeout", None) for keyword in call.keywords)
    return bool(module) and name in ENDLESS and not call.args and not call.keywords


def is_sleep(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep"


def test_every_wait_has_an_end() -> None:
    tests = ROOT / "tests"
    paths = {str(path.relative_to(tests)): path for path in tests.rglob("*.py")}
    assert paths.keys() >= EXCEPT
    found = {
        name: waits_for_ever(path.read_text("utf-8"))
        for name, path in paths.items()
        if name not in EXCEPT
    }
    assert {name: waits for name, waits in found.items() if waits} == {}


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("subprocess.run(['x'], check=True)", 1),
        ("subprocess.Popen(['x'])", 1),
        ("subprocess.run(['x'], timeout=9); subprocess.run(['x'], **options)", 0),
        ("process.wait(); thread.join(); queue.get()", 3),
        ("process.wait(9); thread.join(9); queue.get(timeout=9); ', '.join(x)", 0),
        ("urllib.request.urlopen(x)", 1),
        ("while not x:\n    time.sleep(1)", 1),
        ("while x:\n    x = x.parent", 0),
    ],
)
def test_what_has_none_is_found(code: str, count: int) -> None:
    assert len(waits_for_ever(code)) == count
