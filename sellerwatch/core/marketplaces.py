"""Amazon's marketplaces as data: id, region, host, time zone, currency and the character set of their flat files.

Ids, regions and hosts are Amazon's published list; the business-day zone is the marketplace's own (the US closes its day in
Pacific time); character sets are what live accounts saw, and only a fallback when a document does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sellerwatch.core.errors import unknown_value

REGION_HOSTS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}
AWS_REGIONS = {"na": "us-east-1", "eu": "eu-west-1", "fe": "us-west-2"}


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon marketplace."""

    code: str
    id: str
    region: str
    domain: str
    time_zone: str
    currency: str
    charset: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose calendar days the marketplace's reports use."""
        return ZoneInfo(self.time_zone)

    @property
    def host(self) -> str:
        """The SP-API host of the marketplace's region."""
        return REGION_HOSTS[self.region]

    @property
    def aws_region(self) -> str:
        """The AWS region the client names beside the host."""
        return AWS_REGIONS[self.region]


MARKETPLACES = (
    Marketplace("US", "ATVPDKIKX0DER", "na", "Amazon.com", "America/Los_Angeles", "USD", "cp1252"),
    Marketplace("CA", "A2EUQ1WTGCTBG2", "na", "Amazon.ca", "America/Los_Angeles", "CAD", "cp1252"),
    Marketplace("MX", "A1AM78C64UM0Y8", "na", "Amazon.com.mx", "America/Los_Angeles", "MXN", "cp1252"),
    Marketplace("BR", "A2Q3Y263D00KWC", "na", "Amazon.com.br", "America/Sao_Paulo", "BRL", "cp1252"),
    Marketplace("UK", "A1F83G8C2ARO7P", "eu", "Amazon.co.uk", "Europe/London", "GBP", "cp1252"),
    Marketplace("DE", "A1PA6795UKMFR9", "eu", "Amazon.de", "Europe/Berlin", "EUR", "cp1252"),
    Marketplace("FR", "A13V1IB3VIYZZH", "eu", "Amazon.fr", "Europe/Paris", "EUR", "cp1252"),
    Marketplace("IT", "APJ6JRA9NG5V4", "eu", "Amazon.it", "Europe/Rome", "EUR", "cp1252"),
    Marketplace("ES", "A1RKKUPIHCS9HS", "eu", "Amazon.es", "Europe/Madrid", "EUR", "cp1252"),
    Marketplace("NL", "A1805IZSGTT6HS", "eu", "Amazon.nl", "Europe/Amsterdam", "EUR", "cp1252"),
    Marketplace("SE", "A2NODRKZP88ZB9", "eu", "Amazon.se", "Europe/Stockholm", "SEK", "cp1252"),
    Marketplace("PL", "A1C3SOZRARQ6R3", "eu", "Amazon.pl", "Europe/Warsaw", "PLN", "cp1252"),
    Marketplace("BE", "AMEN7PMS3EDWL", "eu", "Amazon.com.be", "Europe/Brussels", "EUR", "cp1252"),
    Marketplace("IE", "A28R8C7NBKEWEA", "eu", "Amazon.ie", "Europe/Dublin", "EUR", "cp1252"),
    Marketplace("TR", "A33AVAJ2PDY3EV", "eu", "Amazon.com.tr", "Europe/Istanbul", "TRY", "cp1252"),
    Marketplace("AE", "A2VIGQ35RCS4UG", "eu", "Amazon.ae", "Asia/Dubai", "AED", "cp1252"),
    Marketplace("SA", "A17E79C6D8DWNP", "eu", "Amazon.sa", "Asia/Riyadh", "SAR", "cp1252"),
    Marketplace("EG", "ARBP9OOSHTCHU", "eu", "Amazon.eg", "Africa/Cairo", "EGP", "cp1252"),
    Marketplace("ZA", "AE08WJ6YKNBMC", "eu", "Amazon.co.za", "Africa/Johannesburg", "ZAR", "cp1252"),
    Marketplace("IN", "A21TJRUUN4KGV", "eu", "Amazon.in", "Asia/Kolkata", "INR", "cp1252"),
    Marketplace("JP", "A1VC38T7YXB528", "fe", "Amazon.co.jp", "Asia/Tokyo", "JPY", "cp932"),
    Marketplace("AU", "A39IBJ37TRP1C6", "fe", "Amazon.com.au", "Australia/Sydney", "AUD", "cp1252"),
    Marketplace("SG", "A19VAU5U5O7RUS", "fe", "Amazon.sg", "Asia/Singapore", "SGD", "cp1252"),
)
"""Every marketplace the SP-API serves."""

BY_CODE = {item.code: item for item in MARKETPLACES}
BY_ID = {item.id: item for item in MARKETPLACES}


def marketplace(code: str, *, where: str = "") -> Marketplace:
    """Return the marketplace with this country code.

    Raises:
        ConfigError: no marketplace has the code; the message lists all codes.
    """
    if code not in BY_CODE:
        raise unknown_value(code, BY_CODE, what="marketplace", where=where)
    return BY_CODE[code]
