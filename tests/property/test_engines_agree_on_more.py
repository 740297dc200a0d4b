"""The engines agree on many worlds of the other half; a file of its own, so that two processes share the work."""

import pytest

from tests.property.engines_agreeing import SHARES, assert_share_agrees


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("share", range(SHARES // 2, SHARES))
def test_they_agree_on_many_worlds(sqlite_warehouse, catalogue, share):
    assert_share_agrees(sqlite_warehouse, catalogue, share)
