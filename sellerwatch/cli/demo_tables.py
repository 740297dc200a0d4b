"""What people of the simulated sellers fill in: how long goods take, and what is on its way before Amazon gives it a date."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sellerwatch.core.errors import PermanentError
from sellerwatch.warehouse.file_imports import ImportedFile
from sellerwatch.warehouse.user_import import import_user_file
from sellerwatch.warehouse.workspace import Workspace

_ROUTE: Final = {
    "store": "cascade",
    "route": "Reno-ONT8",
    "mode": "truck",
    "valid_from": "2026-01-01",
    "production_days": 9,
    "transit_days": 3,
    "receiving_days": 3,
    "buffer_days": 4,
    "is_usual": "yes",
}
_SENT: Final = {
    "store": "cascade",
    "marketplace": "US",
    "mode": "truck",
    "stage": "shipped",
    "shipped_on": "2026-11-13",
    "expected_on": "2026-11-24",
}

TABLES: Final[Mapping[str, Sequence[Mapping[str, object]]]] = {
    "lead_time": tuple(
        {**_ROUTE, "sku": sku} for sku in ("CR-COOLER-30", "CR-FIREPIT-24", "CR-GRINDER-BLK", "CR-HAMMOCK-GRN", "CR-HEADLAMP-2P")
    ),
    "in_transit": (
        {**_SENT, "sku": "CR-FIREPIT-24", "units": 300, "shipment": "RENO-1043", "amazon_shipment_id": "FBA00SIM1043"},
        {**_SENT, "sku": "CR-COOLER-30", "units": 400, "shipment": "RENO-1044", "amazon_shipment_id": "FBA00SIM1044"},
    ),
}  # fmt: skip
"""The rows of each table, as a person would write them; what Amazon will receive is in the story of the simulated world."""


def fill_in(workspace: Workspace, folder: Path) -> None:
    """Write the tables into the folder and import them, as ``sellerwatch import`` does.

    Raises:
        PermanentError: a table is refused, which no run of the demo can mend.
    """
    folder.mkdir()
    for name, rows in TABLES.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(column for row in rows for column in row)))
            writer.writeheader()
            writer.writerows(rows)
        _import(workspace, path)


def _import(workspace: Workspace, path: Path) -> None:
    done = import_user_file(
        workspace, ImportedFile(path.name, path.read_bytes(), "demo", workspace.clock.now()), table=None, is_dry_run=False
    )
    if done.number is None:
        raise PermanentError(
            f"the demo's own table is refused: {done.file.findings}",
            where=str(path),
            remedy="Report it as a fault of sellerwatch",
        )
