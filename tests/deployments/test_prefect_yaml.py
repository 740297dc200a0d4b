"""deployments/prefect.yaml against the flows, the stores and the traps of file entrypoints."""

import sys

import prefect
import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from pydantic import ValidationError

from sellerwatch.core.marketplaces import marketplace
from sellerwatch.settings.models import StoresFile
from tests.conftest import ROOT

FLOWS = ROOT / "flows"
FILE = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = {item["name"]: item for item in FILE["deployments"]}
STORES = StoresFile.model_validate(yaml.safe_load((ROOT / "config" / "stores.yaml").read_text(encoding="utf-8"))).stores


@pytest.fixture
def loaded(monkeypatch):
    """Load a deployment's flow as a worker does; the folder it puts on the path, and the module, are taken off again."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))
    modules = set(sys.modules)
    yield lambda deployment: load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)
    for name in sys.modules.keys() - modules:
        if not name.startswith("sellerwatch"):  # whose tables can be defined but once
            del sys.modules[name]


@pytest.mark.parametrize("name", [name for name in DEPLOYMENTS if name != "backfill"])
def test_the_entrypoint_loads_and_takes_the_parameters(loaded, name):
    flow = loaded(DEPLOYMENTS[name])

    given = flow.validate_parameters(DEPLOYMENTS[name]["parameters"])

    assert flow.name == DEPLOYMENTS[name]["entrypoint"].split(":")[1]
    assert given.get("store", "cascade") in STORES


def test_a_parameter_that_no_flow_has_is_refused(loaded):
    flow = loaded(DEPLOYMENTS["nightly-cascade"])

    with pytest.raises((TypeError, ValidationError)):
        flow.validate_parameters({"shop": "cascade"})


def test_every_flow_is_deployed_and_nothing_else():
    deployed = {item["entrypoint"].split(":")[0] for item in DEPLOYMENTS.values()}

    assert deployed == {f"flows/{path.name}" for path in FLOWS.glob("*.py") if path.name != "__init__.py"}


def test_a_flow_file_hides_no_standard_module_and_no_folder_of_ours():
    # A file entrypoint puts flows/ first on the path, for good: flows/calendar.py would be everybody's calendar.
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}

    taken = {path.stem for path in FLOWS.glob("*.py")} & (ours | sys.stdlib_module_names)

    assert taken == set()


def test_each_store_has_one_night_at_half_past_five_of_its_own_marketplace():
    nights = [item for item in DEPLOYMENTS.values() if item["entrypoint"] == "flows/nightly.py:nightly"]
    planned = {(item["name"], item["parameters"]["store"]): item["schedules"] for item in nights}

    assert planned == {
        (f"nightly-{store_id}", store_id): [
            {
                "cron": "30 5 * * *",
                "timezone": marketplace(store.marketplaces[0]).time_zone,
                "slug": f"nightly-{store_id}",
            },
        ]
        for store_id, store in STORES.items()
    }


def test_each_store_is_looked_at_once_an_hour_and_the_house_is_kept_once_a_day():
    looks = [item for item in DEPLOYMENTS.values() if item["entrypoint"] == "flows/intraday_stock.py:intraday_stock"]
    crons = {item["parameters"]["store"]: [plan["cron"] for plan in item["schedules"]] for item in looks}

    assert crons == {store_id: ["5 * * * *"] for store_id in STORES}
    assert [plan["cron"] for plan in DEPLOYMENTS["housekeeping"]["schedules"]] == ["30 20 * * *"]


COLLISIONS = {
    "nightly": "ENQUEUE",
    "intraday_stock": "CANCEL_NEW",
    "housekeeping": "CANCEL_NEW",
    "watchdog": "CANCEL_NEW",
    "evaluate_alerts": "ENQUEUE",
}
"""A second night waits for the first; a second look or sweep has nothing to do."""


@pytest.mark.parametrize(("flow", "strategy"), COLLISIONS.items())
def test_a_deployment_runs_once_at_a_time_and_before_any_backfill(flow, strategy):
    ours = [item for item in DEPLOYMENTS.values() if item["entrypoint"].endswith(f":{flow}")]

    assert ours
    for deployment in ours:
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": strategy}
        assert deployment["work_pool"] == {"name": "sellerwatch", "work_queue_name": "nightly"}


def test_the_file_names_the_prefect_it_was_written_for():
    assert FILE["prefect-version"] == prefect.__version__


def test_the_backfill_waits_behind_the_nights_and_its_form_is_filled_in_by_a_person(loaded):
    deployment = DEPLOYMENTS["backfill"]

    assert deployment["work_pool"] == {"name": "sellerwatch", "work_queue_name": "backfill"}
    assert deployment["concurrency_limit"]["limit"] > 1  # or a form with a mistake would wait for hours to be told so
    assert not deployment.get("parameters")
    assert loaded(deployment).parameters.required == ["history"]


def test_nights_are_planned_for_the_time_at_which_the_watchdog_expects_them():
    nights = [item for item in DEPLOYMENTS.values() if item["entrypoint"] == "flows/nightly.py:nightly"]
    planned = {item["parameters"]["store"]: item["schedules"][0]["cron"].split()[:2] for item in nights}

    expected = {store_id: store.night.at.split(":") for store_id, store in STORES.items()}
    assert planned == {store_id: [str(int(minute)), str(int(hour))] for store_id, (hour, minute) in expected.items()}


def test_the_watchdog_is_run_every_ten_minutes_by_prefect_and_outside_of_it():
    folder = ROOT / "deployments"
    timer = (folder / "systemd" / "sellerwatch-watchdog.timer").read_text(encoding="utf-8")
    service = (folder / "systemd" / "sellerwatch-watchdog.service").read_text(encoding="utf-8")
    job = yaml.safe_load((folder / "k8s" / "watchdog.yaml").read_text(encoding="utf-8"))
    container = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]

    assert [plan["cron"] for plan in DEPLOYMENTS["watchdog"]["schedules"]] == [job["spec"]["schedule"]] == ["*/10 * * * *"]
    assert "OnCalendar=*:0/10" in timer
    assert service.splitlines()[-3].endswith("sellerwatch watchdog")
    assert container["command"] == ["sellerwatch", "watchdog"]
