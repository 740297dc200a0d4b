"""Towns that orders ship to, per marketplace."""

from __future__ import annotations

from sellerwatch.simulator.documents.shapes import Place

PLACES = {
    "US": (
        Place("Portland", "OR", "97205", "US"),
        Place("SEATTLE", "WA", "98101-2034", "US"),
        Place("Boise", "ID", "83702", "US"),
        Place("Fresno", "CA", "93721", "US"),
        Place("San José", "CA", "95113", "US"),
        Place("Austin", "TX", "78701", "US"),
        Place("Columbus", "OH", "43215", "US"),
        Place("Brooklyn", "NY", "11201", "US"),
        Place("Boston", "MA", "02108", "US"),
        Place("Tampa", "FL", "33602", "US"),
        Place("St. Paul", "MN", "55101", "US"),
        Place("Mayagüez", "PR", "00680", "US"),
    ),
    "DE": (
        Place("München", "Bayern", "80331", "DE"),
        Place("Köln", "Nordrhein-Westfalen", "50667", "DE"),
        Place("Düsseldorf", "", "40213", "DE"),
        Place("Leipzig", "Sachsen", "04109", "DE"),
        Place("Dresden", "Sachsen", "01067", "DE"),
        Place("Hamburg", "", "20095", "DE"),
        Place("Großräschen", "Brandenburg", "01983", "DE"),
        Place("Tübingen", "Baden-Württemberg", "72070", "DE"),
        Place("Wien", "", "1010", "AT"),
        Place("Łódź", "", "90-001", "PL"),
    ),
    "UK": (
        Place("London", "", "EC1A 1BB", "GB"),
        Place("Leeds", "West Yorkshire", "LS1 4DY", "GB"),
        Place("Bristol", "", "BS1 4DJ", "GB"),
        Place("EDINBURGH", "", "EH1 1YZ", "GB"),
        Place("Cardiff", "", "CF10 1EP", "GB"),
        Place("Stoke-on-Trent", "Staffordshire", "ST1 1LX", "GB"),
        Place("Newcastle upon Tyne", "Tyne and Wear", "NE1 4ST", "GB"),
        Place("Belfast", "", "BT1 5GS", "GB"),
    ),
    "JP": (
        Place("千代田区", "東京都", "100-0001", "JP"),
        Place("大阪市", "大阪府", "530-0001", "JP"),
        Place("能代市", "秋田県", "016-0831", "JP"),
        Place("札幌市", "北海道", "060-0042", "JP"),
    ),
}
"""Some lie across the border, some have leading zeros, one has a letter that cp1252 does not know."""
