"""Each card changes what it is played on, and leaves everything that a careful reader can know."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from sellerwatch.core.marketplaces import BY_CODE
from sellerwatch.simulator.hostile.hostilities import FLAT_FILES, JSON_DOCUMENTS, ORDERS, STOCK
from sellerwatch.simulator.hostile.kinds import Paper
from sellerwatch.simulator.hostile.sheet import read_sheet
from sellerwatch.simulator.ports import Rendered, ReportRequest

HEADER = ("sku", "product-name", "your-price", "mfn-fulfillable-quantity", "store")
NOW = datetime(2026, 11, 17, 13, 30, tzinfo=UTC)


def paper(rendered, code="DE", report_type=STOCK):
    market = BY_CODE[code]
    request = ReportRequest("A1", report_type, (market.id,), None, None, {}, NOW)
    return Paper(request, rendered, (market.id,), lambda _: rendered)


def flat(*rows, charset="utf-8", label="UTF-8", header=HEADER):
    text = "".join("\t".join(row) + "\n" for row in (header, *rows))
    return Rendered("DONE", text.encode(charset), f"text/plain;charset={label}")


STOCKED = flat(
    ("00501", 'Löffel, 9" "groß', "11.99", "", ""),
    ("NA", '"', "", "3", ""),
    ("null", "--", "1234.50", "", ""),
)
IN_JAPAN = flat(("00501", 'ソース "表', "1980.00", "", ""), ("NA", "ポット", "", "3", ""), charset="cp932", label="Windows-31J")
ORDERED = flat(
    ("1-1", "é", "false"),
    ("1-1", "é", "false"),
    header=("amazon-order-id", "product-name", "signature-confirmation-recommended"),
)
TRUTHS = {"stock": paper(STOCKED), "Japan": paper(IN_JAPAN, "JP"), "orders": paper(ORDERED, "US", next(iter(ORDERS)))}
FOLD = str.maketrans("", "", " _-")


def read_carefully(rendered, *, is_japanese):
    """What a reader knows that trusts names of columns, evidence in bytes, and nothing else: one dictionary a record."""
    usual = "cp932" if is_japanese else "cp1252"
    for charset in ("utf-8-sig", usual):
        try:
            text = rendered.body.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    lines = [line.split("\t") for line in text.replace("\r\n", "\n").split("\n")]
    header = [name.casefold().translate(FOLD) for name in lines[0]]
    records = []
    for cells in lines[1:]:
        is_header = [cell.casefold().translate(FOLD) for cell in cells] == header
        if any(cells) and not is_header:
            padded = cells + [""] * (len(header) - len(cells))
            record = dict(zip(header, padded, strict=True))
            records.append({name: "" if name == "yourprice" and cell == "--" else cell for name, cell in record.items()})
    return records


OPTIONAL = {"store", "signatureconfirmationrecommended"}


@pytest.mark.parametrize("truth", TRUTHS)
def test_a_spoilt_flat_file_still_says_everything_to_a_careful_reader(truth):
    given = TRUTHS[truth]
    whole = read_carefully(given.rendered, is_japanese=truth == "Japan")

    for hostility in FLAT_FILES:
        spoilt = hostility.act.spoil(given)
        known = read_carefully(spoilt, is_japanese=truth == "Japan")
        for record, told in zip(known, whole, strict=True):
            assert {name: cell for name, cell in told.items() if name not in OPTIONAL} == {
                name: cell for name, cell in record.items() if name in told and name not in OPTIONAL
            }, hostility.name


def test_every_flat_card_finds_something_to_spoil():
    idle = [
        hostility.name
        for hostility in FLAT_FILES
        if all(hostility.act.spoil(given) == given.rendered for given in TRUTHS.values())
    ]

    assert idle == []


@pytest.mark.parametrize("rendered", [Rendered("CANCELLED"), Rendered("DONE"), Rendered("DONE", b"{}", "application/json")])
def test_a_flat_card_leaves_anything_else_alone(rendered):
    assert [hostility.name for hostility in FLAT_FILES if hostility.act.spoil(paper(rendered)) != rendered] == []


def test_a_character_that_the_old_set_lacks_keeps_the_document_as_it_was():
    given = paper(flat(("A", "Łódź", "1.00", "", "")))

    assert {card.act.spoil(given).content_type for card in FLAT_FILES if card.name in {"old_charset", "wrong_charset"}} == {
        "text/plain;charset=UTF-8"
    }


def test_a_quoted_file_stays_quoted_cell_by_cell():
    text = '"Date"\t"Title"\t"Store"\n"11/16/2026"\t"9"" wide"\t""\n'
    given = paper(Rendered("DONE", text.encode(), "text/plain;charset=UTF-8"), report_type="GET_LEDGER_SUMMARY_VIEW_DATA")

    for hostility in FLAT_FILES:
        body = hostility.act.spoil(given).body.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(body, newline=""), delimiter="\t"))
        assert any('9" wide' in row for row in rows), hostility.name
        assert '"9"" wide"' in body


def test_a_sheet_that_is_not_touched_is_written_as_it_was_read():
    for given in TRUTHS.values():
        sheet = read_sheet(given.rendered)
        assert (sheet.body, sheet.content_type) == (given.rendered.body, given.rendered.content_type)


DOCUMENT = {"name": "größer", "rows": [{"asin": "A", "units": 3, "parts": [{"sessions": 4}]}, "x"]}
WHOLE_JSON = Rendered("DONE", json.dumps(DOCUMENT, ensure_ascii=False).encode(), "application/json;charset=UTF-8")


def without_new(value):
    if isinstance(value, dict):
        return {name: without_new(item) for name, item in value.items() if name != "announcedOnNoPage"}
    return [without_new(item) for item in value] if isinstance(value, list) else value


def test_a_json_card_changes_the_writing_and_not_the_values():
    for hostility in JSON_DOCUMENTS:
        spoilt = hostility.act.spoil(paper(WHOLE_JSON))
        assert spoilt != WHOLE_JSON, hostility.name
        assert without_new(json.loads(spoilt.body)) == DOCUMENT, hostility.name


def test_a_json_card_leaves_a_flat_file_alone():
    assert [item.name for item in JSON_DOCUMENTS if item.act.spoil(paper(STOCKED)) != STOCKED] == []
