"""All listings of a marketplace, active or not: the price, the state, and since when each SKU is offered.

The header comes in the language of the account or the store, sometimes in that of an earlier request; the names below were
seen. A language not among them is refused with the header found. The report carries no date and no currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import BinaryIO

import pyarrow as pa

from sellerwatch.core.periods import local_day
from sellerwatch.reports.computed import constant
from sellerwatch.reports.contract import Column, Content, FactTable, Kind, Replace, Report
from sellerwatch.reports.document import DocumentContext, Parsed
from sellerwatch.reports.localfile import read_local_file


@dataclass(frozen=True, slots=True)
class MerchantListing:
    """One SKU's offer on one day."""

    snapshot_on: date
    sku: str
    listing_id: str | None
    asin: str | None
    product_id: str | None
    product_id_type: str | None
    product_name: str | None
    price_amount: Decimal | None
    currency: str | None
    offered_units: int | None
    pending_units: int | None
    opened_at_utc: datetime | None
    item_condition: str | None
    fulfillment_channel: str | None
    status: str | None


COLUMNS = (
    Column("snapshot_on", "", Kind.DAY, "The marketplace's local day on which Amazon made the report; computed."),
    Column(
        "sku",
        "seller-sku",
        Kind.TEXT,
        "The seller's SKU, exactly as written.",
        required=True,
        also=(
            "出品者SKU",
            "卖家 SKU",
            "Händler-SKU",
            "SKU venditore",
            "sku-vendeur",
            "SKU del vendedor",
            "sku-sprzedawcy",
            "seller-sku (satıcı sku)",
            "sku-البائع",
        ),
    ),
    Column(
        "listing_id",
        "listing-id",
        Kind.TEXT,
        "Amazon's id of the offer.",
        also=(
            "出品ID",
            "Angebotsnummer",
            "Numero offerta",
            "id-offre",
            "Identificador del listing",
            "identyfikator-oferty",
            "listing-id (liste kaydı numarası)",
            "رقم-العرض",
        ),
    ),
    Column("asin", "asin1", Kind.TEXT, "Amazon's product id."),
    Column(
        "product_id",
        "product-id",
        Kind.TEXT,
        "The id the product was listed under.",
        also=(
            "商品ID",
            "商品编码",
            "Produkt-ID",
            "Identificativo del prodotto",
            "id-produit",
            "Identificador del producto",
            "identyfikator-produktu",
            "product-id (ürün numarası)",
            "رقم-المنتج",
        ),
    ),
    Column(
        "product_id_type",
        "product-id-type",
        Kind.TEXT,
        "What kind of id that is, as a number of Amazon's.",
        also=(
            "商品IDタイプ",
            "商品编码类型",
            "Produkt-ID-Typ",
            "Tipo di identificativo del prodotto",
            "type-id-produit",
            "Tipo de identificador de producto",
            "typ-identyfikatora-produktu",
            "product-id-type (ürün numarası türü)",
            "نوع-رقم-المنتج",
        ),
    ),
    Column(
        "product_name",
        "item-name",
        Kind.TEXT,
        "The listing's title.",
        also=(
            "商品名",
            "商品名称",
            "Artikelbezeichnung",
            "Nome dell'articolo",
            "nom-produit",
            "Título del producto",
            "nazwa-produktu",
            "item-name (ürün adı)",
            "اسم-المنتج",
        ),
    ),
    Column(
        "price_amount",
        "price",
        Kind.MONEY,
        "The offer's price of one unit.",
        required=True,
        also=(
            "価格",
            "价格",
            "Preis",
            "Prezzo",
            "prix",
            "Precio",
            "cena",
            "price (fiyat)",
            "السعر",
        ),
    ),
    Column("currency", "", Kind.TEXT, "The marketplace's currency; computed, the report names none."),
    Column(
        "offered_units",
        "quantity",
        Kind.INTEGER,
        "Units the seller offers to ship; blank where Amazon ships.",
        also=(
            "数量",
            "Menge",
            "Quantità",
            "quantité",
            "Cantidad",
            "ilość",
            "quantity (adet)",
            "الكمية",
        ),
    ),
    Column(
        "pending_units",
        "pending-quantity",
        Kind.INTEGER,
        "Units in orders that are not paid for yet.",
        also=(
            "在庫数",
            "等待购买数量",
            "Quantità in sospeso",
            "Cantidad pendiente",
            "ilość-oczekująca",
            "pending-quantity (bekleyen adet)",
        ),
    ),
    Column(
        "opened_at_utc",
        "open-date",
        Kind.INSTANT,
        "When the offer was made; empty where the time zone named is not known.",
        also=(
            "出品日",
            "开售日期",
            "Erstellungsdatum",
            "Data di creazione",
            "date-ouverture",
            "Fecha de creación",
            "data-otwarcia",
            "open-date (yayınlanma tarihi)",
            "تاريخ-مفتوح",
        ),
    ),
    Column(
        "item_condition",
        "item-condition",
        Kind.TEXT,
        "New, or a used grade, as a number of Amazon's.",
        also=(
            "コンディション",
            "商品状况",
            "Artikelzustand",
            "Condizione dell'articolo",
            "état-produit",
            "stan-produktu",
            "item-condition (ürün durumu)",
            "حالة-المنتج",
        ),
    ),
    Column(
        "fulfillment_channel",
        "fulfillment-channel",
        Kind.TEXT,
        "Who ships: DEFAULT is the seller, AMAZON_NA and its like are Amazon.",
        also=(
            "fulfilment-channel",
            "フルフィルメント・チャンネル",
            "配送渠道",
            "Versender",
            "Canale di gestione",
            "canal-traitement",
            "Canal de gestión logística",
            "kanał-realizacji",
            "fulfillment-channel (dağıtım kanalı)",
            "قناة-الشحن",
        ),
    ),
    Column(
        "status",
        "status",
        Kind.TEXT,
        "Active, Inactive or Incomplete.",
        required=True,
        also=(
            "ステータス",
            "状态",
            "stato",
            "état",
            "estado",
            "durum",
            "الحالة",
        ),
    ),
)

MERCHANT_LISTING = FactTable(
    name="merchant_listing",
    columns=COLUMNS,
    key=("snapshot_on", "sku"),
    replace=Replace.SNAPSHOT,
    scope="snapshot_on",
    row=MerchantListing,
    title="One SKU's offer on one day",
)

_UNUSED = "no metric needs it"
_LONG = "long text of the seller's that no metric needs"
_SHOP = "of a kind of shop that Amazon closed"
LEFT_OUT: Mapping[str, str] = {
    "item-description": _LONG,
    "商品の説明": _LONG,
    "商品描述": _LONG,
    "Artikelbeschreibung": _LONG,
    "Descrizione dell'articolo": _LONG,
    "Descripción del producto": _LONG,
    "opis-produktu": _LONG,
    "وصف-المنتج": _LONG,
    "item-note": _LONG,
    "コンディション説明": _LONG,
    "商品备注": _LONG,
    "Anmerkung zum Artikel": _LONG,
    "Note sull'articolo": _LONG,
    "note-état-article": _LONG,
    "Nota sobre el producto": _LONG,
    "uwaga-o-produkcie": _LONG,
    "item-note (ürün notu)": _LONG,
    "ملاحظة-المنتج": _LONG,
    "image-url": _UNUSED,
    "item-is-marketplace": _UNUSED,
    "asin2": _UNUSED,
    "asin3": _UNUSED,
    "will-ship-internationally": _UNUSED,
    "国外へ配送可": _UNUSED,
    "国际配送": _UNUSED,
    "expedited-shipping": _UNUSED,
    "迅速な配送": _UNUSED,
    "加急配送": _UNUSED,
    "add-delete": _UNUSED,
    "merchant-shipping-group": _UNUSED,
    "optional-payment-type-exclusion": _UNUSED,
    "scheduled-delivery-sku-set": _UNUSED,
    "ポイント": _UNUSED,
    "bid-for-featured-placement": _SHOP,
    "zshop-shipping-fee": _SHOP,
    "zshop-category1": _SHOP,
    "zshop-browse-path": _SHOP,
    "zshop-storefront-feature": _SHOP,
    "zshop-boldface": _SHOP,
}


def parse(data: BinaryIO | bytes, context: DocumentContext) -> Parsed:
    """Read a merchant listings document."""
    return read_local_file(data, context, table=MERCHANT_LISTING, left_out=LEFT_OUT, compute=_compute)


def _compute(facts: pa.Table, context: DocumentContext) -> dict[str, pa.Array]:
    snapshot_on = local_day(context.observed_at, context.marketplace.zone)
    return {
        "snapshot_on": constant(facts, snapshot_on, pa.date32()),
        "currency": constant(facts, context.marketplace.currency, pa.string()),
    }


REPORT = Report(
    name="merchant_listings",
    amazon_type="GET_MERCHANT_LISTINGS_ALL_DATA",
    title="All listings",
    content=Content.TSV,
    tables=(MERCHANT_LISTING,),
    left_out=LEFT_OUT,
    parse=parse,
)
