"""The whole demo, once and twice in a row."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.whole_demo import of_this_demo, start_demo

LIFE = (
    r"0\.\d days of cover: CR-HEADLAMP-2P",
    r"\[picture in thread\] 🔴 Trend: Days of cover - ",
    r"Acknowledged by supply-chain on Tue, Nov 17 13:1\d",
    r"Nobody has acknowledged this since Tue, Nov 17",
    r"数据已 2\d 小时未更新：fba_inventory（Alpine，Amazon.co.uk）",
    r"2\.\d days of cover: CR-GRINDER-BLK",
    r"Data corrected from 2\.\d days of cover to 1\d(\.\d)? days of cover, resolved - CR-COOLER-30",
    r"fba_inventory（Alpine，Amazon.co.uk）：已恢复",
    r"Resolved: 2\d(\.\d)? days of cover, above 8\.4 for 2 nights - CR-HEADLAMP-2P",
    r"Raised from orange to red: 0\.\d days of cover - CR-GRINDER-BLK",
)
"""What people see one after the other. Tenths depend on the hour at which the stock was looked at, and so on the machine."""


def shows_a_whole_life(result):
    told = "\n".join(message for scene in result["life"] for message in scene["messages"])
    places = [found.start() if (found := re.search(words, told)) else -1 for words in LIFE]
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
