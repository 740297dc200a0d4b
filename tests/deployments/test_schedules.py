"""That a schedule becomes runs: a server that answers, offers forms and takes runs may still never start one by itself."""

import pytest
import yaml

from tests.conftest import ROOT
from tests.deployed import ask, eventually, serving

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(300)]

FILE = yaml.safe_load((ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8"))
PLANNED = {item["name"]: item["schedules"] for item in FILE["deployments"] if "schedules" in item}


@pytest.fixture
def server(tmp_path):
    with serving({}, tmp_path / "prefect") as running:
        yield running


def test_every_schedule_of_the_deployments_becomes_runs(server):
    flow = ask(server, "flows/", name="planned")["id"]
    made = {}
    for name, plans in PLANNED.items():
        schedules = [{"schedule": {"cron": plan["cron"], "timezone": plan["timezone"]}, "active": True} for plan in plans]
        made[ask(server, "deployments/", name=name, flow_id=flow, schedules=schedules)["id"]] = name

    def planned():
        runs = ask(server, "flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        return {made[run["deployment_id"]] for run in runs}

    eventually(lambda: planned() == set(PLANNED))
    assert planned() == set(PLANNED)
