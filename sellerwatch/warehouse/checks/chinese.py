"""What each check compares and what to do where it fails, in Chinese; the English words stand in the checks themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from sellerwatch.messages.blocks import Language
from sellerwatch.warehouse.checks.check import Check


class Said(NamedTuple):
    """What a check compares, and what to do where it fails; neither ends with a full stop."""

    title: str
    remedy: str


_ASK_AGAIN: Final = "重新运行当晚任务，会重新拉取该日数据；若差异仍在，请在卖家后台核对两份报告"
_LOOK: Final = "请在卖家后台核对所列 SKU；预警以库存报告为准"
_LOOK_FIRST: Final = "请先确认是否由促销、调价或改动商品页面引起"

SINGLE: Final[Mapping[str, Said]] = {
    "order_in_two_marketplaces": Said(
        "每个订单所属的站点：应当只有一个",
        "亚马逊的订单报告没有按站点过滤，所列订单的销量和销售额会被重复计算；请带上报告编号开 case",
    ),
    "one_asin_per_sku": Said(
        "库存报告中每个 SKU 对应的 ASIN：应当只有一个", "请在卖家后台查看该 SKU 挂在哪个商品上，并关闭另一个"
    ),
    "sales_traffic_by_asin": Said(
        "当日销售与流量同各商品之和", "重新运行当晚任务：商品明细的更新晚于日汇总；在此之前以日汇总为准"
    ),
    "trends_vs_sales_traffic": Said("各商品的销售与流量同 Data Kiosk 趋势数据", _ASK_AGAIN),
    "orders_vs_sales_traffic": Said(
        "当日订单的件数和商品金额同销售与流量报告",
        "重新运行当晚任务；若订单仍偏少，请按下单日期补拉该日；若偏多，请检查是否混入其他站点的订单",
    ),
    "economics_vs_orders": Said("当日订单的件数和销售额同 Data Kiosk 经济数据", _ASK_AGAIN),
    "settlement_total": Said("每份结算的总额同各行之和", "请从原始数据重新加载该结算文件；其明细没有全部入库"),
    "settlement_vs_orders": Said(
        "每个已结算订单的收入同订单明细的商品金额", "请在卖家后台打开所列订单，核对商品价格与结算的 Principal"
    ),
    "ads_sp_products_vs_campaigns": Said("商品推广：各活动的花费、点击和曝光同其推广 SKU 之和", _ASK_AGAIN),
    "ads_sd_products_vs_campaigns": Said("展示型推广：各活动的花费、点击和曝光同其推广 SKU 之和", _ASK_AGAIN),
    "ledger_rows_balance": Said(
        "库存分类账每行的期末数同期初数加变动",
        "重新运行当晚任务，会重新拉取该日；若差异仍在，说明亚马逊的分类账有误，请开 case",
    ),
    "ledger_days_join": Said(
        "分类账每日的期初数同前一日的期末数", "重新运行当晚任务，会重新拉取这两日；在此之前不要使用所列 SKU 的分类账余额"
    ),
    "ledger_events_vs_summary": Said(
        "分类账汇总的变动同各事件之和", "重新运行当晚任务，会重新拉取该日；若差异仍在，说明其中一份报告缺少事件"
    ),
    "ledger_vs_inventory": Said("分类账日终可售库存同次日早晨的库存报告", _LOOK),
    "planning_vs_inventory": Said("库存规划报告中各 SKU 的可售数量同库存报告", _LOOK),
    "restock_vs_inventory": Said("补货报告中各 SKU 的可售数量同库存报告", _LOOK),
    "conversion_band": Said(
        "每百次会话的件数、App 会话占比同本站点最近四周",
        f"{_LOOK_FIRST}；若都不是，说明访问或订单可能不真实，请在卖家后台抽查当日订单",
    ),
    "product_conversion_band": Said(
        "各商品每百次会话的件数同其最近四周", f"{_LOOK_FIRST}；若都不是，请在卖家后台抽查该商品当日的订单"
    ),
    "sales_without_sessions": Said(
        "有销售的日期和商品是否有访问", "重新运行当晚任务：亚马逊公布会话可能晚于销售；若会话仍为 0，请抽查所列商品的订单"
    ),
    "sessions_without_sales": Said(
        "有货、有访问却没有销售的商品，同这么多会话通常带来的件数",
        "请确认所列商品能否购买：报价、价格、配送时效；若能，说明这些访问不是买家",
    ),
    "return_band": Said(
        "每周每百件订购的退货件数（按 SKU 和全店）同自身最近八周",
        "请查看所列 SKU 的退货原因和日期：可能是批次质量、页面描述过度，或订单并非真实订单",
    ),
    "order_bursts": Said(
        "各 SKU 当日、最忙一小时、以及同价同促销的订单数同其最近四周",
        "请确认是否有秒杀、优惠券或站外曝光；若都没有，请在卖家后台抽查所列 SKU 当日的订单",
    ),
    "settled_orders_known": Said(
        "结算付款的每个订单是否出现在订单报告中",
        "请在卖家后台查询所列订单，并按下单日期补拉相应日期的订单；报告里从未有过的订单没有计入任何指标",
    ),
    "shipped_orders_settled": Said(
        "每个已发货订单是否出现在其后的结算中",
        "请在卖家后台查询所列订单：款项是否被预留、是否在付款前已退款，或是否缺少某份结算",
    ),
    "shipments_vs_orders": Said(
        "两周内分类账出库的各 SKU 件数同由亚马逊配送的订购件数",
        "请查看该 SKU 在分类账中的出库：无订单的出库，或从未出库的订单；为自己其他站点发货的库存也会造成差异",
    ),
    "ads_sp_sales_vs_all": Said("一周内商品推广归因的销售额同全部销售额：不应更多", ""),
    "ads_sb_sales_vs_all": Said("一周内品牌推广归因的销售额同全部销售额：不应更多", ""),
    "ads_sd_sales_vs_all": Said("一周内展示型推广归因的销售额同全部销售额：不应更多", ""),
    "order_line_hours": Said(
        "每条订单明细的日期同本站点的时钟：下单时刻应落在该日之内",
        "这些日期入库后站点时区有变：请用 `sellerwatch backfill --mode reparse` 重新解析",
    ),
    "sku_keeps_asin": Said(
        "每个 SKU 对应的 ASIN 同前一日早晨",
        "该 SKU 现在对应另一个商品：按 SKU 的数字会跨越这次变化，按 ASIN 的数字彼此分开；若并非有意，请在卖家后台更正商品",
    ),
    "ads_sp_cost_band": Said(
        "当日商品推广花费占全部销售额的比例同本站点最近四周",
        "请确认是否调整过预算或竞价，或销售下降；若都没有，请把花费与广告账单核对",
    ),
}
"""Checks that are one of their kind."""

KINDS: Final[Mapping[str, Said]] = {
    "_sales_vs_all": Said("", "请确认广告配置文件属于本站点，且两份报告都覆盖整周；在此之前不要采信两者的任何比率"),
    "_repeats": Said(
        "{subject} 的每条记录同其文件中的其他记录：不应有相同的",
        "请查看文件中的所列记录；若亚马逊写了两次，重新运行当晚任务以取得新文件",
    ),
    "_currency": Said("{subject} 中各商品的币种同站点币种", "两种币种的金额不能相加：请检查报告是否混入其他站点的行"),
    "_negatives": Said(
        "{subject} 中小于零的计数：不应存在", "指标按亚马逊所写的数值累加：请查看文件中的所列行，并带上报告编号开 case"
    ),
    "_volume": Said(
        "{subject} 当日的行数和金额同近几周同一星期几的中位数以及前一日",
        "请确认当日是否特殊（促销、停售）；若不是，重新运行当晚任务：文件可能不完整或重复",
    ),
    "_coverage": Said(
        "{subject} 所列内容同前一份文件", "请在卖家后台确认所列对象是否被删除或禁止显示；报告不再列出的是未知，不代表正常"
    ),
    "_days": Said(
        "{subject} 的日期：前后都有的日期之间不应缺日",
        "补拉缺少的日期：在 reports.yaml 中调大该报告的 history_days，然后重新运行当晚任务",
    ),
    "_marketplaces": Said(
        "{subject} 有数据的站点：一个有则都应有",
        "请确认账号是否仍在该站点销售；若不再销售，从 stores.yaml 移除；若仍在销售，请带上报告编号开 case",
    ),
}
"""What checks of the same kind share, by how their names end; what comes before the end is the subject."""


def words(check: Check, language: Language) -> Said:
    """Return what the check compares and what to do, in the language."""
    if language == "en":
        return Said(check.title, check.remedy)
    single = SINGLE.get(check.name, Said("", ""))
    end, kind = next(((end, said) for end, said in KINDS.items() if check.name.endswith(end)), ("", Said("", "")))
    subject = check.name.removesuffix(end)
    return Said(single.title or kind.title.format(subject=subject), single.remedy or kind.remedy)
