"""What is measured must be defined."""

from dataclasses import replace
from datetime import date

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.metrics.measure import measure_night


def test_a_metric_that_the_catalogue_lacks_is_one_line_that_says_what_to_do(workspace):
    metrics = {name: metric for name, metric in workspace.settings.metrics.items() if name != "gmv"}
    incomplete = replace(workspace, settings=replace(workspace.settings, metrics=metrics))

    with pytest.raises(ConfigError, match=r"'gmv' is measured and not defined .*metrics\.yaml.* Copy its block"):
        measure_night(incomplete, "cascade", date(2026, 11, 17))
