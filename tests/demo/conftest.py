"""What tests of the demonstration share."""

import socket

import pytest

from portal.config import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As in a demonstration, but that no telephone company answers."""
    ours = {
        "demo": True,
        "sms_number": "+12025550100",
        "twilio_auth_token": "t" * 32,
        "twilio_account_sid": "AC" + "0" * 32,
    }
    return settings.model_copy(update={**ours, "twilio_api_base": f"http://127.0.0.1:{free_port()}"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
