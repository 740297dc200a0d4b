"""The tables of money: what goods, freight and the company cost, what cash there is, and what currencies are worth."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from sellerwatch.reports.user.declare import Means, Rule, UserColumn, UserTable
from sellerwatch.reports.user.shared_columns import (
    CURRENCY,
    MARKETPLACE,
    PERIOD,
    PERIOD_FROM,
    PERIOD_RULE,
    SKU,
    STORE,
    VALIDITY,
    ZERO,
    amount,
    at_most,
    choice,
    count,
    day,
    not_before,
    number,
    text,
)

INCOTERMS: Final = dict.fromkeys(("EXW", "FCA", "FOB", "CFR", "CIF", "DAP", "DDP", "other"), ())
MODES: Final = {
    "sea": ("海运", "ocean"),
    "air": ("空运",),
    "rail": ("铁路", "中欧班列"),
    "truck": ("卡车", "卡航", "road"),
    "express": ("快递", "courier"),
}

UNIT_COST: Final = UserTable(
    name="unit_cost",
    title="What one unit of a SKU costs from a day on",
    zh="单位成本表",
    note="Needed by gross and net margin, unit profit, ROI, GMROI, unit logistics cost, unit cost reduction and the money form of "
    "turnover. Give the parts; they are added, and one left blank is not known: write 0 where there is none. Without packaging or duty "
    "profit is provisional (incomplete_cost), and what needs freight leaves the SKU out.",
    columns=(
        STORE,
        MARKETPLACE,
        SKU,
        *VALIDITY,
        amount(
            "purchase_amount",
            "采购成本",
            "The supplier's price of one unit, without freight.",
            also=("unit_cost", "cogs", "采购价", "单位成本", "进价"),
            required=True,
            example="6.40",
        ),
        amount("packaging_amount", "包装成本", "Packaging and labels for one unit.", example="0.35"),
        amount("freight_amount", "头程运费", "Freight to Amazon's warehouse for one unit.", also=("头程",), example="1.10"),
        amount("duty_amount", "关税", "Duty and import charges for one unit.", example="0.45"),
        amount("other_amount", "其他成本", "Anything else that one unit costs before it is sold, such as inspection."),
        CURRENCY,
        choice("incoterm", "贸易术语", "The delivery term of the purchase price; costs of one term are compared.", INCOTERMS),
        text("supplier", "供应商", "Who delivers it; costs are grouped by it."),
        count(
            "payment_term_days",
            "账期",
            "Days from invoice to payment: the hidden part of a price.",
            unit="days",
            most=Decimal(720),
        ),
    ),
    key=("store", "marketplace", "sku", "valid_from"),
)

FREIGHT_RATE: Final = UserTable(
    name="freight_rate",
    title="What a freight route costs from a day on",
    zh="运价表",
    note="To keep what freight cost, and what air freight would cost more; no metric reads it yet. Costs take freight from unit_cost.",
    columns=(
        text("route", "线路", "A name for the way, such as Ningbo-LAX-ONT8.", required=True, example="EXAMPLE-NINGBO-LAX"),
        choice("mode", "运输方式", "How the goods travel.", MODES, required=True, example="sea"),
        *VALIDITY,
        amount("rate_amount", "运价", "The price of one rate unit.", required=True, example="1.25"),
        choice(
            "rate_unit",
            "计价单位",
            "What the price is for.",
            {"kg": ("公斤", "千克"), "cbm": ("立方米", "方"), "container": ("柜", "整柜"), "unit": ("件", "个")},
            required=True,
            example="kg",
        ),
        CURRENCY,
    ),
    key=("route", "mode", "valid_from"),
)

OPERATING_COST: Final = UserTable(
    name="operating_cost",
    title="A running cost of a month, from a day on",
    zh="运营成本表",
    note="Needed by cash runway and by the overhead in net margin. A cost without a store is the company's: the runway counts it once, and "
    "each store bears the part that cost_share gives it, beside its own costs, whatever their type.",
    columns=(
        STORE,
        text("cost_type", "费用类型", "Such as payroll, rent or software.", required=True, example="EXAMPLE-payroll"),
        *VALIDITY,
        amount("monthly_amount", "月度金额", "What it costs a month.", required=True, example="18000"),
        CURRENCY,
    ),
    key=("store", "cost_type", "valid_from"),
)

COST_SHARE: Final = UserTable(
    name="cost_share",
    title="A store's part in what is paid for all stores, from a day on",
    zh="公共费用分摊表",
    note="Needed by net margin and the composite cost ratio of a company with several stores, as far as rows of operating_cost and "
    "purchase_order name no store. A store's part is its number by the sum of all stores' numbers, so percentages do, and square feet or heads do as "
    "well. Every store of stores.yaml needs one; 0 where it bears nothing.",
    columns=(
        replace(STORE, or_every=False, required=True, note="The store's name in stores.yaml.", example="cascade"),
        *VALIDITY,
        number("part", "分摊份额", "Its part, beside those of the other stores.", least=ZERO, required=True, example="60"),
    ),
    key=("store", "valid_from"),
)

CASH_BALANCE: Final = UserTable(
    name="cash_balance",
    title="What an account held on a day",
    zh="现金余额表",
    note="Needed by cash runway. Amazon's own balance is not typed in here.",
    columns=(
        text("account", "账户", "A name for the account; no account number.", required=True, example="EXAMPLE-main-account"),
        day(
            "balance_on",
            "余额日期",
            "The day at whose end the account held it.",
            also=("as_of", "日期"),
            required=True,
            example="2026-10-31",
        ),
        amount(
            "balance_amount", "余额", "What it held; negative where overdrawn.", required=True, least=None, example="52000.00"
        ),
        amount("warning_amount", "警戒线", "The balance below which the account warns."),
        CURRENCY,
    ),
    key=("account", "balance_on", "currency"),
)

FX_RATE: Final = UserTable(
    name="fx_rate",
    title="What a currency is worth in another one from a day on",
    zh="汇率表",
    note="Needed wherever stores of several currencies are shown in one. The rate of a day is the newest one that holds on it.",
    columns=(
        UserColumn(
            name="currency",
            zh="原币种",
            means=Means.CURRENCY,
            note="The currency that is converted.",
            also=("base", "base_currency", "from_currency"),
            required=True,
            example="EUR",
        ),
        UserColumn(
            name="quote_currency",
            zh="目标币种",
            means=Means.CURRENCY,
            note="The currency it is converted to.",
            also=("quote", "to_currency"),
            required=True,
            example="USD",
        ),
        *VALIDITY,
        number(
            "rate",
            "汇率",
            "How much of the second currency one unit of the first is worth.",
            also=("fx_rate", "exchange_rate"),
            required=True,
            least=Decimal("0.000001"),
            example="1.0850",
        ),
        text("source", "来源", "Where the rate is from, such as a central bank.", example="EXAMPLE-central-bank"),
    ),
    key=("currency", "quote_currency", "valid_from"),
    rules=(Rule("quote_currency", "another currency than the first", lambda row: row["currency"] != row["quote_currency"]),),
)

PURCHASE_ORDER: Final = UserTable(
    name="purchase_order",
    title="One SKU of a purchase order",
    zh="采购订单表",
    note="Needed by the composite cost ratio. What is bought for all stores is shared by cost_share; a row without a store gives way "
    "to rows of the same order and SKU that name one. Suppliers, days and inspections are kept; no metric is made of them yet.",
    columns=(
        replace(STORE, note="The store it was bought for, as named in stores.yaml; blank: all of them."),
        text(
            "po_number", "采购单号", "The order's number.", also=("po", "purchase_order"), required=True, example="EXAMPLE-PO-1"
        ),
        SKU,
        text("supplier", "供应商", "Who delivers it.", required=True, example="EXAMPLE-supplier"),
        day("ordered_on", "下单日期", "The day it was ordered.", required=True, example="2026-08-03"),
        day("promised_on", "承诺交期", "The day the supplier promised it for.", example="2026-09-02"),
        day("received_on", "到货日期", "The day it came; blank while it has not."),
        count("ordered_units", "下单数量", "Units ordered.", required=True, unit="units", example="1000"),
        count("received_units", "到货数量", "Units that came.", unit="units"),
        count("inspected_units", "质检数量", "Units inspected.", unit="units"),
        count("rejected_units", "不合格数量", "Units of those that failed.", unit="units"),
        amount("unit_amount", "采购单价", "The price of one unit.", required=True, example="6.40"),
        CURRENCY,
    ),
    key=("store", "po_number", "sku"),
    rules=(
        not_before("promised_on", "ordered_on"),
        not_before("received_on", "ordered_on"),
        at_most("rejected_units", "inspected_units"),
    ),
)

PROMOTION_COST: Final = UserTable(
    name="promotion_cost",
    title="What a promotion of a SKU costs, and what would have sold without it",
    zh="活动成本表",
    note="Needed by promotion ROI: the baseline decides the answer, so it is written down before the promotion. "
    "In a store of several marketplaces it names its marketplace, and where several stores sell there its store.",
    columns=(
        STORE,
        MARKETPLACE,
        text(
            "promotion",
            "活动名称",
            "The promotion's name, or Amazon's promotion id.",
            required=True,
            example="EXAMPLE-prime-day-deal",
        ),
        SKU,
        day("starts_on", "开始日期", "Its first day.", required=True, example="2026-07-07"),
        day("ends_on", "结束日期", "Its last day, included.", required=True, example="2026-07-10"),
        number(
            "baseline_units",
            "基准销量",
            "Units expected in those days without it.",
            unit="units",
            least=Decimal(0),
            required=True,
            example="180",
        ),
        amount("fee_amount", "活动费用", "Deal or coupon fees that Amazon's reports do not tell apart.", example="300"),
        amount("extra_ads_amount", "额外广告费", "Advertising spent only because of it."),
        CURRENCY,
    ),
    key=("store", "marketplace", "promotion", "sku"),
    rules=(not_before("ends_on", "starts_on"),),
)

SERVICE_FIGURES: Final = UserTable(
    name="service_figures",
    title="What a customer service team did in a period",
    zh="客服数据表",
    note="Needed by first response time, resolution rate and CSAT: an export of the help desk. Other counts are kept. "
    "Give sums, never names of customers or of staff.",
    columns=(
        STORE,
        MARKETPLACE,
        text("team", "团队", "The team or shift; blank: all of it.", or_every=True, example="EXAMPLE-team"),
        choice(
            "queue",
            "渠道",
            "Kind of contact; complaints have limits of their own.",
            {"presale": ("售前", "售前咨询"), "aftersale": ("售后",), "complaint": ("投诉", "售后投诉"), "all": ("全部",)},
            required=True,
            example="presale",
        ),
        PERIOD,
        PERIOD_FROM,
        count("contact_count", "咨询总数", "Contacts received.", required=True, unit="contacts", example="420"),
        count("solved_count", "解决数", "Contacts solved.", unit="contacts", example="390"),
        count("repeated_count", "重复咨询数", "Contacts about something already asked.", unit="contacts", example="25"),
        count("closed_within_24h_count", "24小时闭环数", "Contacts closed within 24 hours.", unit="contacts", example="370"),
        count("automatic_count", "AI回复数", "Contacts answered by software alone.", unit="contacts"),
        number(
            "first_response_median_minutes",
            "首次响应中位数",
            "Median minutes to the first answer.",
            unit="minutes",
            least=Decimal(0),
            example="6.5",
        ),
        number(
            "first_response_p90_minutes",
            "首次响应90分位",
            "Minutes within which nine of ten had the first answer.",
            unit="minutes",
            least=Decimal(0),
        ),
        number("average_response_minutes", "平均响应时间", "Mean minutes to an answer.", unit="minutes", least=Decimal(0)),
        count("enquirer_count", "咨询用户数", "Different people who asked before buying.", unit="people"),
        count("buyer_count", "下单用户数", "Those of them who then bought.", unit="people"),
        count("return_request_count", "退货请求数", "Returns asked for.", unit="returns"),
        count("return_saved_count", "退货挽回数", "Those of them that were settled without a return.", unit="returns"),
        count("csat_response_count", "满意度回复数", "Answers to the satisfaction survey.", unit="answers"),
        count("csat_satisfied_count", "满意数", "Those of them that gave 4 or 5 of 5.", unit="answers"),
    ),
    key=("store", "marketplace", "team", "queue", "period", "period_from"),
    rules=(PERIOD_RULE,),
)
