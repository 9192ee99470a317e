"""The telephone: sends texts, asks what became of them, fetches pictures, and knows the provider's signature.

Only this folder imports twilio, and late. Its exceptions and log lines can hold numbers and addresses, so none gets out
of here: what goes wrong comes back as an `Outcome` or as `Unreachable`, which say a reason and a code and nothing more.
"""
