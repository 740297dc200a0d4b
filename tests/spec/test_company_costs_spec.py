"""What a company pays for all of its stores: each bears its part, and together they bear all of it, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sellerwatch.metrics.explaining.explanation import explain_value, in_units
from sellerwatch.metrics.explaining.stored import Asked
from tests.spec.catalogue_examples import EXAMPLES, IN_ALL, KIOSK
from tests.spec.test_catalogue_spec import ends_on, known, only, told
from tests.spec.test_declared_spec import company, part

pytestmark = pytest.mark.usefixtures("people")

BY_NAME = {example.name: example for example in EXAMPLES}


def rent(amount, store="*", **cells):
    row = {"store": store, "cost_type": "rent", "valid_from": date(2026, 1, 1), "monthly_amount": Decimal(amount)}
    return row | {"currency": "USD"} | cells


def measured(world, whole_catalogue, *stores):
    """Measure the same October in each of the stores; the facts are those of the worked example, before running costs 236 of 900."""
    worlds = [replace(world, store_id=store) for store in stores]
    for here in worlds:
        here.shipped = company(only(whole_catalogue, ["net_margin_pct"]), *stores)
        known(here, *KIOSK)
        for table, rows in KIOSK.items():
            told(here, table, *rows)
        here.measure()
    return worlds


def left(world):
    """Return what is left of October after everything, and why it is not known."""
    on = ends_on("net_margin_pct", world, "month")
    row = world.values("net_margin_pct", "marketplace", on=on, period="month")["US", "US"]
    return (row.numerator, row.status, row.reason)


@pytest.mark.parametrize(
    ("costs", "parts", "expected"),
    [
        ([(93, "*")], [(1, 2)], [(236 - 31, "ok", None), (236 - 62, "ok", None)]),
        ([(93, "*"), (31, "own")], [(1, 2)], [(236 - 62, "ok", None), (236 - 62, "ok", None)]),
        ([(93, "*")], [(1, None)], [(None, "unknown", "not_shared")] * 2),
        ([(31, "own")], [], [(236 - 31, "ok", None), (None, "unknown", "no_user_data")]),
    ],
    ids=["by parts", "beside its own", "said of one", "another's alone"],
)
def test_stores_bear_together_what_the_company_pays(world, whole_catalogue, people, costs, parts, expected):
    named = {"*": "*", "own": world.store_id, "other": f"{world.store_id}b"}
    people.say("unit_cost", *IN_ALL["unit_cost"])
    people.say("operating_cost", *(rent(amount, named[store]) for amount, store in costs))
    said = [(store, share) for pair in parts for store, share in zip(("own", "other"), pair, strict=True) if share is not None]
    people.say("cost_share", *(part(named[store], share, valid_from=date(2026, 1, 1)) for store, share in said))

    assert [left(here) for here in measured(world, whole_catalogue, named["own"], named["other"])] == expected


def test_a_store_bears_another_part_from_the_day_on_that_somebody_says_so(world, whole_catalogue, people):
    other = f"{world.store_id}b"
    people.say("unit_cost", *IN_ALL["unit_cost"])
    people.say("operating_cost", rent(310))
    people.say("cost_share", part(world.store_id, 1, valid_from=date(2026, 1, 1)), part(other, 1, valid_from=date(2026, 1, 1)))
    people.say("cost_share", part(world.store_id, 4, valid_from=date(2026, 10, 31)))

    first, second = measured(world, whole_catalogue, world.store_id, other)

    assert (left(first)[0], left(second)[0]) == (236 - 150 - 8, 236 - 150 - 2)


def test_explaining_a_margin_tells_the_parts_that_stores_bear(world, whole_catalogue, people):
    other = f"{world.store_id}b"
    people.say("unit_cost", *IN_ALL["unit_cost"])
    people.say("operating_cost", rent(93))
    people.say(
        "cost_share", *(part(store, share, valid_from=date(2026, 1, 1)) for store, share in ((world.store_id, 1), (other, 2)))
    )
    here, _ = measured(world, whole_catalogue, world.store_id, other)

    asked = Asked("net_margin_pct", here.store_id, "US", grain="marketplace", period="month")
    found = explain_value(here.workspace, asked, ends_on("net_margin_pct", here, "month"), shown=None)

    parts = {item.name: item for item in found.worked.parts}
    assert (found.verdict, in_units(parts["overhead"].micros)) == ("same", "31")
    shared = parts["the parts that stores bear of what is paid for all"]
    assert [(fact.cells["store"], fact.cells["part"]) for fact in shared.facts] == [(here.store_id, 1), (other, 2)]


TARGET = ("a month's target, split over its days", "gmv_attainment_pct", "target", "no_target")
DEAL = ("a promotion that sold twice as much as it would have", "promo_cost_ratio", "promotion_cost", "no_user_data")


@pytest.mark.parametrize("what", [TARGET, DEAL], ids=["target", "promotion"])
def test_what_is_said_of_several_stores_is_no_stores_own(world, whole_catalogue, people, what):
    name, metric, table, unsaid = what
    example, found = BY_NAME[name], {}
    (row,) = example.people[table]
    for others, named in (("US", "marketplace"), ("DE", "marketplace"), ("US", "store")):
        here = replace(world, store_id=f"{world.store_id}-{others}-{named}")
        catalogue = company(only(whole_catalogue, [metric]), here.store_id, "another")
        elsewhere = catalogue.stores["another"].model_copy(update={"marketplaces": (others,)})
        here.shipped = replace(catalogue, stores=dict(catalogue.stores) | {"another": elsewhere})
        people.forget()
        people.say(table, row | ({"store": here.store_id} if named == "store" else {"marketplace": "US"}))
        known(here, "order_line")
        told(here, "order_line", *example.facts["order_line"])
        here.measure()
        values = here.values(metric, "marketplace", on=ends_on(metric, here, example.period), period=example.period)
        found[others, named] = (values["US", "US"].status, values["US", "US"].reason)

    assert found == {
        ("US", "marketplace"): ("unknown", unsaid),
        ("DE", "marketplace"): ("ok", None),
        ("US", "store"): ("ok", None),
    }
