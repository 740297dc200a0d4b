"""Scenario 31: a message shows its picture when Slack has it, goes without when not, and is posted once in either case."""

import struct
import zlib

import pytest

from sellerwatch.delivery.outcomes import Upload
from sellerwatch.delivery.sender import deliver
from sellerwatch.delivery.showing import WITH_UPLOADS, Showing
from sellerwatch.messages.blocks import Attachment, Bullets, Message, Tone
from sellerwatch.messages.slack import SlackPayload, render_slack
from tests.unit.delivery.fake_slack import entry, put, states
from tests.warehouse.delivery.slack_on_the_wire import ALERTS, Kill, was_killed


def png() -> bytes:
    """One grey point."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\x00\x80")) + chunk(b"IEND", b"")


CHART = Upload("cover.png", png(), "Days of cover", "Days of cover fell to 0.9")
TABLE = Upload("digest.csv", b"sku,cover\nA,0.9\n", "All rows", is_picture=False)


def show(message, contacts, images):
    payload = render_slack(message, contacts=contacts)
    shown = ({"type": "image", "slack_file": {"id": file_id}, "alt_text": "chart"} for file_id in images.values())
    return SlackPayload(payload.text, (*payload.blocks, *shown))


WITH_CHART = Showing(lambda _: {1: CHART}, show)
WITH_TABLE = Showing(lambda _: {1: TABLE}, show)


@pytest.fixture
def root(wire):
    put(wire.engine, entry("r", channel=ALERTS))

    def sent(**more):
        report = wire.send(showing=more.pop("showing", WITH_CHART), **more)
        (message,) = wire.slack.channels[ALERTS].messages.values()
        assert message.key == "r"
        assert states(wire.engine) == {"r": "sent"}
        assert report.is_complete
        return message, report

    return sent


def images_of(message):
    return [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"]


def methods(wire):
    return [entry.method for entry in wire.slack.journal.entries if entry.method != "auth.test"]


UPLOADING = ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]


def test_scenario_31_a_picture_is_uploaded_without_a_channel_and_shown_in_the_keyed_message(wire, root):
    message, report = root()

    (file,) = wire.slack.files.values()
    assert (images_of(message), file.body, file.alt_text) == ([file.file_id], CHART.body, CHART.alt_text)
    assert methods(wire) == [*UPLOADING, "files.info", "chat.postMessage"]
    assert report.remarks == ()
    wire.slack.journal.assert_only(posts=1, uploads=1, reads=0)


def test_scenario_31_a_picture_that_is_unready_twice_is_waited_for(wire, root):
    wire.arm("file_not_ready", times=2)

    message, _ = root()

    assert len(images_of(message)) == 1
    assert methods(wire) == [*UPLOADING, "files.info", "files.info", "files.info", "chat.postMessage"]
    wire.slack.journal.assert_only(posts=1, uploads=1)


def test_scenario_31_after_five_looks_it_is_sent_without(wire, root):
    wire.arm("file_not_ready", times=99)

    message, report = root()

    assert images_of(message) == []
    assert methods(wire).count("files.info") == 5
    assert report.remarks == ("r: sent without cover.png: Slack is still processing it",)
    wire.slack.journal.assert_only(posts=1, uploads=1)


@pytest.mark.parametrize(
    ("fault", "method", "uploads"),
    [
        ("http_500_before", "upload", 0),
        ("http_500_after_accept", "files.completeUploadExternal", 1),
        ("reset_before", "files.getUploadURLExternal", 0),
        ("missing_scope", "files.getUploadURLExternal", 0),
        ("reset_after_accept", "files.completeUploadExternal", 1),
        ("ratelimited", "files.getUploadURLExternal", 0),
    ],
)
def test_scenario_31_what_cannot_be_uploaded_is_left_out(wire, root, fault, method, uploads):
    wire.arm(fault, method=method)

    message, report = root()

    assert images_of(message) == []
    assert "could not be uploaded" in report.remarks[0]
    wire.slack.journal.assert_only(posts=1, uploads=uploads, reads=0)


def test_scenario_31_a_picture_that_slack_refuses_in_the_message_is_left_out_and_the_text_stays(wire, root):
    wire.arm("invalid_slack_file", method="chat.postMessage")

    message, report = root()

    assert (images_of(message), [block["type"] for block in message.blocks][:1]) == ([], ["header"])
    assert "Slack refused them (invalid_blocks)" in report.remarks[0]
    wire.slack.journal.assert_only(posts=1, uploads=1, reads=0)


@pytest.mark.parametrize("fault", ["reset_after_accept", "http_500_after_accept"])
def test_scenario_31_a_message_of_unknown_fate_is_adopted_with_its_picture(wire, root, fault):
    wire.arm(fault, method="chat.postMessage")

    message, _ = root()

    assert len(images_of(message)) == 1
    wire.slack.journal.assert_only(posts=1, uploads=1, reads=1)


def test_scenario_31_an_upload_repeated_after_a_crash_is_seen_by_nobody(wire, root):
    assert was_killed(wire.start_sender(Kill("before a post"), uploads=(CHART,)))

    message, _ = root()

    assert len(wire.slack.files) == 2
    assert len(images_of(message)) == 1
    wire.slack.journal.assert_only(posts=1, uploads=2)


def test_an_update_shows_a_new_picture(wire, root):
    root()
    put(wire.engine, entry("u", "update", rev=2, channel=ALERTS))

    wire.send(showing=WITH_CHART)

    (message,) = wire.slack.channels[ALERTS].messages.values()
    assert images_of(message) == [[*wire.slack.files][-1]]
    wire.slack.journal.assert_only(posts=1, updates=1, uploads=2)


def test_a_file_that_is_no_picture_is_linked_in_the_keyed_message(wire, root):
    message, _ = root(showing=WITH_TABLE)

    (file,) = wire.slack.files.values()
    assert file.body == TABLE.body
    assert message.blocks[-1]["text"]["text"].endswith(f"/{file.file_id}/digest.csv|digest.csv>")
    wire.slack.journal.assert_only(posts=1, uploads=1)


@pytest.mark.parametrize(
    ("fault", "method", "uploads", "reads"),
    [(None, None, 1, 0), ("http_500_before", "upload", 0, 0), ("reset_after_accept", "chat.postMessage", 1, 1)],
    ids=["taken", "not taken", "the reply that shows it of unknown fate"],
)
def test_scenario_24_the_rows_of_a_digest_go_up_as_a_file_of_the_reply_that_lists_the_last(wire, fault, method, uploads, reads):
    put(wire.engine, entry("r", channel=ALERTS))
    wire.send(showing=WITH_UPLOADS)
    page = Message("Rows 16 to 30", Tone.YELLOW, (Bullets((("SKU-1",),)), Attachment("digest.csv", "place,subject\n1,SKU-1\n")))
    put(wire.engine, entry("n", "reply", rev=1, channel=ALERTS, message=page))
    if fault:
        wire.arm(fault, method=method)

    wire.send(showing=WITH_UPLOADS)

    _, reply = wire.slack.channels[ALERTS].messages.values()
    assert (reply.key, "SKU-1" in str(reply.blocks), "|digest.csv>" in str(reply.blocks)) == ("n", True, uploads == 1)
    assert [file.body.decode("utf-8-sig") for file in wire.slack.files.values() if uploads] == [
        "place,subject\n1,SKU-1\n"
    ] * uploads
    wire.slack.journal.assert_only(posts=1, replies=1, uploads=uploads, reads=reads)


def test_a_sender_whose_lease_ran_out_while_it_uploaded_sends_nothing(wire):
    """The other one takes the entry over while this one waits for its picture."""
    put(wire.engine, entry("r", channel=ALERTS))
    wire.arm("file_not_ready", times=1)
    others = []

    class Slow:
        def __init__(self, clock):
            self.clock = clock

        def now(self):
            return self.clock.now()

        def sleep(self, seconds):
            self.clock.sleep(seconds)
            if not others:
                self.clock.sleep(1_000)
                others.append(wire.send())

    report = deliver(wire.engine, wire.client(), clock=Slow(wire.clock), showing=WITH_CHART)

    assert (report.posts, others[0].posts) == (0, 1)
    assert wire.standing() == ["r"]
    wire.slack.journal.assert_only(posts=1, uploads=1)
