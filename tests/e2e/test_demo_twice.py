"""The whole demo, once and twice in a row."""

import json

import pytest

from tests.e2e.whole_demo import of_this_demo, start_demo


@pytest.mark.slow
@pytest.mark.prefect
@pytest.mark.timeout(600)
@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long)])
def test_the_demo_runs_three_nights_as_often_as_one_likes_and_leaves_no_process(tmp_path, times):
    folder = tmp_path / "demo"
    results = []
    for _ in range(times):
        process = start_demo(folder)
        out, err = process.communicate(timeout=280)
        assert process.returncode == 0, err
        results.append(json.loads(out))

    for result in results:
        assert [night["as_of"] for night in result["nights"]] == ["2026-11-17", "2026-11-18", "2026-11-19"]
        assert all(night["slack"]["unexpected"] == 0 for night in result["nights"])
        assert all(night["documents"] > 0 for night in result["nights"])
        assert result["quarantined"] == 0
        assert [night["alerts"] for night in result["nights"]] == [night["alerts"] for night in results[0]["nights"]]
    assert (folder / "warehouse.sqlite").exists()
    assert (folder / "demo.log").exists()
    assert of_this_demo(folder) == []
