"""The calendar in words: lines for a terminal, Markdown for a page."""

from datetime import date, timedelta

from sellerwatch.briefs.calendar_lines import (
    WIDTH,
    calendar_lines,
    calendar_markdown,
    calls_words,
    history_words,
    trouble_words,
)
from sellerwatch.briefs.standings import DONE, EMPTY, FATAL, FINAL, MISSING, NOT_EXPECTED, STANDINGS, Paper, Told, best, worst
from sellerwatch.briefs.window_calendar import Calendar, Cell, Row
from sellerwatch.core.periods import Days
from sellerwatch.warehouse.windows import Window
from tests.spec.small_world import NIGHT, NOW

BY_SYMBOL = {standing.symbol: standing for standing in STANDINGS}


def a_row(symbols, *, feed="sales_traffic", last=NIGHT):
    first = last - timedelta(days=len(symbols) - 1)
    days = (first + timedelta(days=offset) for offset in range(len(symbols)))
    return Row("US", feed, tuple(Cell(day, BY_SYMBOL[symbol]) for day, symbol in zip(days, symbols, strict=True)))


def a_calendar(*rows, **values):
    length = len(rows[0].cells) if rows else 28
    base = {"blank": (), "unfinished": (), "covered": 0, "given_up": 0}
    return Calendar("cascade", Days(NIGHT - timedelta(days=length - 1), NIGHT), rows, **base | values)


def told(**values):
    window = Window("cascade", "US", "sales_traffic", Days(NIGHT, NIGHT))
    base = {"state": "fatal", "asked_by": "night", "asked_at": NOW, "finished_at": NOW, "attempts": 2, "calls": 1}
    return Told(window=window, **base | {"detail": "No such day.", "wanted_for": NIGHT} | values)


def shown(calendar):
    return ["".join(text for text, _ in line) for line in calendar_lines(calendar)]


def test_a_row_has_a_column_for_each_day_under_the_dates_of_the_mondays():
    lines = shown(a_calendar(a_row("." * 14 + "#######++++F!.")))

    assert lines[0] == "Days 2026-10-21 to 2026-11-17"
    assert lines[1] == " " * 32 + " " * 5 + "10-26  11-02  11-09"
    assert lines[2] == "US sales_traffic" + " " * 16 + "." * 14 + "#######++++F!."
    assert (
        lines[3]
        == ("  F Amazon could not make it   ! never asked for, and it should have been   + here, may still change   ")[
            : len(lines[3])
        ]
    )


def test_a_monday_without_room_for_its_date_is_left_out():
    """Three days before the end the date of the 16th would stand out."""
    lines = shown(a_calendar(a_row("#" * 7)))

    assert lines[1].strip() == ""


def test_nothing_of_ours_is_wider_than_the_terminal():
    rows = [a_row("".join(BY_SYMBOL) * 30, feed=f"search_catalog_performance_{number}") for number in range(3)]

    lines = shown(a_calendar(*rows))

    assert max(map(len, lines)) <= WIDTH
    assert sum(line.startswith("US search") for line in lines) == 3 * -(-360 // 63)


def test_colours_follow_the_standing_and_say_nothing_that_the_symbols_do_not():
    _, _, line, *_ = calendar_lines(a_calendar(a_row("..##F")))

    assert line[1:] == (("..", "dim"), ("##", "green"), ("F", "bold red"))


def test_every_standing_has_a_symbol_and_words_of_its_own():
    assert len(BY_SYMBOL) == len({standing.words for standing in STANDINGS}) == len(STANDINGS)
    assert all(len(standing.symbol) == 1 for standing in STANDINGS)


def test_the_legend_explains_what_occurs_and_nothing_else():
    text = "\n".join(shown(a_calendar(a_row("##F"))))

    assert "# here, settled" in text
    assert "quarantined" not in text
    assert "set aside" not in text


def test_unfinished_windows_are_listed_with_what_amazon_said():
    lines = shown(a_calendar(a_row("F"), unfinished=(told(),), covered=1, given_up=2))

    assert lines[-5:] == [
        "  unfinished: cascade/US/sales_traffic/2026-11-17 is fatal",
        "    wanted by night, asked for 2 times, last at 2026-11-17 13:40 UTC, 1 call spent",
        "    No such day.",
        "  not listed: 1 unfinished window whose days other reports brought",
        "  not listed: 2 windows that failed before 2026-11-17 or in an hour that is over",
    ]


def test_a_window_that_was_never_asked_for_says_so():
    words = history_words(told(attempts=0, asked_at=None, calls=0, asked_by="backfill b1"))

    assert words == "wanted by backfill b1, not asked for yet, 0 calls spent"
    assert history_words(told(attempts=1)).startswith("wanted by night, asked for once, last")


def test_that_an_earlier_document_is_here_is_said():
    papers = (Paper("a", "loaded", NOW), Paper("b", "quarantined", NOW))

    assert history_words(told(papers=papers)).endswith("1 call spent, an earlier document of it is here")
    assert history_words(told(papers=papers[1:])).endswith("1 call spent")


def test_control_characters_of_amazons_text_do_not_reach_the_terminal():
    text = "\n".join(shown(a_calendar(a_row("F"), unfinished=(told(detail="no\x1b[2J\nday"),))))

    assert "\x1b" not in text


def test_a_store_without_windows_has_one_line():
    assert shown(a_calendar()) == ["Days 2026-10-21 to 2026-11-17", "  nothing was ever asked for"]


def test_markdown_has_a_row_for_each_feed_and_names_the_days_to_look_at():
    text = calendar_markdown(a_calendar(a_row("##!!+F.")), calls={"getReport": 3, "createReport": 1_200})

    assert "| US | sales\\_traffic | `##!!+F.` | missing 11-13..11-14; fatal 11-16 |" in text
    assert "- `#` here, settled" in text
    assert "Calls of the last night: 1,200 createReport, 3 getReport" in text
    assert text.endswith("## Unfinished\n\nNothing.\n")


def test_markdown_lists_unfinished_windows_and_escapes_amazons_words():
    text = calendar_markdown(a_calendar(a_row("F"), unfinished=(told(detail="use | or *"),), covered=1))

    assert "- `cascade/US/sales_traffic/2026-11-17` is fatal: use \\| or \\* (wanted by night" in text
    assert "- not listed: 1 unfinished window" in text
    assert "Calls of" not in text


def test_many_runs_of_trouble_name_the_newest():
    cells = a_row("F#F#F#F#F#F").cells

    assert trouble_words([cell for cell in cells if cell.standing is FATAL]) == (
        "fatal 11-11; fatal 11-13; fatal 11-15; fatal 11-17; and 2 before"
    )


def test_calls_are_told_the_costliest_first():
    assert calls_words({}) == ""
    assert calls_words({"b": 2, "a": 2, "c": 9}) == "9 c, 2 a, 2 b"


def test_of_overlapping_windows_the_best_counts_and_of_parts_the_worst():
    assert best([EMPTY, DONE]) is DONE
    assert best([FATAL, EMPTY]) is EMPTY
    assert worst([EMPTY, DONE, NOT_EXPECTED]) is DONE
    assert worst([FINAL, MISSING]) is MISSING


def test_dates_of_the_ruler_are_mondays():
    line = shown(a_calendar(a_row("#" * 28)))[1]
    place = line.index("11-09")

    assert (NIGHT - timedelta(days=27) + timedelta(days=place - 32)) == date(2026, 11, 9)
