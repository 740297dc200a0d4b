"""`make mutants` fails where quick tests notice a smaller share of a module's mutants than is written down."""

import pytest

from mutation import __main__ as mutation

TABLE = """module,tests,mutants,killed
sellerwatch/alerts/one.py,tests/test_one.py tests/test_both.py,8,7
sellerwatch/alerts/other.py,tests/test_one.py tests/test_both.py,4,4
sellerwatch/metrics/third.py,tests/test_third.py,0,0
"""
PAGE = """Before.

| package | modules | mutants | killed | share |
|---|---|---|---|---|
| old | old | 1 | 1 | 100 % |

After.
"""


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """Run the command over a table of its own; mutmut's part is what became of each mutant."""
    table, page = tmp_path / "modules.csv", tmp_path / "README.md"
    table.write_text(TABLE, encoding="utf-8")
    page.write_text(PAGE, encoding="utf-8")
    for name, path in (("TABLE", table), ("README", page), ("FOLDER", tmp_path / "work")):
        monkeypatch.setattr(mutation, name, path)

    def run(fates, *arguments):
        found = {f"sellerwatch.{name}_{number}": fate for name, own in fates.items() for number, fate in enumerate(own)}
        monkeypatch.setattr(mutation, "run_mutmut", lambda folder, children: found)
        monkeypatch.setattr("sys.argv", ["mutation", *arguments])
        return mutation.main(), table.read_text(encoding="utf-8"), page.read_text(encoding="utf-8")

    return run


KILLED = ["killed"] * 7
AS_WRITTEN = {"alerts.one.x_f": [*KILLED, "survived"], "alerts.other.x_f": ["killed", "timeout"] * 2, "metrics.third.x_f": []}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({}, 0),
        ({"alerts.one.x_f": [*KILLED, "killed"]}, 0),
        ({"alerts.one.x_f": [*KILLED, "killed"] * 10 + ["survived"] * 11}, 0),
        ({"alerts.one.x_f": [*KILLED, "survived", "no tests"]}, 1),
        ({"alerts.other.x_f": ["killed"] * 3 + ["suspicious"]}, 1),
    ],
    ids=["as written", "more", "the same percents", "less", "what nobody can tell"],
)
def test_less_than_is_written_down_fails(ran, capsys, found, code):
    assert ran(AS_WRITTEN | found) == (code, TABLE, PAGE)
    assert ("LESS THAN" in capsys.readouterr().out) is bool(code)


def test_a_part_is_judged_alone(ran, capsys):
    less = AS_WRITTEN | {"alerts.one.x_f": ["survived"]}

    assert [ran(less, "--only", part)[0] for part in ("alerts/one", "alerts/other")] == [1, 0]
    assert capsys.readouterr().out.splitlines()[1] == "sellerwatch/alerts/other.py  4 of 4, 100 %"


def test_what_was_found_is_written_down_in_both_places_and_the_rest_stays(ran):
    code, table, page = ran(AS_WRITTEN | {"alerts.one.x_f": ["survived", "killed"]}, "--only", "alerts/", "--write")

    assert (code, table) == (0, TABLE.replace(",8,7", ",2,1"))
    assert page == PAGE.replace(
        "| old | old | 1 | 1 | 100 % |", "| alerts | one, other | 6 | 5 | 83 % |\n| metrics | third | 0 | 0 | 100 % |"
    )


def test_mutmut_works_in_a_folder_of_its_own_with_the_modules_and_tests_of_a_group(ran, tmp_path):
    ran(AS_WRITTEN)

    settings = (tmp_path / "work" / "00" / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.mutmut]")[2]
    assert 'only_mutate = ["sellerwatch/alerts/one.py", "sellerwatch/alerts/other.py"]' in settings
    assert 'pytest_add_cli_args_test_selection = ["tests/test_one.py", "tests/test_both.py"]' in settings
    survivors = (tmp_path / "work" / "00" / "survivors.txt").read_text(encoding="utf-8")
    assert survivors == "survived: sellerwatch.alerts.one.x_f_7\n"
