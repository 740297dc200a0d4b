"""What is written of mutation tests is what their table says, of modules and tests that are there."""

from mutation.__main__ import README, read_table, summary
from tests.conftest import ROOT

MODULES = read_table()


def test_every_module_and_its_tests_are_there_once():
    assert [path for module in MODULES for path in (module.path, *module.tests) if not (ROOT / path).is_file()] == []
    assert len({module.path for module in MODULES}) == len(MODULES)
    assert all(0 < module.killed <= module.mutants for module in MODULES)


def test_the_page_says_what_was_found():
    assert summary(MODULES) in README.read_text(encoding="utf-8")
