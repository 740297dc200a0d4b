"""A backfill as a person in operations starts it: Prefect's page in a real browser, a real server, a real worker."""

import httpx
import pytest
from sqlalchemy import func, select

from sellerwatch.warehouse.backfills.ledger import read
from sellerwatch.warehouse.engine import reading
from sellerwatch.warehouse.tables.facts import FACTS
from tests.deployed import deploy, until, working

pytestmark = [pytest.mark.prefect, pytest.mark.slow, pytest.mark.timeout(300)]

STORE = "cascade: Cascade US (US)"
FEEDS = ("orders_by_date: All orders by order date", "sales_traffic: Sales and traffic by day and by product")

REFUSAL = (
    "Nothing was started: the first day 2026-11-12 comes after the last day 2026-11-09: exchange them. "
    "Correct this and start it again; Amazon was asked for nothing."
)


class Form:
    """The form of the deployment's page."""

    def __init__(self, page, folder):
        self.page, self.folder, self.pictures = page, folder, 0

    def open(self, server, deployment_id):
        self.page.goto(f"{server.ui_url}/v2/deployments/deployment/{deployment_id}")
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Custom run").click()
        self.page.get_by_text("1. Stores").wait_for()
        self.keep("empty-form")

    def choose(self, field, *options):
        self.page.get_by_label(f"Select {field}").click()
        for option in options:
            self.page.get_by_role("option", name=option, exact=True).click()
        self.keep(f"choices-{field.partition(' ')[2]}")
        self.page.keyboard.press("Escape")

    def pick(self, day):
        """Pick a day of the month on show in the next date field that is still empty."""
        self.page.get_by_text("Pick a date").first.click()
        self.page.get_by_role("button", name=day).click()
        self.keep("calendar")
        self.page.keyboard.press("Escape")
        self.page.get_by_role("grid").wait_for(state="detached")

    def write(self, field, text):
        self.page.get_by_label(field).fill(text)

    def submit(self):
        """Order the run; while the server's own database is busy it says 503, and one presses again, as docs/backfill.md says."""
        self.keep("filled-form")
        for _ in range(3):
            with self.page.expect_response(lambda answer: "create_flow_run" in answer.url) as ordered:
                self.page.get_by_role("button", name="Submit").click()
            if ordered.value.status != httpx.codes.SERVICE_UNAVAILABLE:
                break
        answer = ordered.value
        assert answer.ok, f"{answer.status} {answer.text()}"
        return answer.json()["id"]

    def keep(self, name):
        """Keep a picture for whoever wants to see what the browser saw."""
        self.pictures += 1
        self.page.screenshot(path=self.folder / f"{self.pictures:02}-{name.lower()}.png")


def fill(form, *, first, last):
    form.choose("1. Stores", STORE)
    form.choose("2. Feeds", *FEEDS)
    form.pick(first)
    form.pick(last)
    form.choose("5. Mode", "gaps: fetch only what is missing")
    form.write("6. Reason", "The review of November lacks a week")
    form.write("7. Your name", "Ada of operations")


def show_artifact(page, server, run_id, key):
    """Go from the run's page to one of its artifacts, as a person does: its card, and there the entry of the run."""
    page.goto(f"{server.ui_url}/v2/runs/flow-run/{run_id}")
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_role("link", name=key).first.click()
    page.locator("a[href*='/artifacts/artifact/']").first.click()


def rows_in(workspace, table):
    with reading(workspace.engine) as connection:
        return connection.execute(select(func.count()).select_from(FACTS[table])).scalar_one()


def test_a_person_orders_history_in_the_form_and_reads_the_result(server, workspace, page, simulator, tmp_path):
    pictures = tmp_path / "pictures"
    print(f"pictures: {pictures}")  # noqa: T201 - shown when the test fails, or with -s
    deployment_id = deploy(server, "backfill")
    form = Form(page, pictures)

    with working(server, tmp_path / "worker.log"):
        form.open(server, deployment_id)
        fill(form, first="November 12th, 2026", last="November 9th, 2026")
        refused_id = form.submit()
        refused = until(server, refused_id)
        show_artifact(page, server, refused_id, "backfill-refused")
        page.get_by_text("exchange them").first.wait_for()
        form.keep("refused")

        form.open(server, deployment_id)
        fill(form, first="November 9th, 2026", last="November 12th, 2026")
        run = until(server, form.submit())

    assert (refused["state_type"], refused["state"]["message"]) == (
        "FAILED",
        REFUSAL,
    )
    assert run["state_type"] == "COMPLETED", (tmp_path / "worker.log").read_text()
    show_artifact(page, server, run["id"], "backfill-result")
    page.get_by_text("orders_by_date").first.wait_for()
    form.keep("result")
    done = read(workspace, run["id"])
    assert (done.state, done.order.asked_by, done.order.reason) == (
        "complete",
        "Ada of operations",
        "The review of November lacks a week",
    )
    assert done.rows_before["cascade/US/order_line"] == 0
    assert done.rows_after["cascade/US/order_line"] == rows_in(workspace, "order_line") > 0
    assert f"{rows_in(workspace, 'order_line'):,}" in page.locator("body").inner_text()
    assert simulator.amazon.unexpected == []
    simulator.slack.journal.assert_only(posts=0)
