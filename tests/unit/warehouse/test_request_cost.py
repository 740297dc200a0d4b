"""The time requests take by Amazon's token buckets: published arithmetic, and what must hold of every line of requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sellerwatch.warehouse.planning.cost import Job, Tokens, expected, lower_bound

CREATE, GET, FETCH, TYPE = ("createReport",), ("getReport",), ("getReportDocument",), ("a type",)
MINUTELY = Tokens(0.0167, 15, 15)
BUCKETS = {CREATE: MINUTELY, GET: Tokens(2.0, 15, 15), FETCH: MINUTELY}
DAY_REPORTS = 365 * 3


def reports(count, *further, making=60.0):
    return [Job((CREATE, *further), (GET, FETCH), making)] * count


@pytest.mark.parametrize(
    ("rate", "burst", "seconds"),
    [(0.01, 3, 109_200), (1 / 900, 4, 1_091 * 900)],
    ids=["three in five minutes", "one in fifteen minutes"],
)
def test_a_quota_of_the_type_binds_where_it_is_narrower(rate, burst, seconds):
    buckets = BUCKETS | {TYPE: Tokens(rate, burst, burst)}

    assert lower_bound(reports(DAY_REPORTS, TYPE), buckets) == pytest.approx(seconds + 60)
    assert expected(reports(DAY_REPORTS, TYPE), buckets) == pytest.approx(seconds + 60)


def test_a_year_of_daily_reports_in_three_marketplaces_takes_eighteen_hours():
    asked = (DAY_REPORTS - 15) / 0.0167

    assert round(asked) == 64_671
    assert lower_bound(reports(DAY_REPORTS), BUCKETS) == pytest.approx(asked + 60)
    assert expected(reports(DAY_REPORTS), BUCKETS) == pytest.approx(asked + 60)


def test_what_fits_into_the_burst_takes_no_longer_than_its_making():
    assert lower_bound(reports(15), BUCKETS) == 60
    assert expected(reports(15), BUCKETS) == 60
    assert (lower_bound([], BUCKETS), expected([], BUCKETS)) == (0, 0)


def test_an_empty_bucket_costs_the_time_to_fill_it():
    spent = BUCKETS | {CREATE: Tokens(0.0167, 15, 0.5)}

    assert lower_bound(reports(2), spent) == 60
    assert expected(reports(2), spent) == pytest.approx(1.5 / 0.0167 + 60)


def test_slow_reports_are_made_while_others_are_asked_for():
    jobs = [*reports(1, making=7200), *reports(30)]

    assert expected(jobs, BUCKETS) == 7200
    assert lower_bound(jobs, BUCKETS) == pytest.approx(16 / 0.0167 + 60)


def test_documents_that_are_all_made_at_once_wait_for_their_own_bucket():
    made_already = [Job((), (GET, FETCH), 0)] * 40

    assert lower_bound(made_already, BUCKETS) == pytest.approx(25 / 0.0167)
    assert expected(made_already, BUCKETS) == pytest.approx(25 / 0.0167)


def test_nothing_waits_while_another_type_could_be_asked_for():
    buckets = BUCKETS | {TYPE: Tokens(1 / 900, 1, 1)}
    jobs = [*reports(3, TYPE), *reports(12)]

    assert expected(jobs, buckets) == pytest.approx(1800 + 60)


def test_accounts_run_side_by_side_and_what_they_share_adds_up():
    other = {("other", *key): bucket for key, bucket in BUCKETS.items()}
    theirs = [Job((("other", *CREATE),), (("other", *GET), ("other", *FETCH)), 60.0)] * 100
    ours = reports(200)

    alone = expected(ours, BUCKETS)
    assert expected([*theirs, *ours], BUCKETS | other) == pytest.approx(alone)

    shared = [Job((*job.asks, TYPE), job.then, 60.0) for job in (*theirs, *ours)]
    with_shared = BUCKETS | other | {TYPE: Tokens(0.01, 3, 3)}
    assert expected(shared, with_shared) == pytest.approx(297 / 0.01 + 60)
    assert lower_bound(shared, with_shared) == pytest.approx(297 / 0.01 + 60)


tokens = st.builds(
    lambda rate, burst, share: Tokens(rate, burst, burst * share),
    st.floats(0.001, 5),
    st.integers(1, 20),
    st.floats(0, 1),
)
four_buckets = st.fixed_dictionaries({("a",): tokens, ("b",): tokens, ("c",): tokens, ("d",): tokens})
keys = st.sampled_from([("a",), ("b",), ("c",), ("d",)])
jobs = st.lists(
    st.builds(
        lambda asks, then, making: Job(tuple(asks), tuple(then), making),
        st.lists(keys, max_size=2, unique=True),
        st.lists(keys, min_size=1, max_size=2),
        st.floats(0, 5000),
    ),
    max_size=40,
)


@given(jobs=jobs, buckets=four_buckets)
def test_nobody_is_expected_to_be_faster_than_the_bound(jobs, buckets):
    assert expected(jobs, buckets) >= lower_bound(jobs, buckets) * (1 - 1e-9)


@given(count=st.integers(1, 60), rate=st.floats(0.001, 5), burst=st.integers(1, 20), share=st.floats(0, 1))
def test_of_one_bucket_the_last_token_comes_when_it_has_dripped_in(count, rate, burst, share):
    saved = burst * share

    seconds = expected([Job((CREATE,), (), 0.0)] * count, {CREATE: Tokens(rate, burst, saved)})

    assert seconds == pytest.approx(max(0.0, count - saved) / rate, abs=1e-6)
