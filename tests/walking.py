"""One promise walked over many cases: every case that breaks it is reported on its own, and those that keep it cost nothing."""


def walk(subtests, cases, check):
    """Run the check on every case and report each failure under the case's name, however many there are.

    A subtest of its own for each case would cost a report each, thousands of them.

    Args:
        subtests: pytest's fixture.
        cases: name to case.
        check: raises where the case breaks the promise.
    """
    assert cases, "a walk over nothing proves nothing"
    for name, case in cases.items():
        try:
            check(case)
        except Exception:
            with subtests.test(name):
                raise
