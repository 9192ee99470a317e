"""The telephone: sends texts, asks about their delivery, fetches pictures, and verifies the provider's signature.

Only this folder imports twilio, and late. Its exceptions and log lines can contain numbers and URLs, so none leaves
this folder: failures are returned as an `Outcome` or raised as `Unreachable` or `PictureRefused`, which hold at most a
reason and a code.
"""
