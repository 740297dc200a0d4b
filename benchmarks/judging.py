"""How fast a night is judged: many rules over many SKUs, beside one pass over the same columns and the write of what changed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, Table, bindparam, insert, select, update

from benchmarks.figures import Figure, at_most
from sellerwatch.alerts import store
from sellerwatch.alerts.judging.rule import Judging, judge_rule
from sellerwatch.alerts.reading.tonight import Readings
from sellerwatch.alerts.showing.facts import DESCRIPTIONS
from sellerwatch.settings.load import Settings, load_settings
from sellerwatch.settings.models import TIERS
from sellerwatch.settings.rules import Rule
from sellerwatch.warehouse.engine import open_engine, reading, writing
from sellerwatch.warehouse.schema import bring_up_to_date
from sellerwatch.warehouse.tables.alerting import ALERT, ALERT_EVENT, EVALUATION

SLOWER_THAN_A_PASS: Final = 3.0
"""Judging, folding and storing may take so many times as long as the pass and the write."""

RULES, BREACHING, CHANGING = 27, 0.002, 0.05
"""Rules; the share of subjects that breach in the first night; the share of those that are otherwise in the second."""

STORE, PLACE = "cascade", "US"
NIGHTS: Final = (date(2026, 11, 20), date(2026, 11, 21))
WRITTEN: Final = (ALERT, ALERT_EVENT, EVALUATION)
Frames = Mapping[str, pd.DataFrame]


def figures(run: Callable[..., Mapping[str, float]], folder: Path, skus: int) -> Iterator[Figure]:
    """Yield for each of two nights what judging took; ``run`` runs a case in a process of its own."""
    taken = run("judge", folder / "judged", skus)
    for night in ("first", "second"):
        name = f"sqlite: {RULES} rules over {skus:,} SKUs, {night} night, {taken[f'{night} alerts']:,.0f} alerts written"
        beside = taken[f"{night} pass"] + taken[f"{night} write"]
        yield Figure(f"{name}: one pass", taken[f"{night} pass"], "s")
        yield Figure(f"{name}: the write of what changed", taken[f"{night} write"], "s")
        yield at_most(f"{name}: judged", taken[f"{night} judged"], "s", of=beside, bound=SLOWER_THAN_A_PASS)


def judge(folder: str, skus: str) -> Callable[[], Mapping[str, float]]:
    """Make the columns of two nights ready; measure judging them, and in between the pass and the write alone."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    settings = load_settings({"SELLERWATCH_CONFIG": str(Path(__file__).resolve().parents[1] / "config")})
    settings = replace(settings, rules=_rules(settings))
    ours, beside = (_engine(place / name) for name in ("ours.sqlite", "beside.sqlite"))
    nights = _frames(settings, int(skus))

    def measured() -> Mapping[str, float]:
        taken: dict[str, float] = {}
        for name, night, frames in zip(("first", "second"), NIGHTS, nights, strict=True):
            before = _rows(ours)
            taken[f"{name} judged"] = _timed(partial(_judge, ours, settings, night, frames))
            changed = _changed(before, _rows(ours))
            taken[f"{name} pass"] = _timed(partial(_passed, settings, frames))
            taken[f"{name} write"] = _timed(partial(_write, beside, changed))
            taken[f"{name} alerts"] = sum(map(len, changed[ALERT.name]))
        return taken

    return measured


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    gc.freeze()  # what the benchmark itself holds is not for the measured one to walk through
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _rules(settings: Settings) -> dict[str, Rule]:
    """Return as many rules as are measured, each of a metric that is told by its number alone."""
    metrics = [name for name in settings.metrics if name not in DESCRIPTIONS][:RULES]
    like = settings.rules["stockout_tiers"]
    return {f"rule_{metric}": like.model_copy(update={"metric": metric, "minimum": {}}) for metric in metrics}


def _engine(database: Path) -> Engine:
    engine = open_engine(f"sqlite:///{database}")
    bring_up_to_date(engine)
    return engine


def _frames(settings: Settings, skus: int) -> tuple[Frames, Frames]:
    random = np.random.default_rng(6)
    first = {name: _frame(rule, random, skus) for name, rule in settings.rules.items()}
    second = {name: _later(frame, random) for name, frame in first.items()}
    return first, second


def _frame(rule: Rule, random: np.random.Generator, skus: int) -> pd.DataFrame:
    value = random.uniform(10, 90, skus)
    breaching = random.choice(skus, int(skus * BREACHING), replace=False)
    value[breaching] = random.uniform(0, 7, len(breaching))
    value[random.choice(skus, skus // 50, replace=False)] = np.nan
    limits = {f"enter_{tier}": rule.tiers[tier].enter for tier in TIERS} | {
        f"exit_{tier}": rule.tiers[tier].exit for tier in TIERS
    }
    columns: dict[str, Any] = {
        "marketplace": PLACE,
        "kind": "sku",
        "id": [f"SKU-{number:06}" for number in range(skus)],
        "value": value,
        "outcome": np.where(np.isnan(value), "no_data", "value"),
        "reason": "",
        "data_through": datetime(2026, 11, 21, 6, tzinfo=UTC),
        "valued_on": NIGHTS[0],
        "evidence": "",
    }
    return pd.DataFrame(columns).assign(**{name: float(limit) for name, limit in limits.items()})


def _later(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    value = frame["value"].to_numpy(copy=True)
    breaching = np.flatnonzero(value <= 7)  # noqa: PLR2004 - where the mildest tier begins
    changing = random.choice(breaching, int(len(breaching) * CHANGING), replace=False)
    value[changing] = random.uniform(0, 30, len(changing))
    value[random.choice(len(value), len(changing), replace=False)] = 5.0
    return frame.assign(value=value, outcome=np.where(np.isnan(value), "no_data", "value"), valued_on=NIGHTS[1])


def _judge(engine: Engine, settings: Settings, night: date, frames: Frames) -> None:
    """Judge, fold and store a night as the product does, but for reading the columns and telling the news."""
    by_metric = {rule.metric: frames[name] for name, rule in settings.rules.items()}
    with writing(engine) as connection:
        judging = Judging(
            connection,
            settings,
            STORE,
            night,
            datetime(2026, 11, 21, 13, tzinfo=UTC) + timedelta(days=(night - NIGHTS[1]).days),
            store.load_alerts(connection, STORE),
            is_first_run=True,
            read=lambda _connection, _settings, rule, _store, night: Readings(rule, night, by_metric[rule.metric]),
        )
        for rule_id, rule in settings.rules.items():
            judge_rule(judging, rule_id, rule)


def _passed(settings: Settings, frames: Frames) -> int:
    """Compare every column once: which tier each value has entered, and which it has not left."""
    found = 0
    for name, rule in settings.rules.items():
        frame = frames[name]
        value, is_value = frame["value"].to_numpy(), (frame["outcome"] == "value").to_numpy()
        sign = 1 if rule.breach == "at_most" else -1
        for side in ("enter", "exit"):
            depth = sum((sign * value <= sign * frame[f"{side}_{tier}"].to_numpy()).astype(np.int8) for tier in TIERS)
            found += len(np.flatnonzero(np.where(is_value, depth, 0)))
    return found


Rows = Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]


def _rows(engine: Engine) -> Rows:
    with reading(engine) as connection:
        return {table.name: _keyed(connection, table) for table in WRITTEN}


def _keyed(connection: Connection, table: Table) -> Mapping[tuple[Any, ...], Mapping[str, Any]]:
    keys = [column.name for column in table.primary_key]
    return {tuple(row[key] for key in keys): dict(row) for row in connection.execute(select(table)).mappings()}


Changed = Mapping[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]]
"""By table, the rows that are new, and those that are otherwise than before."""


def _changed(before: Rows, after: Rows) -> Changed:
    return {
        name: (
            [dict(row) for key, row in rows.items() if key not in before[name]],
            [dict(row) for key, row in rows.items() if key in before[name] and before[name][key] != row],
        )
        for name, rows in after.items()
    }


def _write(engine: Engine, changed: Changed) -> None:
    """Write what changed in one transaction, as plainly as SQLAlchemy can."""
    with writing(engine) as connection:
        for table in WRITTEN:
            fresh, known = changed[table.name]
            if fresh:
                connection.execute(insert(table), fresh)
            if known:
                _update(connection, table, known)


def _update(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    changing = update(table).where(*(table.c[key] == bindparam(f"key_{key}") for key in keys))
    statement = changing.values({name: bindparam(f"new_{name}") for name in others})
    named = [{f"key_{key}": row[key] for key in keys} | {f"new_{name}": row[name] for name in others} for row in rows]
    connection.execute(statement, named)
