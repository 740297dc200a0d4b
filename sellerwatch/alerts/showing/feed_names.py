"""What each report brings, in Chinese; the English titles stand in the reports themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sellerwatch.messages.blocks import Language
from sellerwatch.reports.registry import REPORTS

CHINESE: Final[Mapping[str, str]] = {
    "all_orders": "全部订单（按最后更新时间）",
    "fba_inventory": "FBA 库存（所有未禁止显示的 SKU）",
    "inventory_planning": "FBA 库存规划",
    "inventory_summaries": "FBA 库存（库存 API）",
    "sales_traffic": "每日及各商品的销售与流量",
    "fee_preview": "FBA 费用预览",
    "merchant_listings": "全部商品信息",
    "orders_by_date": "全部订单（按下单日期）",
    "seller_feedback": "一至三星的卖家反馈",
    "settlement": "结算报告",
    "storage_fees": "FBA 月度仓储费",
    "fba_returns": "FBA 买家退货",
    "ledger_detail": "库存分类账明细",
    "ledger_summary": "库存分类账每日汇总",
    "merchant_returns": "自配送订单退货",
    "reimbursements": "FBA 赔偿",
    "restock": "补货建议",
    "stranded_inventory": "FBA 无在售信息库存",
    "ads_sb_campaigns": "品牌推广（按广告活动）",
    "ads_sd_campaigns": "展示型推广（按广告活动）",
    "ads_sd_products": "展示型推广（按推广商品）",
    "ads_sp_campaigns": "商品推广（按广告活动）",
    "ads_sp_products": "商品推广（按推广商品）",
    "ads_sp_search_terms": "商品推广（按搜索词）",
    "coupon_performance": "优惠券及其商品",
    "economics": "每日各 SKU 的销售、费用与净收入",
    "promotion_performance": "促销及其商品",
    "repeat_purchase": "品牌商品复购",
    "sales_traffic_trends": "每日各商品的销售与流量趋势",
    "search_catalog_performance": "商品搜索表现",
    "search_query_performance": "商品搜索词表现",
    "seller_performance": "账户状况",
}
"""By report. A test walks it."""


def feed_title(feed: str, language: Language = "en") -> str:
    """Return what a feed brings; nothing where no report has that name."""
    if feed not in REPORTS:
        return ""
    return CHINESE.get(feed, "") if language == "zh" else REPORTS[feed].title
