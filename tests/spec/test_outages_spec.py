"""What being out of stock comes to: mornings and orders in, shares and lost sales out, in both databases."""

from tests.spec.small_world import NIGHT, day, line

MORNINGS = range(-29, 1)


def test_days_in_stock_weigh_by_what_sold_in_60_days(world):
    world.all_pulled()
    world.stocked("A", 5, MORNINGS)
    world.stocked("B", 5, range(-29, -14))
    world.stocked("B", 0, range(-14, 1))
    world.ordered(line("A", quantity=250), line("A", on=day(-60), quantity=50), line("B", quantity=100))
    world.ordered(line("B", on=day(-61), quantity=900))

    world.measure()

    assert world.said("in_stock_rate", "marketplace", on=NIGHT) == (87.5, "ok", None)


def test_without_snapshots_or_sales_nothing_is_in_stock_or_out(world):
    world.all_pulled()
    world.stocked("A", 5, MORNINGS)

    world.measure()

    assert world.said("in_stock_rate", "marketplace", on=NIGHT) == (None, "unknown", "no_data")
    assert world.said("stockout_loss", "marketplace", on=NIGHT) == (0.0, "ok", None)


def test_days_out_of_stock_cost_what_the_sku_sells_while_there_is_some(world):
    """5 a day at 25, on the 24 days in stock; 6 days out."""
    world.all_pulled()
    world.stocked("A", 5, range(-30, -6))
    world.stocked("A", 0, range(-6, 1))
    world.stocked("B", 9, range(-30, 1))
    world.sold("A", 5, range(-30, -6), price=125)

    world.measure()

    assert world.said("stockout_loss", "sku", subject="A", on=NIGHT) == (750.0, "ok", None)
    assert world.said("stockout_loss", "sku", subject="B", on=NIGHT) == (0.0, "ok", None)
    assert world.said("stockout_loss", "marketplace", on=NIGHT) == (750.0, "ok", None)


def test_a_loss_that_cannot_be_told_is_missing_in_the_marketplaces(world):
    world.all_pulled()
    world.stocked("new", 0, range(-30, 1))
    world.stocked("A", 5, range(-30, -6))
    world.stocked("A", 0, range(-6, 1))
    world.sold("A", 1, range(-30, -6), currency="EUR")

    world.measure()

    assert world.said("stockout_loss", "sku", subject="new", on=NIGHT) == (None, "unknown", "insufficient")
    assert world.said("stockout_loss", "sku", subject="A", on=NIGHT) == (None, "unknown", "no_price")
    assert world.said("stockout_loss", "marketplace", on=NIGHT) == (None, "unknown", "no_data")
