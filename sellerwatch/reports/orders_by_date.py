"""All orders by order date: the same order lines as `all_orders`, asked for by the day they were placed.

Both fill the one table `order_line`: a newer document of either replaces the orders it names.
"""

from __future__ import annotations

from sellerwatch.reports.all_orders import FILE, LEFT_OUT, ORDER_LINE
from sellerwatch.reports.contract import Content, Report

REPORT = Report(
    name="orders_by_date",
    amazon_type="GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL",
    title="All orders by order date",
    content=Content.TSV,
    tables=(ORDER_LINE,),
    left_out=LEFT_OUT,
    parse=FILE.parse,
    stream=FILE.stream,
)
