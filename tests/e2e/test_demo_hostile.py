"""The demo of the hostile world."""

import json

import pytest

from tests.e2e.whole_demo import of_this_demo, start_demo


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.prefect
@pytest.mark.timeout(600)
def test_the_hostile_demo_ends_well_although_documents_are_set_aside(tmp_path):
    process = start_demo(tmp_path / "demo", "--world", "hostile")
    out, err = process.communicate(timeout=500)

    assert process.returncode == 0, err
    result = json.loads(out)
    assert set(result) == {"nights", "life", "pictures", "quarantined", "seconds"}
    assert [night["as_of"] for night in result["nights"]] == ["2026-11-17", "2026-11-18", "2026-11-19"]
    assert all(night["slack"]["unexpected"] == 0 for night in result["nights"])
    # Stock without a required column, for good; sales and traffic without a required key, until the next night.
    assert result["quarantined"] == 2
    assert of_this_demo(tmp_path / "demo") == []
