"""Digest, holding and doubt leave the same behind on both databases, and their words exist in both languages."""

import re
from decimal import Decimal

import pytest

from sellerwatch.alerts.telling.digest import About, DigestRow, csv_text, digest_message, paged, ranked
from sellerwatch.alerts.telling.words import PHRASES
from sellerwatch.messages.codec import from_dict
from sellerwatch.messages.plain import render_plain
from sellerwatch.messages.slack import attachments_of
from tests.spec.small_world import NIGHT, day
from tests.unit.alerts.judged_store import JudgedStore
from tests.unit.alerts.test_scenarios import calls


@pytest.fixture
def store(warehouse, shipped):
    return JudgedStore(warehouse, shipped, store_id="test_store")


def test_three_nights_are_told_alike_on_both_databases(store):
    store.also_watching("gmv")
    store.put("gmv", "sku", "R", 5.0)
    skus = {f"S{number:02}": 40.0 for number in range(30)}

    first = store.night(0, skus | {"R": 0.5, "S00": 6.0})
    second = store.night(1, dict.fromkeys(skus, 2.5) | {"R": 0.5})
    third = store.night(2, dict.fromkeys(skus, 2.0) | {"R": 0.5})

    assert sorted(calls(first).split()) == ["P:red", "P:yellow"]
    assert sorted(calls(second).split()) == ["P:orange", "U:red"], "the doubt; and R runs out on another day"
    assert sorted(calls(third).split()) == ["P:orange", "R:orange", "U:grey", "U:grey", "U:red"], "15 of 30 rows in the thread"
    assert store.again(2) == []
    (page,) = (row for row in store.outbox() if row.kind == "reply" and row.thread_key.startswith("digest-"))
    (file,) = attachments_of(from_dict(page.message))
    heading, *lines = file.text.splitlines()
    assert heading.startswith("place,rule,marketplace,subject")
    assert len(lines) == 30
    assert day(2) > NIGHT


def row(number, **more):
    given = {"tier": "yellow", "words": "6 days of cover", **more}
    return DigestRow("digest-x", f"f{number}", 1, "stockout_tiers", "US", f"SKU-{number}", **given)


def test_the_words_of_both_languages_have_the_same_names_and_places():
    assert PHRASES["en"].keys() == PHRASES["zh"].keys()
    for name, words in PHRASES["en"].items():
        places = [sorted(re.findall(r"{(\w+)", text)) for text in (words, PHRASES["zh"][name])]
        assert places[0] == places[1], name


def test_a_chinese_digest_has_no_english_words_of_its_own():
    about = About("山麓店", NIGHT, "zh", shows_places=False)
    rows = [row(1, words="可售 6 天"), row(2, words="可售 5 天", standing="resolved", place=2)]

    text = render_plain(digest_message(rows, about))

    assert "山麓店：2 条预警（黄色 2）" in text
    assert "共 2 条，均列于此。" in text
    assert re.findall(r"[A-Za-z]{2,}", text) == ["SKU", "SKU"]


def test_a_spreadsheet_takes_no_subject_for_a_formula():
    assert "'=cmd()" in csv_text([row(1, words="=cmd()")])


@pytest.mark.parametrize("text", ["x", "&" * 160, "长" * 160, "😀" * 160])
def test_no_row_is_lost_between_pages_whatever_it_holds(text):
    about = About("Store", NIGHT, "en", shows_places=True)
    rows = [row(number, words=text) for number in range(200)]

    pages = paged(rows, about, inline=15)

    assert [item for page in pages for item in page] == rows
    assert len(pages[0]) <= 15


def test_amounts_of_several_currencies_are_not_held_against_each_other():
    """A thousand kronor are less than nine hundred euros: Sweden must not push Germany out of the message."""

    def of(subject, place, amount, currency):
        worth = None if amount is None else Decimal(amount)
        return DigestRow("digest-1", subject, 1, "r", place, subject, "yellow", "3 days", amount=worth, currency=currency)

    rows = [of("S1", "SE", 1000, "SEK"), of("S2", "SE", 950, "SEK"), of("D1", "DE", 900, "EUR"), of("D2", "DE", 2, "EUR")]
    unknown = of("X", "DE", None, None)

    assert [row.subject for row in ranked([unknown, *rows])] == ["S1", "D1", "S2", "D2", "X"]
    assert [row.subject for row in ranked([unknown, *rows[:2]])] == ["S1", "S2", "X"]
    about = About("Shop", NIGHT, "en", shows_places=True)
    assert "Ranked by sales a day, each currency by itself." in render_plain(digest_message(rows, about))
    assert "Ranked by sales a day. " in render_plain(digest_message(rows[:2], about))
