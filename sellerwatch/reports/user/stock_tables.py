"""The tables of stock outside Amazon: what lies where, what is on its way, and how long it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sellerwatch.reports.user.cost_tables import MODES
from sellerwatch.reports.user.declare import Means, Rule, UserColumn, UserTable
from sellerwatch.reports.user.shared_columns import (
    MARKETPLACE,
    SKU,
    STORE,
    VALIDITY,
    choice,
    count,
    day,
    not_before,
    text,
)

_DAYS: Final = Decimal(720)
_EVERY_SKU: Final = text(
    "sku", "SKU", "The seller SKU; blank: every SKU.", also=SKU.also, or_every=True, example="EXAMPLE-SKU-1"
)

LEAD_TIME: Final = UserTable(
    name="lead_time",
    title="How long goods take on a route, from a day on",
    zh="交期表",
    note="Needed by the reorder point and by whether inbound stock lands in time. The row that names a SKU outranks one that does not.",
    columns=(
        STORE,
        MARKETPLACE,
        _EVERY_SKU,
        text("route", "线路", "A name for the way, such as Ningbo-LAX-ONT8.", required=True, example="EXAMPLE-NINGBO-LAX"),
        choice("mode", "运输方式", "How the goods travel.", MODES, required=True, example="sea"),
        *VALIDITY,
        count("production_days", "生产天数", "From order to ready.", unit="days", most=_DAYS, example="25"),
        count("transit_days", "运输天数", "From ready to Amazon's door.", required=True, unit="days", most=_DAYS, example="32"),
        count("receiving_days", "上架天数", "From Amazon's door to sellable.", unit="days", most=_DAYS, example="7"),
        count("buffer_days", "安全天数", "Added for safety.", unit="days", most=_DAYS, example="10"),
        UserColumn(
            name="is_usual", zh="默认线路", means=Means.FLAG, note="Whether this route is the usual one.", example="yes"
        ),
    ),
    key=("store", "marketplace", "sku", "route", "mode", "valid_from"),
)

OUTSIDE_STOCK: Final = UserTable(
    name="outside_stock",
    title="Units of a SKU in a warehouse that is not Amazon's, counted on a day",
    zh="海外仓库存表",
    note="For tier 1 of the stock-out playbook, where people move such stock; no metric reads it yet. What a later count leaves out is unknown, not gone.",
    columns=(
        STORE,
        MARKETPLACE,
        text("warehouse", "仓库", "The warehouse's name.", also=("海外仓",), required=True, example="EXAMPLE-LA-warehouse"),
        SKU,
        day(
            "counted_on",
            "盘点日期",
            "The day of the count.",
            also=("as_of", "日期", "库存日期"),
            required=True,
            example="2026-11-01",
        ),
        count(
            "available_units",
            "可用数量",
            "Units that can be sent.",
            also=("可用库存",),
            required=True,
            unit="units",
            example="240",
        ),
        count("reserved_units", "占用数量", "Units promised to something else.", unit="units"),
        count(
            "days_to_amazon", "到FBA天数", "Days until units sent from here can be sold.", unit="days", most=_DAYS, example="6"
        ),
    ),
    key=("store", "marketplace", "warehouse", "sku", "counted_on"),
)

IN_TRANSIT: Final = UserTable(
    name="in_transit",
    title="One SKU of a shipment that Amazon does not know yet",
    zh="在途库存表",
    note="Needed by the day on which more arrives, in the forecast of a stock-out and the last day to order. The in-transit share counts "
    "what Amazon knows alone.",
    columns=(
        STORE,
        MARKETPLACE,
        text(
            "shipment",
            "货件号",
            "The shipment's number.",
            also=("shipment_id", "运单号"),
            required=True,
            example="EXAMPLE-SHIP-1",
        ),
        SKU,
        count("units", "数量", "Units on the way.", required=True, unit="units", example="600"),
        choice("mode", "运输方式", "How they travel.", MODES, required=True, example="sea"),
        choice(
            "stage",
            "状态",
            "How far they have come.",
            {
                "ordered": ("已下单",),
                "produced": ("已生产", "待发货"),
                "shipped": ("已发货", "在途"),
                "customs": ("清关", "清关中"),
                "arrived": ("已到货", "已到仓"),
                "cancelled": ("已取消",),
            },
            required=True,
            example="shipped",
        ),
        day("shipped_on", "发货日期", "The day they left.", example="2026-10-12"),
        day(
            "expected_on",
            "预计到达日",
            "The day they should be at Amazon's door.",
            also=("eta",),
            required=True,
            example="2026-11-14",
        ),
        day("arrived_on", "实际到达日", "The day they were there; blank while they are not."),
        text(
            "amazon_shipment_id",
            "FBA货件编号",
            "Amazon's shipment id once there is one; from then on Amazon's own figures count.",
        ),
    ),
    key=("store", "marketplace", "shipment", "sku"),
    rules=(
        not_before("expected_on", "shipped_on"),
        not_before("arrived_on", "shipped_on"),
        Rule(
            "arrived_on",
            "a day, as the stage is arrived",
            lambda row: row["stage"] != "arrived" or row["arrived_on"] is not None,
        ),
    ),
)
