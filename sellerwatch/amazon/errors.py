"""What can go wrong between Amazon and us, by what the caller should do next."""

from __future__ import annotations

from sellerwatch.core.errors import PermanentError, RetryableError


class Throttled(RetryableError):  # noqa: N818  # the brief word for a 429; its base says it is an error
    """Amazon's quota is used up; the rate budget knows and will make the next call wait."""


class NotGrantedYet(Throttled):
    """The rate budget grants no call before ``seconds`` have passed, which is longer than the caller waits; nothing was sent."""

    seconds: float = 0.0

    @classmethod
    def after(cls, seconds: float, *, limit_seconds: float, operation: str) -> NotGrantedYet:
        """Return the error for an operation whose next call is granted in so many seconds."""
        error = cls(
            f"the rate budget grants no call for another {seconds:.0f} s, and {limit_seconds:.0f} s is the limit",
            where=operation,
            remedy="Run it later, or ask for fewer reports at a time",
        )
        error.seconds = seconds
        return error


class LinkExpired(RetryableError):  # noqa: N818  # names the state of the link, as Throttled names the quota's
    """A document's link no longer opens; ask for the document again and use the new link at once."""


class OutcomeUnknown(RetryableError):  # noqa: N818  # names what is known about the request: nothing
    """A request that must not be sent twice may or may not have been accepted.

    Look for the report with ``list_reports`` before asking for it again: a second report costs a token of the slowest
    quota, and within the type's cool-down it comes back CANCELLED.
    """


class ReportStillRunning(RetryableError):  # noqa: N818  # names the state of the report
    """A report did not reach a final status before the caller's deadline; its id stays good, so poll it again later."""


class AccessTokenExpired(PermanentError):  # noqa: N818  # names the state of the token
    """Amazon calls the access token expired. Permanent only when a token made a moment ago is refused as well."""
