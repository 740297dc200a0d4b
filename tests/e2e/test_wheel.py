"""The wheel: what is in it, and that it works without the checkout it was built from."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from sellerwatch.core.clock import ScaledClock
from sellerwatch.simulator.server import Simulator
from tests.conftest import NIGHT, NIGHT_STARTS, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 120
SPEED = 60.0


def run(*command, cwd, env=None):
    variables = {"PATH": os.environ["PATH"], "HOME": str(cwd)} | (env or {})
    done = subprocess.run(
        command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built by the build backend itself, which needs no network."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def simulator(demo_world):
    """Slower than elsewhere: a new environment's first imports take long, and Amazon's deadlines must not pass meanwhile."""
    with Simulator(demo_world, ScaledClock.starting(NIGHT_STARTS["cascade"], SPEED)) as running:
        yield running


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the wheel; its dependencies are lent by ours, so that no network is needed."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", str(folder), cwd=folder)
    python = folder / "bin" / "python"
    run(str(python), "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", str(wheel), cwd=folder)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    # A line of a .pth file is a folder; the .pth files inside it, such as our own checkout's, are not followed.
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "lent.pth").write_text("\n".join(sorted(lent)) + "\n")
    return folder


def files_below(folder, prefix):
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{prefix}/{path.relative_to(folder).as_posix()}" for path in files}


def test_the_wheel_holds_the_library_and_its_default_configuration_only(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    about = {name for name in names if name.split("/")[0].endswith(".dist-info")}

    config = files_below(ROOT / "config", "sellerwatch/settings/default_config")
    assert names - about == files_below(ROOT / "sellerwatch", "sellerwatch") | config
    assert {"stores.yaml", "alert_rules.yaml", "env.example"} <= {Path(name).name for name in config}
    assert {
        "sellerwatch/py.typed",
        "sellerwatch/warehouse/migrations/script.py.mako",
        "sellerwatch/warehouse/migrations/versions/0001_the_first_tables.py",
    } <= names
    assert {Path(name).name for name in about} == {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "LICENSE"}


@pytest.mark.long
def test_an_installed_wheel_runs_a_night_far_from_the_checkout(installed, simulator, environment, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    variables = environment | {"SELLERWATCH_CONFIG": "config", "SELLERWATCH_DATA": "var"}
    command = str(installed / "bin" / "sellerwatch")

    where = run(str(installed / "bin" / "python"), "-c", "import sellerwatch; print(sellerwatch.__file__)", cwd=elsewhere)
    written = run(command, "init", cwd=elsewhere, env=variables)
    checks = json.loads(run(command, "doctor", "--offline", "--json", cwd=elsewhere, env=variables))["checks"]
    night = run(command, "nightly", "--store", "cascade", "--as-of", NIGHT.isoformat(), "--json", cwd=elsewhere, env=variables)

    assert Path(where.strip()).is_relative_to(installed)
    assert "wrote config/stores.yaml" in written
    assert [check for check in checks if not check["ok"]] == []
    (summary,) = json.loads(night)["nights"]
    assert (summary["outcome"], summary["documents"], summary["slack"]["posts"]) == ("complete", 44, 5)
    simulator.slack.journal.assert_only(posts=5, replies=1)
    assert (elsewhere / "var" / "warehouse.sqlite").is_file()
    assert (elsewhere / "config" / "env.example").read_text() == (ROOT / "config" / "env.example").read_text()
