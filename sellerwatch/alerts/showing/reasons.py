"""Why something could not be judged or is watched no more, in each language: the words of a judgement and the codes of metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sellerwatch.messages.blocks import Language
from sellerwatch.metrics.reasons import REASONS

CODES: Final[Mapping[str, str]] = {
    "no_data": "该期间没有数据，或所需字段为空",
    "missing_days": "该期间有几天的数据未到",
    "missing_marketplaces": "有站点没有数值",
    "missing_skus": "部分 SKU 没有数值，未计入合计",
    "missing_values": "部分待判定的数值缺失",
    "blank_cells": "填写的表格有空白单元格，相应行未计入",
    "never_delivered": "该报告从未送达",
    "stale": "填写的数据已过有效期",
    "short_history": "有库存记录的天数太少，不足以为据",
    "immature": "亚马逊尚未公布全部数据，或尚未到判定日",
    "sales_without_sessions": "商品有销量的日子没有会话数：尚未公布，或未经访问即购买",
    "pending_orders": "订单尚未付款，没有价格",
    "price_missing": "订单已付款，但亚马逊未提供价格",
    "quantity_missing": "订单明细缺少数量",
    "not_observable": "本店铺没有拉取能得出它的报告",
    "other_currency": "其他币种的金额未计入",
    "no_rate": "有金额的币种没有汇率",
    "no_user_data": "所需数据尚未填写",
    "not_shared": "有费用由所有店铺共同承担，但未说明各店铺的份额",
    "no_target": "没有目标值，或目标值不大于零",
    "missing_target": "该期间有几天没有目标值，这些天未计入销售额和目标",
    "missing_cost": "成本未知的 SKU 未计入销售额和成本",
    "incomplete_cost": "部分成本项为空，并不等于 0",
    "returns_unseen": "有退款，但退回的商品是否可售尚不清楚",
    "missing_freight": "运费未知的 SKU 未计入",
    "missing_overhead": "有几天没有运营成本",
    "missing_stock_cost": "成本未知的 SKU 的库存未计入",
    "incomparable": "两个成本的条款、币种或构成不同",
    "not_additive": "多行中位数或单一数值无法合并为总数",
    "no_reviews": "此前没有评论",
    "nothing_invested": "没有投入资金",
    "out_of_stock": "没有可售库存，可售天数为 0",
    "insufficient": "有货的天数太少，无法判断销售速度",
    "no_demand": "没有售出或发出，无从计算",
    "not_listed": "亚马逊不再配送该商品",
    "no_price": "该期间没有成交，无法取得价格",
    "no_stock": "没有库存，无从计算",
    "below_min_volume": "样本量低于该指标的下限，不足以说明问题",
    "negative_denominator": "退回多于售出，比率没有意义",
    "zero_denominator": "分母为 0",
    "no_sales": "没有销售",
    "no_sales_last_year": "去年同期没有销售，或数据未知",
    "no_ad_sales": "没有归因于广告的销售",
    "no_spend": "没有广告支出",
    "no_orders": "没有订单",
    "no_shipments": "没有发货",
    "no_sessions": "没有会话",
    "no_page_views": "没有页面浏览",
    "no_feedback": "没有收到反馈",
    "no_customers": "没有买家",
    "no_impressions": "没有曝光",
    "no_clicks": "没有点击",
    "no_cart_adds": "没有加购",
    "no_purchases": "没有购买",
}
"""What each code of a metric means in Chinese; metrics/reasons.py has the English. A test walks it."""

CHECK_CODES: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "not_pulled": "a report it needs is not pulled",
        "nothing_new": "nothing new came",
        "feed_missing": "a report it needs is missing",
        "not_settled": "the days are not settled yet",
        "nothing_to_compare": "there is nothing to compare",
        "said_by_coverage": "the check of what vanished says it",
        "blank_amounts": "amounts are blank",
        "settled_in_part": "only a part is settled",
        "before_history": "it lies before what is known",
        "no_history": "there is no history to compare with",
        "no_baseline": "what it is compared with is not known",
    },
    "zh": {
        "not_pulled": "没有拉取所需的报告",
        "nothing_new": "没有新数据",
        "feed_missing": "缺少所需的报告",
        "not_settled": "数据尚未结清",
        "nothing_to_compare": "没有可比较的内容",
        "said_by_coverage": "已由缺失检查告知",
        "blank_amounts": "金额为空",
        "settled_in_part": "只结算了一部分",
        "before_history": "早于已有数据",
        "no_history": "没有可比较的历史数据",
        "no_baseline": "缺少可比较的基准",
    },
}
"""Why a data check or a rule did not judge, beside the codes that it shares with metrics. A test walks it."""

SENTENCES: Final[Mapping[str, str]] = {
    "{feeds} is late and {others} is partial": "{feeds} 的数据延迟，{others} 的数据不完整",
    "{feeds} is partial": "{feeds} 的数据不完整",
    "{feeds} is late": "{feeds} 的数据延迟",
    "not in tonight's data": "今晚的数据未包含该项",
    "a later episode has begun": "已开始新一轮告警",
    "Amazon no longer ships the offer": "亚马逊不再配送该商品",
    "not watched while new": "新品期不监控",
    "not watched while mature": "成熟期不监控",
    "not watched while clearance": "清仓期不监控",
    "the plan of its nights is paused": "该店铺的夜间任务已暂停",
    "the rule {rule} is in shadow now, and tells nobody": "规则 {rule} 现处于试运行期，不再通知任何人",
    "the rule {rule} is no longer configured": "规则 {rule} 已从配置中移除",
    "the rule {rule} no longer watches a {kind}": "规则 {rule} 不再监控这类对象（{kind}）",
    "the marketplace {marketplace} is no longer watched": "站点 {marketplace} 不再监控",
    "the report {report} is no longer pulled": "报告 {report} 不再拉取",
    "the data check {check} no longer exists": "数据校验 {check} 已不存在",
}
"""What a judgement gives as its reason, and the same in Chinese. A test makes every reason and looks here for it."""


_LISTED: Final[Mapping[Language, str]] = {"en": "; ", "zh": "；"}


def reason_words(reason: str, language: Language = "en") -> str:
    """Return a reason in the language, or several that stand in a list; one that nobody knows stays as it is."""
    codes = [_code_words(code, language) for code in reason.split(", ")]
    if all(codes):
        return _LISTED[language].join(filter(None, codes))
    if language == "en":
        return reason
    return next((chinese.format(**found) for said, chinese in SENTENCES.items() if (found := _parts(said, reason))), reason)


def _code_words(code: str, language: Language) -> str | None:
    if code in CHECK_CODES[language]:
        return CHECK_CODES[language][code]
    if language == "zh":
        return CODES.get(code)
    return REASONS[code].meaning if code in REASONS else None


def _parts(said: str, reason: str) -> dict[str, str] | None:
    """Return what stands in a sentence's places; None where the reason is another one."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(said))
    found = re.fullmatch(pattern, reason)
    return found and (found.groupdict() or {"": ""})
