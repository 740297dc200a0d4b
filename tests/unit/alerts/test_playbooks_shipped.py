"""What the shipped playbooks ask for, tier by tier, in both languages: a step that is dropped in a rewrite is missed."""

import pytest

from sellerwatch.settings.models import TIERS

ASKED = {
    ("return_rate", "yellow"): (("by reason", "comments"), ("按原因", "留言")),
    ("return_rate", "orange"): (("batch", "supplier", "disposition"), ("批次", "供应商", "处置状态")),
    ("return_rate", "red"): (
        ("Trace the batch", "supplier", "by reason", "Hold inbound", "corrective action"),
        ("追溯批次", "供应商", "按原因", "暂停", "整改措施"),
    ),
    ("odr", "yellow"): (("open claims", "buyer messages", "Refund"), ("索赔", "买家消息", "退款")),
    ("odr", "orange"): (
        ("removal of feedback that breaks Amazon's rules", "common cause"),
        ("违反亚马逊政策的反馈申请移除", "共同原因"),
    ),
    ("odr", "red"): (("appeal file", "before anything is sent to Amazon"), ("申诉材料", "先告知业务负责人")),
}
"""By rule and tier, words of the steps in English and in Chinese."""


@pytest.mark.parametrize(("asked", "words"), ASKED.items(), ids=[" ".join(key) for key in ASKED])
def test_a_tier_asks_for_what_its_playbook_promises(shipped, asked, words):
    rule, tier = asked
    steps = shipped.playbooks[shipped.rules[rule].playbook].steps[tier]

    for language, wanted in zip(("en", "zh"), words, strict=True):
        text = " ".join(getattr(step, language) for step in steps)
        assert [word for word in wanted if word not in text] == []


def test_return_rates_ask_for_quality_tracing_and_defects_for_service_recovery(shipped):
    playbooks = {rule: shipped.playbooks[shipped.rules[rule].playbook] for rule, _ in ASKED}

    assert {rule: playbook.title.en for rule, playbook in playbooks.items()} == {
        "return_rate": "Quality tracing",
        "odr": "Service recovery",
    }
    assert all(set(playbook.steps) == set(TIERS) for playbook in playbooks.values())
