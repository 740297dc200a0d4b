"""Amazon's report documents, one module per report.

In come the books of a simulated seller and a request; out go the very bytes Amazon would serve at that moment: exact headers,
its encodings and line ends, and its habits (late traffic, unpriced pending orders, sold-out SKUs missing from planning).
"""
