"""What a Data Kiosk query asks: read from its text, refused where it does not fit the schema, put to the world a marketplace each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sellerwatch.simulator.amazon.answers import RefusedError, refuse_input
from sellerwatch.simulator.amazon.kiosk.language import Field, QuerySyntaxError, Word, length_without_space, read_query
from sellerwatch.simulator.amazon.kiosk.validation import InvalidQueryError, check_arguments, check_selections
from sellerwatch.simulator.amazon.kiosk_schema import QUERIES, SALES_AND_TRAFFIC
from sellerwatch.simulator.amazon.lifecycle import OLDEST_YEARS, years_before
from sellerwatch.simulator.ports import ReportRequest, Seller

LONGEST_QUERY = 8_000
MOST_ASINS = 30
TRENDS = f"{SALES_AND_TRAFFIC}.salesAndTrafficTrends"


@dataclass(frozen=True, slots=True)
class Question:
    """One query understood: dataset and name, days, marketplaces, the words for the world, and the selected fields."""

    name: str
    first: date
    last: date
    marketplace_ids: tuple[str, ...]
    options: Mapping[str, str]
    selections: tuple[Field, ...]
    asins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asin_granularity: str = ""


def read_question(text: str) -> Question:
    """Return what the query asks.

    Raises:
        RefusedError: it is too long, no query, or does not fit the schema.
    """
    try:
        length = length_without_space(text)
        if length > LONGEST_QUERY:
            raise _refuse(f"The query has {length} characters; at most {LONGEST_QUERY} are allowed.")
        name, query = _only_query(read_query(text))
        check_arguments(query.arguments, QUERIES[name].arguments, query.name)
        check_selections(query.selections, QUERIES[name].row, query.name)
    except (QuerySyntaxError, InvalidQueryError) as error:
        raise _refuse(str(error)) from error
    return _question(name, query)


def _refuse(details: str) -> RefusedError:
    return refuse_input("The provided query is invalid.", details)


def _only_query(fields: Sequence[Field]) -> tuple[str, Field]:
    """Return the one query of the one dataset: Data Kiosk answers no more at a time."""
    if len(fields) != 1 or len(fields[0].selections) > 1:
        raise _refuse("A request holds one query of one dataset.")
    dataset = fields[0]
    known = [name for name in QUERIES if name.startswith(f"{dataset.name}.")]
    if not known or dataset.arguments or not dataset.selections:
        raise _refuse(f"Query '{dataset.name}' is not supported.")
    name = f"{dataset.name}.{dataset.selections[0].name}"
    if name not in QUERIES:
        raise _refuse(f"Query '{dataset.selections[0].name}' is not supported.")
    return name, dataset.selections[0]


def _question(name: str, query: Field) -> Question:
    given = query.arguments
    filters = [item for item in _listed(given.get("filters")) if isinstance(item, dict)]
    asins = {str(item["marketplaceId"]): tuple(map(str, _listed(item["asins"]))) for item in filters}
    marketplaces = asins if name == TRENDS else [str(item) for item in _listed(given["marketplaceIds"])]
    return Question(
        name=name,
        first=date.fromisoformat(str(given["startDate"])),
        last=date.fromisoformat(str(given["endDate"])),
        marketplace_ids=tuple(dict.fromkeys(marketplaces)),
        options=_options(given),
        selections=query.selections,
        asins=asins,
        asin_granularity=_word(given.get("asinAggregation")),
    )


def _listed(value: object) -> list[object]:
    """Return a list; GraphQL takes a single value for a list of one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _word(value: object, default: str = "") -> str:
    return value.name if isinstance(value, Word) else default


def _options(given: Mapping[str, object]) -> dict[str, str]:
    """Return how the rows are cut: by date, by product, and which fees are broken down."""
    chosen = given.get("aggregateBy")
    both = chosen if isinstance(chosen, dict) else {}
    single = _word(chosen)
    return {
        "date": _word(given.get("dateAggregation")) or single or _word(both.get("date"), "DAY"),
        "productId": single or _word(both.get("productId"), "MSKU"),
        "components": " ".join(_word(item) for item in _listed(given.get("includeComponentsForFeeTypes"))),
    }


def broken_rule(question: Question, seller: Seller, today: date) -> str:
    """Return the text that says which rule beyond the schema the question breaks; empty when it breaks none."""
    return next((text for rule in RULES if (text := rule(question, seller, today))), "")


def _wrong_order(question: Question, _seller: Seller, _today: date) -> str:
    return "" if question.first <= question.last else "startDate must not be later than endDate."


def _too_long_ago(question: Question, _seller: Seller, today: date) -> str:
    is_allowed = question.first >= years_before(today, OLDEST_YEARS)
    return "" if is_allowed else f"startDate {question.first} must be no more than two years ago."


def _foreign(question: Question, seller: Seller, _today: date) -> str:
    foreign = sorted(set(question.marketplace_ids) - set(seller.marketplace_ids))
    if not question.marketplace_ids:
        return "At least one marketplace is required."
    return f"The seller has no account in marketplace {foreign[0]}." if foreign else ""


def _too_many_asins(question: Question, _seller: Seller, _today: date) -> str:
    most = max(map(len, question.asins.values()), default=0)
    return f"A filter has {most} ASINs; at most {MOST_ASINS} are allowed for a marketplace." if most > MOST_ASINS else ""


def _not_by_child(question: Question, _seller: Seller, _today: date) -> str:
    is_allowed = question.name != TRENDS or question.asin_granularity == "CHILD"
    return "" if is_allowed else f"asinAggregation {question.asin_granularity} is not supported; use CHILD."


RULES: tuple[Callable[[Question, Seller, date], str], ...] = (
    _wrong_order,
    _too_long_ago,
    _foreign,
    _too_many_asins,
    _not_by_child,
)
"""What is found while a query is processed: it then ends FATAL, with the text in its error document."""


def _paths(selections: Sequence[Field], before: str = "") -> Iterator[str]:
    """Yield the selected fields as paths, in order."""
    for chosen in selections:
        path = before + chosen.name
        yield from _paths(chosen.selections, f"{path}.") if chosen.selections else (path,)


def requests_of(question: Question, seller_id: str, now: datetime) -> Iterator[ReportRequest]:
    """Yield what to ask the world for, a marketplace each."""
    for marketplace_id in question.marketplace_ids:
        asins = {"asins": " ".join(question.asins[marketplace_id])} if question.asins else {}
        fields = {"fields": " ".join(_paths(question.selections))}
        yield ReportRequest(
            seller_id=seller_id,
            report_type=question.name,
            marketplace_ids=(marketplace_id,),
            data_start=datetime.combine(question.first, time.min, UTC),
            data_end=datetime.combine(question.last, time.min, UTC),
            options={**question.options, **asins, **fields},
            now=now,
        )
