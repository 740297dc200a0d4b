"""A number and the limits beside it say the same as the tier does."""

from sellerwatch.alerts.showing.limits import limit_fields
from sellerwatch.messages.plain import line_text


def test_a_limit_that_is_still_fine_is_not_told_as_reached(shipped):
    rule = shipped.rules["stockout_rate"]

    def limits(rule):
        (field,) = limit_fields(rule, rule.tiers, None, shown="{:g}%".format)
        return line_text(field.value)

    assert limits(rule) == "yellow > 2%, orange > 4%, red > 8%"
    assert limits(rule.model_copy(update={"breach": "at_most"})) == "yellow < 2%, orange < 4%, red < 8%"
    assert limits(rule.model_copy(update={"strictly": False})) == "yellow ≥ 2%, orange ≥ 4%, red ≥ 8%"
