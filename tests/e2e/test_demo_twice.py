"""The whole demo, once and twice in a row."""

import json
from pathlib import Path

import pytest

from tests.e2e.whole_demo import of_this_demo, start_demo

LIFE = (
    "0.8 days of cover: CR-HAMMOCK-GRN",
    "Trend: Days of cover - ",
    "Acknowledged by supply-chain on Tue, Nov 17 13:1",
    "Nobody has acknowledged this since Tue, Nov 17",
    "数据已 25 小时未更新：fba_inventory（Alpine，Amazon.co.uk）",
    "2.2 days of cover: CR-GRINDER-BLK",
    "Data corrected from 2.4 days of cover to 10.3 days of cover, resolved - CR-COOLER-30",
    "fba_inventory（Alpine，Amazon.co.uk）：已恢复",
    "Resolved: 22 days of cover, above 8.4 for 2 nights - CR-HEADLAMP-2P",
    "Raised from orange to red: 0.8 days of cover - CR-GRINDER-BLK",
)
"""What people see one after the other."""


def shows_a_whole_life(result):
    told = "\n".join(message for scene in result["life"] for message in scene["messages"])
    places = [told.find(words) for words in LIFE]
    assert -1 not in places, LIFE[places.index(-1)]
    return places == sorted(places)


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

    assert shows_a_whole_life(results[0])
    for result in results:
        assert [night["as_of"] for night in result["nights"]] == ["2026-11-17", "2026-11-18", "2026-11-19"]
        assert all(night["slack"]["unexpected"] == 0 for night in result["nights"])
        assert all(night["documents"] > 0 for night in result["nights"])
        assert result["quarantined"] == 0
        assert [night["alerts"] for night in result["nights"]] == [night["alerts"] for night in results[0]["nights"]]
    assert (folder / "warehouse.sqlite").exists()
    assert (folder / "demo.log").exists()
    assert results[0]["pictures"]
    assert all(Path(path).read_bytes().startswith(b"\x89PNG") for path in results[-1]["pictures"])
    assert of_this_demo(folder) == []
