"""Bringing a backfill's documents into the warehouse: those that were fetched, or those of the raw store once more."""

from __future__ import annotations

from sellerwatch.warehouse import load
from sellerwatch.warehouse.backfills import ledger
from sellerwatch.warehouse.backfills.attempts import StoreProblem, for_each_store
from sellerwatch.warehouse.workspace import Workspace


def load_documents(workspace: Workspace, order_id: str) -> list[StoreProblem]:
    """Load what waits for each store, or in mode reparse what the raw store has of the days."""
    order = ledger.read(workspace, order_id).order

    def take(store_id: str) -> object:
        if order.mode == "reparse":
            return load.load_again(workspace, store_id, order.feeds, order.days)
        return load.load_waiting(workspace, store_id)

    return for_each_store(workspace, order_id, "load", take)
