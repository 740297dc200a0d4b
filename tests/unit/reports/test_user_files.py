"""CSV files that people fill in: recognised, read exactly, or refused with everything that is wrong."""

from datetime import date
from decimal import Decimal

import pytest

from sellerwatch.core.errors import ConfigError
from sellerwatch.reports.user.recognise import NoTableError, named_table, spelt
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.templates import csv_template
from tests.unit.reports.user_files import COSTS, costs, found, read, values

JANUARY = date(2026, 1, 1)


def test_the_table_is_told_by_its_header():
    file = read(costs("A,2026-01-01,5.25,USD"))

    assert [one.table.name for one in file.tables] == ["unit_cost"]
    assert values(file, "store", "marketplace", "sku", "valid_from", "valid_to", "purchase_amount", "freight_amount") == [
        ("*", "*", "A", JANUARY, None, Decimal("5.25"), None)
    ]
    assert file.tables[0].rows[0].line == 2


def test_every_template_is_told_to_be_its_own_table_and_its_example_row_is_refused():
    for name, table in USER_TABLES.items():
        file = read(csv_template(table))

        assert [one.table.name for one in file.tables] == [name]
        assert [(finding.line, "example row" in finding.expected) for finding in file.findings] == [(2, True)]


def test_the_example_row_of_every_template_would_be_fine_without_its_mark():
    for name, table in USER_TABLES.items():
        text = csv_template(table).decode("utf-8-sig").replace("EXAMPLE-", "").replace("example row: delete it", "")
        file = read(text)

        assert (name, file.findings) == (name, ())


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_found(delimiter):
    file = read(costs("A,2026-01-01,5,USD").replace(",", delimiter))

    assert values(file, "sku", "purchase_amount") == [("A", Decimal(5))]


def test_the_delimiter_that_excel_names_in_the_first_line_is_believed():
    file = read("sep=;\n" + costs("A,2026-01-01,5,USD").replace(",", ";"))

    assert values(file, "sku") == [("A",)]
    assert file.tables[0].rows[0].line == 3


CHINESE = "商品编码,生效日期,采购成本,币种,供应商\nA,2026年1月1日,5,人民币,义乌雨伞厂有限公司\n"
GERMAN = "sku,valid_from,purchase_amount,currency,supplier\nA,2026-01-01,5,EUR,Größe & Söhne Köln\n"
JAPANESE = "sku,valid_from,purchase_amount,currency,supplier\nA,2026-01-01,5,JPY,ヨドバシカメラ株式会社\n"


@pytest.mark.parametrize(
    ("text", "charset", "supplier"),
    [
        (CHINESE, "utf-8", "义乌雨伞厂有限公司"),
        (CHINESE, "utf-8-sig", "义乌雨伞厂有限公司"),
        (CHINESE, "utf-16", "义乌雨伞厂有限公司"),
        (CHINESE, "gb18030", "义乌雨伞厂有限公司"),
        (GERMAN, "cp1252", "Größe & Söhne Köln"),
        (JAPANESE, "cp932", "ヨドバシカメラ株式会社"),
    ],
)
def test_the_character_set_is_what_the_bytes_prove(text, charset, supplier):
    file = read(text.encode(charset))

    assert values(file, "supplier") == [(supplier,)]
    assert f"encoding: {charset.removesuffix('-sig')}" in file.notes


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"sku,supplier\nA,\x81\xff\x8d\n", "character set"),
        (b"sku,supplier\nA," + "¤¤".encode("cp1252") + b"\n", "character set"),
        (b"\xef\xbb\xbfsku\xff", "says that it is utf-8"),
        (b"sku,supplier\nA,\0\n", "NUL"),
    ],
)
def test_bytes_that_prove_no_character_set_are_refused(data, what):
    with pytest.raises(ConfigError, match=what):
        read(data)


@pytest.mark.parametrize(
    ("cells", "amounts"),
    [
        (("5", "12.50", "1,234.56"), ("5", "12.5", "1234.56")),
        (("5", "12,50", "1.234,56"), ("5", "12.5", "1234.56")),
        (("12,5", "1.234"), ("12.5", "1234")),
        (("12.5", "1.234"), ("12.5", "1.234")),
        (("$1,234.50", "$ 5"), ("1234.5", "5")),
        (("１２．５", " 7 "), ("12.5", "7")),
        (("1 234,5", "1'000,5"), ("1234.5", "1000.5")),
    ],
)
def test_a_number_is_read_as_its_column_proves(cells, amounts):
    file = read(costs(*(f'S{place};2026-01-01;"{cell}";USD' for place, cell in enumerate(cells))).replace(",", ";", 3))

    assert [amount for (amount,) in values(file, "purchase_amount")] == [Decimal(amount) for amount in amounts]


def test_a_column_that_proves_nothing_is_read_as_the_others_prove():
    header = "sku;valid_from;purchase_amount;freight_amount;currency"
    file = read(costs("A;2026-01-01;1.234;0,5;EUR", header=header))

    assert values(file, "purchase_amount", "freight_amount") == [(Decimal(1234), Decimal("0.5"))]


def test_a_number_that_can_be_two_is_refused_where_nothing_proves_which():
    file = read(costs("A,2026-01-01,1.234,USD"))

    assert found(file) == [(2, "purchase_amount", "1.234")]
    assert "thousands or a fraction; write 1234" in file.findings[0].expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("five", "an amount such as"),
        ("-1", "from 0"),
        ("8%", "an amount such as"),
        ("1E+05", "an amount such as"),
        ("0.0000001", "at most 6 digits"),
        ("99999999999999", "an amount such as"),
        ("--", "an amount such as"),
        ("€5", "an amount in USD"),
    ],
)
def test_what_is_no_amount_of_the_row_is_refused(cell, expected):
    file = read(costs(f"A,2026-01-01,{cell},USD"))

    assert found(file) == [(2, "purchase_amount", cell)]
    assert expected in file.findings[0].expected


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-05",
        "2026/2/5",
        "2026.02.05",
        "20260205",
        "2026年2月5日",
        "5-Feb-2026",
        "Feb 5, 2026",
        "5.2.2026",
        "2026-02-05 00:00:00",
    ],
)
def test_a_day_is_read_in_every_form_that_has_one_meaning(cell):
    file = read(costs(f'A;"{cell}";5;USD', header="sku;valid_from;purchase_amount;currency"))

    assert values(file, "valid_from") == [(date(2026, 2, 5),)]


def test_the_order_of_day_and_month_is_what_the_column_proves():
    american = read(costs("A,2/13/2026,5,USD", "B,2/5/2026,5,USD"))
    european = read(costs("A,13/2/2026,5,USD", "B,2/5/2026,5,USD"))

    assert values(american, "valid_from")[1] == (date(2026, 2, 5),)
    assert values(european, "valid_from")[1] == (date(2026, 5, 2),)


@pytest.mark.parametrize("cell", ["2/5/2026", "2026-02-30", "46027", "1926-01-01", "soon", "2026-02-05 10:30"])
def test_what_is_no_certain_day_is_refused(cell):
    assert found(read(costs(f"A,{cell},5,USD"))) == [(2, "valid_from", cell)]


def test_words_are_read_in_english_and_chinese_and_refused_when_they_mean_nothing():
    header = "店铺,站点,sku,线路,运输方式,生效日期,运输天数,默认线路"
    file = read(costs("cascade,Amazon.de,00501,A,海运,2026-01-01,30,是", ",美国,B,A,AIR,2026-01-01,7,no", header=header))

    assert values(file, "store", "marketplace", "sku", "mode", "is_usual") == [
        ("cascade", "DE", "00501", "sea", True),
        ("*", "US", "B", "air", False),
    ]
    wrong = read(costs("nobody,XX,A,A,rocket,2026-01-01,x,maybe", header=header))
    assert [finding.column for finding in wrong.findings] == ["store", "marketplace", "mode", "transit_days", "is_usual"]
    assert wrong.findings[0].expected == "one of cascade, alpine, or blank for every store"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("1.23E+11,2026-01-01,5,USD", "sku"),
        ("A,2026-01-01,5,USB", "currency"),
        (",2026-01-01,5,USD", "sku"),
        (f"{'x' * 501},2026-01-01,5,USD", "sku"),
    ],
)
def test_cells_that_cannot_be_meant_are_refused(line, column):
    assert [finding.column for finding in read(costs(line)).findings] == [column]


def test_all_that_is_wrong_is_listed_at_once():
    file = read(costs("A,2026-13-01,five,US", "B,,5,USD", "C,2026-01-01,,"))

    assert found(file) == [
        (2, "valid_from", "2026-13-01"),
        (2, "purchase_amount", "five"),
        (2, "currency", "US"),
        (3, "valid_from", ""),
        (4, "purchase_amount", ""),
        (4, "currency", ""),
    ]


def test_two_rows_of_one_key_name_both_lines():
    file = read(costs("A,2026-01-01,5,USD", "B,2026-01-01,5,USD", "A,2026-01-01,6,USD"))

    assert found(file) == [(4, "valid_from", "* / * / A")]
    assert "line 2 has the same" in file.findings[0].expected


def test_two_rows_of_one_key_are_refused_in_a_table_without_validity_too():
    file = read(costs("main,2026-10-31,5,USD", "main,2026-10-31,6,USD", header="account,balance_on,balance_amount,currency"))

    assert found(file) == [(3, "currency", "main / 2026-10-31 / USD")]


def test_two_rows_that_hold_at_the_same_time_name_both_lines():
    header = "sku,valid_from,valid_to,purchase_amount,currency"
    file = read(costs("A,2026-01-01,2026-07-01,5,USD", "A,2026-06-01,,6,USD", header=header))

    assert found(file) == [(3, "valid_from", "2026-06-01")]
    assert "line 2 holds the same * / * / A until then" in file.findings[0].expected
    assert read(costs("A,2026-01-01,2026-06-01,5,USD", "A,2026-06-01,,6,USD", header=header)).findings == ()


def test_a_row_that_ends_before_it_begins_is_refused():
    header = "sku,valid_from,valid_to,purchase_amount,currency"

    assert found(read(costs("A,2026-02-01,2026-02-01,5,USD", header=header))) == [(2, "valid_to", "2026-02-01")]


@pytest.mark.parametrize(
    ("table", "header", "line", "column"),
    [
        ("declared_kpi", "kpi,period,period_from,value", "ipi_score,week,2026-10-01,500", "period_from"),
        ("declared_kpi", "kpi,period,period_from,numerator", "nps,month,2026-10-01,5", "value"),
        ("declared_kpi", "kpi,period,period_from,numerator,denominator", "nps,month,2026-10-01,5,0", "denominator"),
        ("declared_kpi", "kpi,period,period_from,value", "IPI score,month,2026-10-01,5", "kpi"),
        ("fx_rate", "currency,quote_currency,valid_from,rate", "USD,USD,2026-01-01,1", "quote_currency"),
        ("promotion_cost", "promotion,sku,starts_on,ends_on,baseline_units,currency", "P,A,2026-07-10,2026-07-07,1,USD", "ends_on"),
        ("category_baseline", "category,kpi,valid_from,typical_value,low_value,high_value,source", "c,acos,2026-01-01,25,30,20,s", "low_value"),
    ],
)  # fmt: skip
def test_what_must_hold_within_a_row_is_checked(table, header, line, column):
    assert [finding.column for finding in read(costs(line, header=header), table).findings] == [column]


def test_a_header_below_a_title_is_found_and_blank_lines_do_not_matter():
    file = read("Unit costs 2026,,,\n\n" + costs("", "A,2026-01-01,5,USD"))

    assert [row.line for row in file.tables[0].rows] == [5]


def test_a_column_that_is_probably_misspelt_is_refused_and_any_other_is_left_out_with_a_note():
    misspelt = read(costs("A,2026-01-01,5,USD,1", header="sku,valid_from,purchase_amount,currency,freight_amonut"))
    own = read(costs("A,2026-01-01,5,USD,blue", header="sku,valid_from,purchase_amount,currency,colour"))

    assert found(misspelt) == [(1, "freight_amonut", "freight_amonut")]
    assert misspelt.findings[0].expected.startswith("freight_amount")
    assert own.findings == ()
    assert "unknown_column: 'colour' is no column of unit_cost and was left out" in own.notes


def test_a_column_given_twice_and_a_cell_beyond_the_header_are_refused():
    twice = read(costs("A,A,2026-01-01,5,USD", header="sku,seller_sku,valid_from,purchase_amount,currency"))
    beyond = read(costs("A,2026-01-01,5,USD,oops"))

    assert found(twice) == [(1, "seller_sku", "seller_sku")]
    assert found(beyond) == [(2, "", "oops")]


def test_quotes_that_do_not_pair_up_name_their_line():
    with pytest.raises(ConfigError, match="line 3"):
        read(costs("A,2026-01-01,5,USD", '"B,2026-01-01,5,USD'))


@pytest.mark.parametrize(
    ("text", "table", "what"),
    [
        ("", None, "the file is empty"),
        ("a,b\n1,2\n", None, "the header is not that of any table"),
        ("a,b\n1,2\n", "unit_cost", "the header is not that of the table unit_cost"),
        ("sku,purchase_amount\nA,5\n", None, r"the table unit_cost lacks required columns: valid_from \(生效日期\), currency"),
    ],
)
def test_a_file_that_holds_no_whole_table_is_refused(text, table, what):
    with pytest.raises(ConfigError, match=what):
        read(text, table)


def test_a_header_that_fits_two_tables_is_refused_with_both_named():
    header = "store,marketplace,sku,valid_from,kpi,period,period_from,target_value,value"
    with pytest.raises(ConfigError, match="fits several tables: declared_kpi, target"):
        read(costs(",,A,2026-01-01,gmv,month,2026-01-01,5,5", header=header))


def test_a_table_without_a_row_is_refused():
    assert [finding.expected for finding in read(costs()).findings] == ["at least one row below the header"]


def test_a_table_is_named_in_english_or_chinese_and_another_name_lists_all():
    assert named_table("单位成本表") is named_table("unit-cost") is USER_TABLES["unit_cost"]
    with pytest.raises(ConfigError, match="unit_cost, lead_time"):
        named_table("prices")


def test_what_no_table_is_tells_how_to_go_on():
    with pytest.raises(NoTableError, match="--report"):
        read("a,b\n1,2\n")


def test_bytes_that_two_character_sets_read_well_are_refused_with_both_named():
    with pytest.raises(ConfigError, match="gb18030 or cp1252"):
        read(costs("A,2026-01-01,5,USD,你", header=f"{COSTS},supplier").encode("gb18030"))


def test_a_cell_without_an_end_is_refused_however_long_it_is():
    with pytest.raises(ConfigError, match="line 2"):
        read(costs('"' + "x" * 140_000 + "\n"))


def test_a_date_column_that_proves_nothing_is_read_as_the_others_prove():
    header = "sku,valid_from,valid_to,purchase_amount,currency"
    file = read(costs("A,2/5/2026,13/5/2026,5,USD", header=header))

    assert values(file, "valid_from") == [(date(2026, 5, 2),)]


def test_every_table_can_be_asked_for_by_any_header_of_its_columns():
    clashes = []
    for table in USER_TABLES.values():
        headers = [spelt(header) for column in table.columns for header in column.headers]
        own = [spelt(column.name) for column in table.columns]
        clashes += [
            (table.name, header) for header in own if headers.count(header) > own.count(header) + _chinese_twins(table, header)
        ]

    assert clashes == []


def _chinese_twins(table, header):
    """Count the columns whose Chinese header is their own name, such as SKU."""
    return sum(spelt(column.zh) == header == spelt(column.name) for column in table.columns)


def test_every_declaration_is_whole():
    wrong = []
    for table in USER_TABLES.values():
        names = [column.name for column in table.columns]
        wrong += [f"{table.name}: {name} twice" for name in names if names.count(name) > 1]
        wrong += [
            f"{table.name}: {name} may be blank in the key"
            for name in table.key
            if not table.column(name).required | table.column(name).or_every
        ]
        wrong += [f"{table.name}: {rule.column}" for rule in table.rules if rule.column not in names]
        wrong += [f"{table.name}.{column.name} has no note" for column in table.columns if not column.note.endswith(".")]
        wrong += [
            f"{table.name}.{column.name} has no example" for column in table.columns if column.required and not column.example
        ]

    assert wrong == []
    assert {table.scope for table in USER_TABLES.values()} >= {"of the whole company", "per store, marketplace, SKU"}
