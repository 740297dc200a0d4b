"""Addresses beside Slack: what they hear, in which form, how often it is tried, and that neither side holds the other up."""

import json
import logging
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from apprise import Apprise
from sqlalchemy import select

from sellerwatch.core.errors import RetryableError
from sellerwatch.delivery import due, notifier
from sellerwatch.delivery.mirrors import LEASE, MOST_ATTEMPTS, Mirror, deliver_mirrored, mirrors_of
from sellerwatch.delivery.notifier import NOT_TAKEN, UNKNOWN_ADDRESS, is_address, notify, written_for
from sellerwatch.delivery.outbox import drop_waiting_replies
from sellerwatch.messages.blocks import Bold, Bullets, Code, Mention, Message, Text, Tone
from sellerwatch.rawstore.store import RawStore
from sellerwatch.warehouse.engine import reading, writing
from sellerwatch.warehouse.tables.outbox import MIRRORED
from sellerwatch.warehouse.workspace import Workspace
from tests.spec.small_world import shipped_settings
from tests.unit.delivery.fake_slack import OPS, START, SUPPLY, HandClock, entry, put

SECRET = "t0psecret"


@pytest.fixture(scope="module")
def service():
    """A service that takes what Apprise sends as JSON, until it is told to refuse."""

    class Handler(BaseHTTPRequestHandler):
        taken: list = []  # noqa: RUF012 - one list for the server
        refusals = 0

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            refuses = Handler.refusals > 0
            Handler.refusals -= refuses
            if not refuses:
                Handler.taken.append(body)
            self.send_response(500 if refuses else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.address = f"json://127.0.0.1:{server.server_port}/{SECRET}"
    yield Handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def beside(service, warehouse):
    service.taken.clear()
    service.refusals = 0
    clock = HandClock()
    mirror = Mirror("SELLERWATCH_NOTIFY_ALERTS", service.address, OPS)

    def run(*mirrors, notify=notify):
        return deliver_mirrored(warehouse, mirrors or (mirror,), clock=clock, notify=notify)

    run.engine, run.clock, run.mirror, run.service = warehouse, clock, mirror, service
    return run


def states(engine):
    with reading(engine) as connection:
        return {row.key: row.state for row in connection.execute(select(MIRRORED.c.key, MIRRORED.c.state))}


def titles(service):
    return [body["title"] for body in service.taken]


def said(title, *, tone=Tone.RED, is_broadcast=False):
    return Message(title, tone, (Text(("body",)),), is_broadcast=is_broadcast)


def test_roots_and_loud_replies_are_posted_once_in_order_and_updates_are_not(beside):
    put(
        beside.engine,
        entry("r", message=said("fired")),
        entry("u", "update", rev=2, message=said("refreshed")),
        entry("n2", "reply", rev=3, message=said("raised", is_broadcast=True)),
        entry("n3", "reply", rev=4, message=said("lowered", tone=Tone.YELLOW)),
        entry("n4", "reply", rev=5, message=said("resolved", tone=Tone.GREEN)),
        entry("elsewhere", thread="t2", channel=SUPPLY),
    )

    first, second = beside(), beside()

    assert titles(beside.service) == ["🔴 fired", "🔴 raised", "🟢 resolved"]
    assert [body["type"] for body in beside.service.taken] == ["failure", "failure", "success"]
    assert (first.sent, second.sent, first.pending) == (3, 0, 0)
    assert states(beside.engine) == {"r": "sent", "n2": "sent", "n3": "left_out", "n4": "sent"}


def test_what_is_for_a_later_hour_waits_for_it(beside):
    put(beside.engine, entry("r", not_before=START + timedelta(hours=3), message=said("quiet")))

    early = beside()
    beside.clock.sleep(3 * 3600)
    late = beside()

    assert (early.sent, early.pending, late.sent) == (0, 0, 1)


def test_a_reply_that_was_dropped_before_its_hour_is_dropped_beside_slack_too(beside):
    later = START + timedelta(hours=3)
    put(
        beside.engine,
        entry("r", message=said("r")),
        entry("n", "reply", rev=2, not_before=later, message=said("n", is_broadcast=True)),
    )
    beside()
    with writing(beside.engine) as connection:
        drop_waiting_replies(connection, "t1", START)
    beside.clock.sleep(3 * 3600)

    late = beside()

    assert (late.sent, late.pending) == (0, 0)
    assert titles(beside.service) == ["🔴 r"]


def test_what_is_not_taken_is_tried_again_later_and_keeps_its_order(beside):
    put(beside.engine, entry("a", message=said("a")), entry("b", thread="b", message=said("b")))
    beside.service.refusals = 1

    first, at_once = beside(), beside()
    beside.clock.sleep(60)
    later = beside()

    assert [(run.sent, run.pending) for run in (first, at_once, later)] == [(0, 2), (0, 2), (2, 0)]
    assert titles(beside.service) == ["🔴 a", "🔴 b"]


def test_after_so_many_attempts_it_is_given_up_and_named_without_the_address(beside):
    put(beside.engine, entry("r", message=said("r")))
    reports = []
    for _ in range(MOST_ATTEMPTS + 1):
        reports.append(beside(notify=lambda *_: NOT_TAKEN))
        beside.clock.sleep(3600)

    assert [report.dead for report in reports] == [0] * (MOST_ATTEMPTS - 1) + [1, 0]
    assert reports[-2].problems == (f"SELLERWATCH_NOTIFY_ALERTS: r: given up after {MOST_ATTEMPTS} attempts: {NOT_TAKEN}",)
    assert SECRET not in repr((reports, beside.mirror))


def test_one_address_holds_no_other(beside):
    put(beside.engine, entry("r", message=said("r")))
    broken = Mirror("SELLERWATCH_NOTIFY_OPS", "json://127.0.0.1:9/x", OPS)

    report = beside(broken, beside.mirror)

    assert (report.sent, report.pending) == (1, 1)
    assert titles(beside.service) == ["🔴 r"]


def test_a_sender_that_was_killed_is_followed_by_one_that_sends_again(beside):
    put(beside.engine, entry("r", message=said("r")))

    def die(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        beside(notify=die)
    during_the_lease = beside()
    beside.clock.sleep(LEASE.total_seconds())

    assert (during_the_lease.sent, beside().sent) == (0, 1)
    assert titles(beside.service) == ["🔴 r"]


def test_a_new_address_hears_tonight_and_not_what_is_long_ago(beside):
    put(
        beside.engine,
        entry("old", created_at=START - timedelta(hours=7), message=said("old")),
        entry("tonight", thread="t2", created_at=START - timedelta(hours=1), message=said("tonight")),
    )

    beside()

    assert titles(beside.service) == ["🔴 tonight"]


def test_a_value_that_is_no_address_is_a_problem_that_does_not_show_it(beside):
    put(beside.engine, entry("r", message=said("r")))

    report = beside(Mirror("SELLERWATCH_NOTIFY_ALERTS", f"nosuch://{SECRET}", OPS))

    assert report.problems[0].startswith("SELLERWATCH_NOTIFY_ALERTS holds no address that Apprise knows")
    assert SECRET not in str(report)
    assert notify(f"nosuch://{SECRET}", said("x")) == UNKNOWN_ADDRESS


def test_nothing_that_is_logged_shows_an_address(beside, caplog):
    caplog.set_level(logging.DEBUG)
    put(beside.engine, entry("r", message=said("r")))
    beside.service.refusals = 1

    beside()

    assert SECRET not in caplog.text


def test_an_address_that_breaks_its_plug_in_is_a_message_not_taken(monkeypatch):
    class Broken:
        notify_format, title_maxlen, body_maxlen = "text", 0, 100

        def notify(self, **_):
            raise RuntimeError(SECRET)

    monkeypatch.setattr(notifier, "_plugin", lambda _: Broken())

    assert notify("x://", said("x")) == f"{NOT_TAKEN} (RuntimeError)"


# With Slack, by configuration alone


@pytest.fixture
def workspace(beside, tmp_path):
    settings = shipped_settings(
        tmp_path,
        SLACK_CHANNEL=OPS,
        SLACK_BOT_TOKEN="xoxb-x",
        SELLERWATCH_SLACK_URL="http://127.0.0.1:9/",
        SELLERWATCH_NOTIFY_ALERTS=beside.service.address,
    )
    return Workspace(settings, beside.engine, RawStore(tmp_path / "raw"), beside.clock)


def test_slack_being_down_holds_no_address_beside_it(beside, workspace):
    put(beside.engine, entry("r", message=said("r")))

    with pytest.raises(RetryableError, match="Slack does not answer"):
        due.deliver_due(workspace)

    assert titles(beside.service) == ["🔴 r"]


def test_an_address_being_down_holds_no_slack_and_is_told(beside, workspace, monkeypatch):
    put(beside.engine, entry("r", message=said("r")))
    beside.service.refusals = 1
    monkeypatch.setattr(due, "greet_slack", lambda _: "ours")
    monkeypatch.setattr(due, "deliver", lambda *_, **__: due.DeliveryReport(1, 0, 0, 0, 0, ()))

    report = due.deliver_due(workspace)

    assert (report.posts, report.pending, report.mirrored, report.is_complete) == (1, 1, 0, False)


def test_addresses_are_found_by_the_variables_that_routing_names(workspace):
    (found,) = mirrors_of(workspace.settings)

    assert (found.name, found.channel) == ("SELLERWATCH_NOTIFY_ALERTS", OPS)
    assert SECRET not in repr(found)


# In the form that each service takes

HOSTILE = Message(
    "*Cover* <b>0.9</b> days",
    Tone.ORANGE,
    (Text((Bold("What to do"), " @all ", Code("SKU-1"), " ", Mention("ads"))), Bullets((("one",), ("two",)))),
)
SERVICES = {
    "feishu": ("feishu://0123456789abcdef", "", ["🟠 *Cover* <b>0.9</b> days", "• one"]),
    "lark": ("lark://0123456789abcdef", "🟠 *Cover* <b>0.9</b> days", ["SKU-1"]),
    "dingtalk": (
        "dingtalk://0123456789abcdef?format=markdown",
        "🟠 *Cover* <b>0.9</b> days",
        [r"## 🟠 \*Cover\* \<b\>0.9\</b\> days", "- one"],
    ),
    "wecom": ("wecombot://0123456789abcdef", "", ["🟠 *Cover* <b>0.9</b> days"]),
    "teams": ("workflows://example.com/workflow/signature", "🟠 *Cover* <b>0.9</b> days", ["**What to do**", "- two"]),
    "e-mail": (
        "mailto://user:password@example.com",
        "🟠 *Cover* <b>0.9</b> days",
        ["&lt;b&gt;0.9&lt;/b&gt;", "<strong>What to do"],
    ),
}


@pytest.mark.parametrize(("address", "title", "parts"), SERVICES.values(), ids=SERVICES)
def test_each_service_gets_the_form_that_it_takes(address, title, parts):
    assert is_address(address)

    written = written_for(Apprise.instantiate(address), HOSTILE)

    assert written[0] == title
    for part in parts:
        assert part in written[1]


def test_what_is_too_long_for_a_service_is_cut_between_lines_with_a_sign():
    plugin = Apprise.instantiate("workflows://example.com/workflow/signature")
    long = Message("t", Tone.RED, (Bullets(tuple((f"row {number:03}",) for number in range(500))),))

    _, body = written_for(plugin, long)

    assert len(body) <= plugin.body_maxlen
    assert body.endswith("\n…")
    assert body.splitlines()[-2].startswith("- row ")
