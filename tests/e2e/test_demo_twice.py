"""The demo, twice in a row."""

import json

import pytest

from tests.e2e.whole_demo import of_this_demo, start_demo


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.timeout(600)
def test_the_demo_runs_three_nights_twice_in_a_row_and_leaves_no_process(tmp_path):
    folder = tmp_path / "demo"
    results = []
    for _ in range(2):
        process = start_demo(folder)
        out, err = process.communicate(timeout=280)
        assert process.returncode == 0, err
        results.append(json.loads(out))

    for result in results:
        assert [night["as_of"] for night in result["nights"]] == ["2026-11-17", "2026-11-18", "2026-11-19"]
        assert all(night["slack"]["unexpected"] == 0 for night in result["nights"])
        assert all(night["documents"] > 0 for night in result["nights"])
        assert result["quarantined"] == 0
    assert [night["alerts"] for night in results[0]["nights"]] == [night["alerts"] for night in results[1]["nights"]]
    assert (folder / "warehouse.sqlite").exists()
    assert (folder / "demo.log").exists()
    assert of_this_demo(folder) == []
