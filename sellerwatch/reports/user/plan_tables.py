"""The tables of plans: what stage goods are in, what is aimed at, what is coming, and what else people declare."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sellerwatch.reports.user.declare import Means, Rule, UserColumn, UserTable
from sellerwatch.reports.user.shared_columns import (
    ENDS,
    HUNDRED,
    MARKETPLACE,
    PERIOD,
    PERIOD_FROM,
    PERIOD_RULE,
    SKU,
    STARTS,
    STORE,
    VALIDITY,
    ZERO,
    at_most,
    choice,
    count,
    day,
    not_before,
    number,
    percent,
    text,
)

_DAYS: Final = Decimal(720)
KPI: Final = UserColumn(
    name="kpi",
    zh="指标",
    means=Means.NAME,
    required=True,
    note="The KPI's name as in docs/metrics.md, or a name of your own: small letters, digits and _.",
    also=("metric", "指标名称"),
    example="example_kpi",
)
SUBJECT: Final = text(
    "subject",
    "对象",
    "What it is about beside store and marketplace: a SKU, an ASIN, a team or a role; blank: the whole. No person's name.",
    or_every=True,
)

LIFECYCLE_STAGE: Final = UserTable(
    name="lifecycle_stage",
    title="The stage of a SKU's life, from a day on",
    zh="生命周期表",
    note="Needed to give new, mature and clearance SKUs their own limits and targets, and to compare with their category.",
    columns=(
        STORE,
        MARKETPLACE,
        SKU,
        *VALIDITY,
        choice(
            "stage",
            "阶段",
            "Where it stands.",
            {
                "new": ("新品", "导入期"),
                "growth": ("成长", "成长期"),
                "mature": ("成熟", "成熟期"),
                "decline": ("衰退", "衰退期"),
                "clearance": ("清仓", "清货"),
                "ended": ("停售",),
            },
            required=True,
            example="mature",
        ),
        text("category", "类目", "The category whose baselines it is compared with.", example="EXAMPLE-umbrellas"),
        text("brand", "品牌", "The brand, for brand figures."),
        UserColumn(
            name="is_replenished", zh="是否补货", means=Means.FLAG, note="Whether it is bought again; no: it may sell out."
        ),
    ),
    key=("store", "marketplace", "sku", "valid_from"),
)

TARGET: Final = UserTable(
    name="target",
    title="What a KPI should reach in a time",
    zh="目标表",
    note="Needed by attainment of any KPI. Targets are agreed for a time; a new version starts on a later day or has a higher version; "
    "of a target that begins within its period the days from then on count, each with its part. "
    "In a store of several marketplaces a target for gmv names its marketplace, and where several stores sell its store: what each should "
    "bring of a common one nobody said.",
    columns=(
        STORE,
        MARKETPLACE,
        KPI,
        SUBJECT,
        PERIOD,
        STARTS,
        ENDS,
        number("target_value", "目标值", "The value to reach in each period.", required=True, example="120000"),
        number("floor_value", "底线值", "Below it (above it, where lower is better) the KPI is red."),
        number("stretch_value", "挑战值", "The value that counts as outstanding."),
        percent("weight_pct", "权重", "Its share of the scorecard.", least=ZERO, most=HUNDRED, example="30"),
        UserColumn(
            name="currency",
            zh="币种",
            means=Means.CURRENCY,
            note="For amounts: their currency.",
            also=("currency_code", "货币"),
        ),
        text("owner_role", "负责岗位", "The role that owns it, such as operations; no person's name.", example="operations"),
        count("version", "版本", "Counts up when the target is agreed anew.", example="1"),
    ),
    key=("store", "marketplace", "kpi", "subject", "period", "valid_from"),
)

CATEGORY_BASELINE: Final = UserTable(
    name="category_baseline",
    title="What is usual for a KPI in a category, from a day on",
    zh="类目基准表",
    note="Needed by the sanity check of targets and by comparisons. Amazon publishes none, so each row names its source.",
    columns=(
        MARKETPLACE,
        text("category", "类目", "The category, as in lifecycle_stage.", required=True, example="EXAMPLE-umbrellas"),
        KPI,
        *VALIDITY,
        number("typical_value", "均值", "What is usual.", also=("类目均值", "行业均值"), required=True, example="25"),
        number("low_value", "较低值", "The lower end of what is usual."),
        number("high_value", "较高值", "The upper end of what is usual."),
        text("source", "来源", "Who says so, and when.", required=True, example="EXAMPLE-industry-report-2026"),
    ),
    key=("marketplace", "category", "kpi", "valid_from"),
    rules=(at_most("low_value", "high_value"),),
)

DECLARED_KPI: Final = UserTable(
    name="declared_kpi",
    title="A KPI that people count themselves, for a period",
    zh="自报指标表",
    note="For what no interface of Amazon's gives: IPI score, NPS and survey answers, review counts and ratings, keyword ranks, "
    "certifications, proposals, knowledge-base entries, training milestones, satisfaction with packaging, and any KPI of your own.",
    columns=(
        STORE,
        MARKETPLACE,
        KPI,
        SUBJECT,
        PERIOD,
        PERIOD_FROM,
        number("value", "数值", "The value, where it is no ratio or the parts are not known.", also=("指标值",), example="512"),
        number("numerator", "分子", "The upper part of a ratio, such as promoters minus detractors, or tests passed."),
        number("denominator", "分母", "The lower part of it, such as all answers, or tests taken."),
        text("unit", "单位", "What the value counts, such as score, % or days.", example="score"),
        text("source", "来源", "Where it is from.", example="EXAMPLE-seller-central"),
    ),
    key=("store", "marketplace", "kpi", "subject", "period", "period_from"),
    rules=(
        PERIOD_RULE,
        Rule(
            "value",
            "a value, or a numerator and a denominator",
            lambda row: row["value"] is not None or None not in {row["numerator"], row["denominator"]},
        ),
        Rule("denominator", "not 0: nothing was counted, so leave the row out", lambda row: row["denominator"] != 0),
    ),
)

EVENT: Final = UserTable(
    name="event",
    title="Something that makes some days different",
    zh="活动日历",
    note="Needed by year-on-year comparisons, peak weights, stock preparation reminders, declared investments and policy changes.",
    columns=(
        STORE,
        MARKETPLACE,
        text(
            "event",
            "事件",
            "Its name, such as Prime Day.",
            also=("event_name", "活动"),
            required=True,
            example="EXAMPLE-prime-day",
        ),
        choice(
            "kind",
            "类型",
            "What it is.",
            {
                "peak": ("旺季", "大促"),
                "off_season": ("淡季",),
                "promotion": ("促销",),
                "holiday": ("节假日",),
                "brand_investment": ("品牌投入",),
                "policy": ("平台政策",),
                "logistics_delay": ("物流延误",),
                "experiment": ("测试", "实验"),
            },
            required=True,
            example="peak",
        ),
        STARTS,
        UserColumn(
            name="valid_to",
            zh="失效日期",
            means=Means.DAY,
            required=True,
            note="The first day after it.",
            also=ENDS.also,
            example="2026-01-05",
        ),
        number(
            "expected_factor",
            "预期倍数",
            "Sales expected, as a multiple of an ordinary day.",
            least=ZERO,
            most=HUNDRED,
            example="3",
        ),
        text("kpis", "相关指标", "KPIs it concerns, separated by spaces; blank: all."),
        text("remark", "备注", "What people should know of it."),
    ),
    key=("store", "marketplace", "event", "valid_from"),
)

SALES_FORECAST: Final = UserTable(
    name="sales_forecast",
    title="Units of a SKU that a period or an event is expected to sell",
    zh="销售预测表",
    note="Needed by stocking deviation and by the checks 60, 30 and 14 days before an event.",
    columns=(
        STORE,
        MARKETPLACE,
        SKU,
        text("event", "事件", "The event it is for, as in the table event; blank: the period as a whole.", or_every=True),
        PERIOD,
        PERIOD_FROM,
        number(
            "forecast_units", "预测销量", "Units expected to sell.", required=True, unit="units", least=ZERO, example="1800"
        ),
        number("planned_stock_units", "计划备货量", "Units meant to lie ready.", unit="units", least=ZERO, example="2100"),
    ),
    key=("store", "marketplace", "sku", "event", "period", "period_from"),
    rules=(PERIOD_RULE,),
)

PRODUCT_LAUNCH: Final = UserTable(
    name="product_launch",
    title="A new product, from its project to its success",
    zh="新品上市表",
    note="Needed by launch cycle days, the success rate of new products and the accuracy of product picks.",
    columns=(
        STORE,
        MARKETPLACE,
        SKU,
        day("started_on", "立项日期", "The day the project began.", required=True, example="2026-06-01"),
        day("launched_on", "上架日期", "The first day it could be bought; blank: taken from Amazon's listings."),
        count(
            "platform_days",
            "平台限制天数",
            "Days lost to Amazon's own approvals; left out of the score.",
            unit="days",
            most=_DAYS,
            example="4",
        ),
        UserColumn(
            name="success_kpi",
            zh="成功指标",
            means=Means.NAME,
            note="The KPI that decides its success.",
            example="unit_session_pct",
        ),
        number("success_value", "成功标准", "The value to reach.", example="8"),
        count(
            "success_after_days",
            "考核天数",
            "Days after the launch at which it is looked at.",
            unit="days",
            most=_DAYS,
            example="90",
        ),
        choice("picked_by", "选品方式", "Who picked it.", {"people": ("人工",), "software": ("AI", "工具")}, example="people"),
    ),
    key=("store", "marketplace", "sku"),
    rules=(not_before("launched_on", "started_on"),),
)
