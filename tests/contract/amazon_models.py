"""The answers of Amazon's models as JSON Schema: Reports 2021-06-30, Data Kiosk 2023-11-15, FBA Inventory v1.

Shapes and names are facts from Amazon's published models (Apache-2.0). Unlike the models these allow no further field, so
that nothing is answered that Amazon never said.
"""

INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
TEXT = {"type": "string"}
COUNT = {"type": "integer"}
STATUS = {"enum": ["CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE"]}


def record(required="", **properties):
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items):
    return {"type": "array", "items": items}


def counts(*names):
    return dict.fromkeys(names, COUNT)


ERRORS = record("errors", errors=listed(record("code message", code=TEXT, message=TEXT, details=TEXT)) | {"minItems": 1})

REPORT = record(
    "processingStatus reportId reportType createdTime",
    marketplaceIds=listed(TEXT),
    reportId=TEXT,
    reportType=TEXT,
    dataStartTime=INSTANT,
    dataEndTime=INSTANT,
    reportScheduleId=TEXT,
    createdTime=INSTANT,
    processingStatus=STATUS,
    processingStartTime=INSTANT,
    processingEndTime=INSTANT,
    reportDocumentId=TEXT,
)

PAGINATION = record(nextToken=TEXT)
QUERY = record(
    "processingStatus queryId query createdTime",
    queryId=TEXT,
    query=TEXT,
    createdTime=INSTANT,
    processingStatus=STATUS,
    processingStartTime=INSTANT,
    processingEndTime=INSTANT,
    dataDocumentId=TEXT,
    errorDocumentId=TEXT,
    pagination=PAGINATION,
)

RESEARCHING = ["researchingQuantityInShortTerm", "researchingQuantityInMidTerm", "researchingQuantityInLongTerm"]
DETAILS = record(
    **counts("fulfillableQuantity", "inboundWorkingQuantity", "inboundShippedQuantity", "inboundReceivingQuantity"),
    reservedQuantity=record(
        **counts(
            "totalReservedQuantity", "pendingCustomerOrderQuantity", "pendingTransshipmentQuantity", "fcProcessingQuantity"
        )
    ),
    researchingQuantity=record(
        totalResearchingQuantity=COUNT,
        researchingQuantityBreakdown=listed(record("name quantity", name={"enum": RESEARCHING}, quantity=COUNT)),
    ),
    unfulfillableQuantity=record(
        **counts("totalUnfulfillableQuantity", "customerDamagedQuantity", "warehouseDamagedQuantity", "defectiveQuantity"),
        **counts("distributorDamagedQuantity", "carrierDamagedQuantity", "expiredQuantity"),
    ),
)
SUMMARY = record(
    asin=TEXT,
    fnSku=TEXT,
    sellerSku=TEXT,
    condition=TEXT,
    inventoryDetails=DETAILS,
    lastUpdatedTime=INSTANT,
    productName=TEXT,
    totalQuantity=COUNT,
    stores=listed(TEXT),
)

ANSWERS = {
    "createReport": record("reportId", reportId=TEXT),
    "getReport": REPORT,
    "getReports": record("reports", reports=listed(REPORT), nextToken=TEXT),
    "getReportDocument": record(
        "reportDocumentId url", reportDocumentId=TEXT, url=TEXT, compressionAlgorithm={"enum": ["GZIP"]}
    ),
    "createQuery": record("queryId", queryId=TEXT),
    "getQuery": QUERY,
    "getQueries": record("queries", queries=listed(QUERY), pagination=PAGINATION),
    "getDocument": record("documentId documentUrl", documentId=TEXT, documentUrl=TEXT),
    "getInventorySummaries": record(
        payload=record(
            "granularity inventorySummaries",
            granularity=record(granularityType=TEXT, granularityId=TEXT),
            inventorySummaries=listed(SUMMARY),
        ),
        pagination=PAGINATION,
    ),
}
"""What each operation answers when it goes well; cancelReport and cancelQuery answer no body."""
