"""No token, secret or link in any log, whatever the clients print."""

from __future__ import annotations

import io
import logging

import pytest

from sellerwatch.amazon.quiet import LOGGER_LEVELS, MASK, Redaction, quiet_client_logs, redact

LINK = "https://tortuga.s3.example/doc%2F1?X-Amz-Date=20260302&X-Amz-Credential=AKIA%2F1&X-Amz-Signature=abcdef&x=1"
HIDDEN = [
    (f"GET {LINK} done", f"GET https://tortuga.s3.example/doc%2F1?{MASK} done"),
    (f'"{LINK}"', f'"https://tortuga.s3.example/doc%2F1?{MASK}"'),
    ("GET https://h.example/?a=1&x-amz-security-token=zzz", f"GET https://h.example/?{MASK}"),
    ("X-Amz-Signature=abcdef&y=1", f"X-Amz-Signature={MASK}&y=1"),
    ("token Atza|IwEBIA-x_y/z+1= end", f"token Atza|{MASK} end"),
    ("Atzr|IwEB, next", f"Atzr|{MASK}, next"),
    (
        "refresh_token=Atzr%7CIwEB&client_secret=amzn1.oa2-cs.v1.aa&grant_type=x",
        f"refresh_token={MASK}&client_secret={MASK}&grant_type=x",
    ),
    ("amzn1.oa2-cs.v1.0123abc", f"amzn1.oa2-cs.{MASK}"),
    ("{'x-amz-access-token': 'opaque', 'host': 'h'}", f"{{'x-amz-access-token': '{MASK}', 'host': 'h'}}"),
    ('{"access_token": "opaque", "n": 1}', f'{{"access_token": "{MASK}", "n": 1}}'),
    ("Authorization: Bearer opaque", f"Authorization: Bearer {MASK}"),
    ("lwa_client_secret: opaque", f"lwa_client_secret: {MASK}"),
    ("slack xoxb-12-34-abc, xapp-1-A", f"slack xoxb-{MASK}, xapp-{MASK}"),
    ("https://hooks.slack.com/services/T0/B0/x", f"https://hooks.slack.com/{MASK}"),
]


@pytest.mark.parametrize(("text", "expected"), HIDDEN)
def test_a_secret_is_masked_and_the_rest_stays_readable(text, expected):
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "getReport 50012 answered 429",
        "https://h.example/?a=1&b=2",
        "the access token you provided has expired",
        "Atzmospheric",
    ],
)
def test_plain_text_is_left_alone(text):
    assert redact(text) == text


@pytest.fixture
def captured():
    """A handler that writes to memory, and every touched logger as it was afterwards."""
    loggers = [logging.getLogger(name) for name in LOGGER_LEVELS]
    before = [(item, item.level, list(item.filters)) for item in (*loggers, *logging.getLogger().handlers)]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    yield handler, stream
    for item, level, filters in before:
        item.setLevel(level)
        item.filters[:] = filters


@pytest.fixture
def logger(captured):
    handler, _ = captured
    logger = logging.getLogger("sellerwatch.test_amazon_quiet")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def test_the_clients_speak_at_their_lowest_level_only(captured):
    quiet_client_logs()
    assert {name: logging.getLogger(name).level for name in LOGGER_LEVELS} == LOGGER_LEVELS
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)


def test_calling_it_again_adds_nothing(captured):
    handler, _ = captured
    for _ in range(3):
        quiet_client_logs([handler])
    assert len(handler.filters) == 1
    assert all(
        len([item for item in logging.getLogger(name).filters if isinstance(item, Redaction)]) == 1 for name in LOGGER_LEVELS
    )


def test_arguments_exceptions_and_stacks_are_masked(captured, logger):
    handler, stream = captured
    quiet_client_logs([handler])
    try:
        raise ValueError(f"cannot open {LINK}")  # noqa: TRY301  # an exception somebody else made
    except ValueError:
        logger.exception("failed with %s at %d", "Atza|secret", 7, stack_info=True)
    text = stream.getvalue()
    assert f"failed with Atza|{MASK} at 7" in text
    assert "ValueError: cannot open https://tortuga.s3.example/doc%2F1?[hidden]" in text
    assert "Stack (most recent call last)" in text
    assert "Signature=abcdef" not in text
    assert "Atza|secret" not in text.replace('"Atza|secret"', "")


def test_an_exception_text_made_earlier_is_masked_too(captured):
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "plain", (), None)
    record.exc_text = "Atza|secret"
    assert Redaction().filter(record)
    assert (record.exc_text, record.stack_info) == (f"Atza|{MASK}", None)


def test_a_loud_client_prints_no_secret_of_a_whole_report(captured, amazon, reply, api, tmp_path):
    # given every client at its loudest, after it was made quiet
    from sellerwatch.amazon.lifecycle import fetch_report_document  # noqa: PLC0415  # beside its use

    handler, stream = captured
    quiet_client_logs([handler])
    for name in LOGGER_LEVELS:
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).addHandler(handler)
    url = f"{amazon.url}/bucket/doc-1?X-Amz-Signature=abcdef"
    amazon.will("/reports/2021-06-30/documents/doc-1", reply(body={"reportDocumentId": "doc-1", "url": url}))
    amazon.will("/bucket/doc-1", reply(body=b"sku\n"))
    # when a document is fetched
    try:
        fetch_report_document(api, "doc-1", tmp_path)
    finally:
        for name in LOGGER_LEVELS:
            logging.getLogger(name).removeHandler(handler)
    # then they printed much, and nothing secret
    text = stream.getvalue()
    assert "HTTP Request: GET" in text
    assert "Request Headers" in text
    assert not any(secret in text for secret in ("token-1", "abcdef", "the-secret", "the-refresh-token"))


def test_our_own_warnings_hold_no_secret(captured, amazon, reply, api, caplog):
    amazon.will("/reports/2021-06-30/reports/1", reply(500, {"message": "Atza|token-1"}))
    with caplog.at_level(logging.INFO), pytest.raises(Exception, match="answered 500"):
        api.get_report("1")
    assert "attempt 1 of 4" in caplog.text
    assert "token-1" not in caplog.text
