"""The rules of CONTRIBUTING.md that no linter knows, each checked over every file that is tracked."""

import ast
import io
import re
import subprocess
import tokenize
from functools import cache

import pytest

from tests.conftest import ROOT

LIBRARY = ("sellerwatch/", "flows/", "tasks/")
THE_CLOCK = "sellerwatch/core/clock.py"
CLOCK_READINGS = {
    ("datetime", "now"),
    ("datetime", "today"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
}
MAY_WAIT = (
    "sellerwatch/amazon/",
    "sellerwatch/delivery/",
    "sellerwatch/simulator/",
    "sellerwatch/cli/",
    "sellerwatch/warehouse/pull",
    "sellerwatch/core/clock.py",
)
"""Calls to Amazon and Slack, and a person's terminal; nothing that reads, loads, measures or judges ever sleeps."""

READING_NAMES = {name for _, name in CLOCK_READINGS}
VAGUE_NAMES = {"helper", "helpers", "util", "utils", "common", "misc", "manager", "managers", "stuff", "tools"}

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
LONG_TABLES = {
    "sellerwatch/reports/inventory_planning.py": "the columns of Amazon's widest report, one per line",
    "sellerwatch/warehouse/migrations/versions/0001_the_first_tables.py": "generated: every table's columns",
    "sellerwatch/warehouse/migrations/versions/0002_tables_of_the_further_reports.py": "generated: every table's columns",
    "sellerwatch/warehouse/migrations/versions/0003_user_tables.py": "generated: every table's columns",
}
"""Logic is split by subject; a table of data may be long."""

MARK = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)")
MARK_WITH_REASON = re.compile(
    r"#\s*(?:noqa: [A-Z]+\d+(?:, [A-Z]+\d+)*|type: ignore\[[a-z-]+(?:, [a-z-]+)*\]|pragma: no cover)[\s#-]+(?P<reason>\w.*)"
)
MACHINE_PATHS = re.compile(r"(?<![\w.:/*-])/(?:root|home|Users|work|farm)/[\w.-]+")
REGISTRIES = re.compile(
    r"p[y]pi\.org|python[h]osted|artifac[t]ory|nexu[s]\.|jfro[g]|dev[p]i|code[a]rtifact|registry\.[n]pmjs", re.IGNORECASE
)
"""Written so that this very line names none of them."""

THIS_FILE = "tests/house/test_house_rules.py"


@cache
def tracked():
    """Every tracked file that still exists, by its path from the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607 - git of the PATH
    if listed.returncode != 0:
        pytest.skip("not a git checkout: nobody knows which files are tracked")
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def modules(*folders):
    return [name for name in tracked() if name.endswith(".py") and name.startswith(folders or "")]


@cache
def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tree_of(name):
    return ast.parse(text_of(name))


@cache
def nodes_of(name):
    return list(ast.walk(tree_of(name)))


@cache
def functions_of(name):
    return [node for node in nodes_of(name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def without_docstring(body):
    first = body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return body[1:] if is_docstring else body


def test_only_the_clock_reads_the_clock():
    found = [
        f"{name}:{node.lineno}"
        for name in modules()
        if name != THE_CLOCK
        for node in nodes_of(name)
        if isinstance(node, ast.Attribute)
        and node.attr in READING_NAMES
        and (ast.unparse(node.value).split(".")[-1], node.attr) in CLOCK_READINGS
    ]

    assert found == []


def test_only_what_talks_to_others_waits():
    # A wait inside a loop over records once made another tool sleep twelve minutes a row.
    waiting = {
        name
        for name in modules(*LIBRARY)
        for node in nodes_of(name)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep"
    }

    assert waiting
    assert sorted(name for name in waiting if not name.startswith(MAY_WAIT)) == []


def test_a_package_marker_is_one_docstring_and_nothing_else():
    markers = [name for name in modules(*LIBRARY) if name.endswith("/__init__.py")]

    assert len(markers) > 10
    assert [name for name in markers if not ast.get_docstring(tree_of(name)) or len(tree_of(name).body) != 1] == []


def test_no_package_marker_stands_under_tests():
    # It would make `import flows` find tests/flows.
    assert [name for name in modules("tests/") if name.endswith("/__init__.py")] == []


def test_every_module_says_what_is_in_it():
    assert [name for name in modules(*LIBRARY) if not ast.get_docstring(tree_of(name))] == []


def is_task(function):
    return any(ast.unparse(mark).split("(")[0] == "task" for mark in function.decorator_list)


def is_one_call(function):
    """The body is one return statement; what it returns is a call, or a given value and else a call."""
    body = without_docstring(function.body)
    if len(body) != 1 or not isinstance(body[0], ast.Return):
        return False
    value = body[0].value
    chosen = value.values[-1] if isinstance(value, ast.BoolOp) else value
    return isinstance(chosen, ast.Call) and isinstance(chosen.func, ast.Name)


def test_a_task_calls_the_library_once_and_decides_nothing():
    tasks = [(name, function) for name in modules("tasks/") for function in functions_of(name) if is_task(function)]

    assert len(tasks) >= 9
    assert [f"{name}: {function.name}" for name, function in tasks if not is_one_call(function)] == []


def test_no_exception_is_caught_without_being_named():
    found = [
        f"{name}:{node.lineno}"
        for name in modules()
        for node in nodes_of(name)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]

    assert found == []


def test_no_module_has_a_name_that_takes_anything():
    assert [name for name in modules() if VAGUE_NAMES & set(re.split(r"[/_.]", name))] == []


def unexplained_marks(name):
    """Marks that switch a check off without naming it, or without a reason on the line or in a comment right above it."""
    if not MARK.search(text_of(name)):
        return
    lines = text_of(name).splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text_of(name)).readline):
        row = token.start[0]
        if token.type == tokenize.COMMENT and MARK.search(token.string) and not is_explained(token.string, lines[row - 2]):
            yield f"{name}:{row} {token.string}"


def is_explained(comment, line_above):
    explained = MARK_WITH_REASON.search(comment)
    return bool(explained or (line_above.lstrip().startswith("# ") and MARK_WITH_REASON.search(f"{comment} - {line_above}")))


def test_whoever_switches_a_check_off_names_it_and_says_why():
    assert [mark for name in modules() for mark in unexplained_marks(name)] == []


@pytest.mark.parametrize(
    ("comment", "line_above", "is_fine"),
    [
        ("# noqa: ANN401 - JSON is anything", "", True),
        ("# noqa: N818  # names a state", "", True),
        ("# noqa: PLC0415", "    # Not at the top: it takes half a second.", True),
        ("# type: ignore[misc]  # ships no types", "", True),
        ("# pragma: no cover  # count never ends", "", True),
        ("# noqa", "", False),
        ("# noqa", "# because", False),
        ("# noqa: ANN401", "x = 1", False),
        ("# noqa - because", "", False),
        ("# type: ignore  # because", "", False),
        ("# type: ignore[misc]", "", False),
        ("# pragma: no cover", "", False),
    ],
)
def test_a_mark_needs_both_code_and_reason(comment, line_above, is_fine):
    assert MARK.search(comment)
    assert is_explained(comment, line_above) is is_fine


def lines_with(pattern):
    for name in tracked():
        if name == THIS_FILE:
            continue
        try:
            text = text_of(name)
        except UnicodeDecodeError:
            continue
        yield from (
            f"{name}:{number} {line.strip()[:100]}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)
        )


def test_no_file_names_a_package_registry():
    assert list(lines_with(REGISTRIES)) == []


def test_no_file_names_a_path_of_somebodys_machine():
    assert list(lines_with(MACHINE_PATHS)) == []


def test_the_locks_name_no_address():
    locks = [name for name in tracked() if name.startswith("requirements/")]

    assert len(locks) >= 2
    assert [name for name in locks if "://" in text_of(name) or "--index-url" in text_of(name)] == []


def length_of(function):
    body = without_docstring(function.body) or function.body
    return body[-1].end_lineno - body[0].lineno + 1


def test_no_function_is_longer_than_a_page():
    found = [
        f"{name}:{function.lineno} {function.name} has {length_of(function)} lines"
        for name in modules()
        if name not in LONG_TABLES
        for function in functions_of(name)
        if length_of(function) > LONGEST_FUNCTION
    ]

    assert found == []


def test_a_long_file_is_a_table_and_named_as_such():
    long_ones = {name for name in modules(*LIBRARY) if len(text_of(name).splitlines()) > LONGEST_FILE}

    assert long_ones <= LONG_TABLES.keys()


def test_most_functions_fit_into_a_glance():
    lengths = sorted(length_of(function) for name in modules(*LIBRARY) for function in functions_of(name))

    assert lengths[len(lengths) // 2] <= 8
    assert lengths[len(lengths) * 9 // 10] <= 25
