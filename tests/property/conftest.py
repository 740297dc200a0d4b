"""What the property tests of the engines share."""

import pytest

from tests.property.catalogue_worlds import Catalogue
from tests.spec.small_world import shipped_settings


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return Catalogue(shipped_settings(tmp_path_factory.mktemp("data")))
