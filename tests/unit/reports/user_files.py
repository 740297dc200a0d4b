"""Short ways to write the files that people fill in, and to read what is made of them."""

import io
import zipfile

from openpyxl import Workbook

from sellerwatch.reports.user.file import read_user_file
from sellerwatch.reports.user.tables import USER_TABLES
from sellerwatch.reports.user.words_typed import Known

KNOWN = Known(("cascade", "alpine"))
COSTS = "sku,valid_from,purchase_amount,currency"


def read(data, table=None):
    data = data.encode() if isinstance(data, str) else data
    return read_user_file(data, KNOWN, table=USER_TABLES[table] if table else None, where="costs.csv")


def costs(*lines, header=COSTS):
    """Return a file of unit costs."""
    return "\n".join([header, *lines]) + "\n"


def values(file, *columns, table=0):
    """Return the typed cells of some columns, row by row; the file must be without findings."""
    assert file.findings == ()
    return [tuple(row.values[name] for name in columns) for row in file.tables[table].rows]


def found(file):
    """Return line, column and value of each finding."""
    return [(finding.line, finding.column, finding.value) for finding in file.findings]


def book(*rows, title="Sheet1", change=None):
    """Return a workbook with one sheet of these rows."""
    made = Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    return saved(made)


def saved(made):
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def rewritten(data, part, edit):
    """Return the workbook with one of its parts edited as text."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for item in source.infolist():
            content = source.read(item.filename)
            archive.writestr(item.filename, edit(content.decode()).encode() if item.filename == part else content)
    return target.getvalue()
