"""Mutation tests: `python -m mutation [--only PART] [--write]` changes the code in small ways and counts the changes that tests notice.

`modules.csv` names each module, the quick tests that say what it does, and how many of its changes they noticed when that was last
written down; where they notice a smaller share now, the command fails.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
TABLE: Final = Path(__file__).with_name("modules.csv")
README: Final = Path(__file__).with_name("README.md")
FOLDER: Final = ROOT / "build" / "mutants"
LINKED: Final = ("sellerwatch", "tests", "config")
"""What the tests need of this repository. mutmut copies it again before it changes anything."""

PYTEST: Final = ("-m", "not slow and not postgres", "-p", "no:cacheprovider", "--hypothesis-seed=0")
TIMES_LONGER: Final = 4.0
"""Tests that take so many times longer than without a change run for ever, and so they noticed it."""

NOTICED: Final = frozenset({"killed", "timeout"})


@dataclass(frozen=True, slots=True)
class Module:
    """A module, the tests that say what it does, and how many of its mutants they killed."""

    path: str
    tests: tuple[str, ...]
    mutants: int = 0
    killed: int = 0

    @property
    def share(self) -> int:
        """The whole percents that were killed."""
        return 100 * self.killed // self.mutants if self.mutants else 100


def read_table() -> list[Module]:
    """Return what `modules.csv` says."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return [
            Module(row["module"], tuple(row["tests"].split()), int(row["mutants"] or 0), int(row["killed"] or 0))
            for row in csv.DictReader(lines)
        ]


def write_table(modules: Iterable[Module]) -> None:
    """Write down what was found."""
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("module", "tests", "mutants", "killed"))
        writer.writerows((item.path, " ".join(item.tests), item.mutants, item.killed) for item in modules)


def summary(modules: Sequence[Module]) -> str:
    """Return the table of README.md: what was found in each package."""
    packages: dict[str, list[Module]] = {}
    for module in modules:
        packages.setdefault(str(Path(module.path).parent.relative_to("sellerwatch")), []).append(module)
    lines = ["| package | modules | mutants | killed | share |", "|---|---|---|---|---|"]
    for name, own in packages.items():
        found = Module(name, (), sum(item.mutants for item in own), sum(item.killed for item in own))
        names = ", ".join(Path(item.path).stem for item in own)
        lines.append(f"| {name} | {names} | {found.mutants} | {found.killed} | {found.share} % |")
    return "\n".join(lines)


def write_readme(modules: Sequence[Module]) -> None:
    """Put the table of README.md in the place of the one before."""
    text = README.read_text(encoding="utf-8")
    start = text.index("| package |")
    end = text.find("\n\n", start)
    README.write_text(text[:start] + summary(modules) + text[end:], encoding="utf-8")


def by_tests(modules: Iterable[Module]) -> Mapping[tuple[str, ...], list[Module]]:
    """Return the modules that the same tests speak of: mutmut looks once at which test reaches which function."""
    found: dict[tuple[str, ...], list[Module]] = {}
    for module in modules:
        found.setdefault(module.tests, []).append(module)
    return found


def prepare(folder: Path, modules: Sequence[Module]) -> None:
    """Make a folder for mutmut to work in, with a configuration for these modules alone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    settings = {
        "source_paths": ["sellerwatch"],
        "only_mutate": [module.path for module in modules],
        "also_copy": ["config"],
        "use_git_change_detection": False,
        "timeout_multiplier": TIMES_LONGER,
        "pytest_add_cli_args": list(PYTEST),
        "pytest_add_cli_args_test_selection": list(modules[0].tests),
    }
    # Of these values JSON and TOML have the same form.
    section = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    own = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text(f"{own}\n[tool.mutmut]\n{section}", encoding="utf-8")


def run_mutmut(folder: Path, children: int) -> Mapping[str, str]:
    """Try every mutant in a prepared folder; return what became of each, by its name.

    Raises:
        SystemExit: mutmut could not begin, which it does not where a test fails without any change.
    """
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    log = folder / "mutmut.log"
    with log.open("w", encoding="utf-8") as output:
        command = [mutmut, "run", "--max-children", str(children)]
        done = subprocess.run(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise SystemExit(f"mutmut ended with {done.returncode}; {log} says why")
    command = [mutmut, "results", "--all", "true"]
    found = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(line.strip().split(": ", 1) for line in found.splitlines() if ": " in line)


def measured(module: Module, fates: Mapping[str, str]) -> Module:
    """Return the module with the counts of this run."""
    prefix = module.path.removesuffix(".py").replace("/", ".") + "."
    mine = [fate for name, fate in fates.items() if name.startswith(prefix)]
    return replace(module, mutants=len(mine), killed=sum(fate in NOTICED for fate in mine))


def run(modules: Sequence[Module], children: int) -> list[Module]:
    """Try the mutants of all modules, and tell of each module as soon as it is known."""
    found: list[Module] = []
    for number, group in enumerate(by_tests(modules).values()):
        folder = FOLDER / f"{number:02}"
        prepare(folder, group)
        fates = run_mutmut(folder, children)
        survivors = [f"{fate}: {name}\n" for name, fate in fates.items() if fate not in NOTICED]
        (folder / "survivors.txt").write_text("".join(survivors), encoding="utf-8")
        for before in group:
            after = measured(before, fates)
            found.append(after)
            is_less = after.share < before.share
            said = f"{after.path}  {after.killed} of {after.mutants}, {after.share} %"
            sys.stdout.write(f"{said}, LESS THAN {before.share} %: {folder}/survivors.txt\n" if is_less else f"{said}\n")
            sys.stdout.flush()
    return found


def main() -> int:
    """Run what was asked for; 1 where the tests of a module notice less than is written down."""
    parser = argparse.ArgumentParser(prog="python -m mutation", description=__doc__)
    parser.add_argument("--only", default="", metavar="PART", help="modules whose path holds this, e.g. alerts/condition")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="processes at a time; all processors")
    parser.add_argument("--write", action="store_true", help="write down what was found, in modules.csv and README.md")
    asked = parser.parse_args()
    before = read_table()
    chosen = [module for module in before if asked.only in module.path]
    after = {module.path: module for module in run(chosen, asked.children)}
    if asked.write:
        now = [after.get(module.path, module) for module in before]
        write_table(now)
        write_readme(now)
        return 0
    return int(any(after[module.path].share < module.share for module in chosen))


if __name__ == "__main__":
    sys.exit(main())
