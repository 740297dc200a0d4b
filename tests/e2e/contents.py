"""The whole content of a warehouse as plain values, and the differences between two of them in words."""

from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.rebuild.compare import READ_AS
from sellerwatch.warehouse.tables.all import TABLES
from sellerwatch.warehouse.tables.base import CIRCUMSTANCE

READ = {table.name: table for table in (READ_AS.get(name, table) for name, table in TABLES.items())}


def contents(engine, *, circumstances=True):
    """Every row of every table by its key; without circumstances: what the rows say, not how they came about."""
    with reading(engine) as connection:
        return {name: _rows(connection, table, circumstances=circumstances) for name, table in READ.items()}


def _rows(connection, table, *, circumstances):
    left_out = {column.name for column in table.columns if not circumstances and CIRCUMSTANCE.items() <= column.info.items()}
    key = [column.name for column in table.primary_key]
    rows = connection.execute(table.select()).mappings()
    return {
        tuple(str(row[name]) for name in key): {name: value for name, value in row.items() if name not in left_out}
        for row in rows
    }


def differences(before, after):
    """One line per row that is on one side only and per cell that is not the same."""
    return [line for name in READ for line in _table_differences(name, before[name], after[name])]


def _table_differences(name, before, after):
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            yield f"{name} {'/'.join(key)}: only {'before' if key in before else 'after'}"
            continue
        for column, value in before[key].items():
            if value != after[key][column]:
                yield f"{name} {'/'.join(key)}: {column} {value!r} -> {after[key][column]!r}"
