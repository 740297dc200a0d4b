"""When people work, whom an alert calls, and what is refused of it: each mistake is one line that says where."""

import shutil

import pytest
import yaml

from sellerwatch.core.errors import ConfigError
from sellerwatch.settings.load import load_settings
from sellerwatch.settings.routing import QuietHours, WorkingTime, minutes
from tests.conftest import ROOT


@pytest.fixture
def routed(tmp_path):
    """Load the shipped configuration with this change of routing.yaml: keys in a path, and the value put there."""
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)

    def load(path, value):
        file = folder / "routing.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        place = content
        *above, last = path.split(".")
        for key in above:
            place = place[key]
        place[last] = value
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        return load_settings({"SELLERWATCH_CONFIG": str(folder)}).routing

    return load


def test_an_owner_has_hours_of_their_own_and_otherwise_those_of_everybody(routed):
    quiet = {"start": "21:00", "end": "09:00"}
    routing = routed("hours", {"supply_chain": {"time_zone": "Asia/Shanghai", "quiet_hours": quiet}})
    office = WorkingTime(days=("mon", "tue", "wed", "thu", "fri"), start="09:00", end="18:00")

    assert routing.hours_of("supply_chain") == ("Asia/Shanghai", office, QuietHours(**quiet))
    assert routing.hours_of("ads") == ("UTC", office, None)


def test_a_time_of_day_is_minutes_since_midnight():
    assert [minutes(text) for text in ("00:00", "09:30", "24:00")] == [0, 570, 1440]


def test_every_owner_of_the_shipped_configuration_has_a_deputy(routed):
    routing = routed("mention_from", "orange")

    assert routing.response.deputies.keys() == routing.owners.keys()
    assert all(owner != deputy for owner, deputy in routing.response.deputies.items())


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("time_zone", "Berlin", "no time zone is called 'Berlin'"),
        ("time_zone", "../etc/passwd", "no time zone is called"),
        ("working_time", {"days": ["mon"], "start": "18:00", "end": "09:00"}, "write the earlier one as start"),
        ("working_time", {"days": [], "start": "09:00", "end": "18:00"}, "working_time.days"),
        ("working_time", {"days": ["monday"], "start": "09:00", "end": "18:00"}, "Use one of: 'mon'"),
        ("working_time.start", "9:00", "a time of day such as 09:00, in quotes"),
        ("working_time.start", 540, "working_time.start"),
        ("working_time.end", "24:01", "a time of day such as 09:00"),
        ("quiet_hours", {"start": "09:00", "end": "09:00"}, "would never end"),
        ("quiet_hours", {"start": "00:00", "end": "24:00"}, "would never end"),
        ("hours", {"nobody": {}}, "unknown owner 'nobody'"),
        ("response.acknowledged_hours", {"yellow": 72, "red": 8}, "says nothing about orange"),
        ("response.acknowledged_hours.red", 0, "acknowledged_hours.red"),
        ("response.snooze_days", [31], "snooze_days"),
        ("response.snooze_days", [], "snooze_days"),
        ("response.snooze_days", [1, 3, 1], "snooze_days"),
        ("response.escalation", [], "escalation"),
        ("response.escalation", [{"after_hours": 4, "role": "owner"}, {"after_hours": 4, "role": "lead"}], "must come later"),
        ("response.escalation", [{"after_hours": -1, "role": "owner"}], "after_hours"),
        ("response.escalation", [{"after_hours": 0, "role": "boss"}], "unknown role 'boss'"),
        ("response.deputies", {"nobody": "lead"}, "unknown owner 'nobody'"),
        ("response.deputies", {"ads": "nobody"}, "unknown owner 'nobody'"),
        ("response.snoozes", [1], "unknown key 'snoozes'"),
    ],
)
def test_a_mistake_is_refused_and_named(routed, path, value, said):
    with pytest.raises(ConfigError) as refused:
        routed(path, value)

    assert said in str(refused.value)
    assert "routing.yaml" in str(refused.value)
