"""The only code that talks to Amazon: credentials and a report wish come in, report states and stored bytes go out.

Every call has waited for the rate budget, every answer has been checked for what it must contain, every failure is one of
`core.errors`, and no token, secret or presigned link is in any text that leaves this package.
"""
