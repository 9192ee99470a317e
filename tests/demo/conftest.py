"""What tests of the demonstration share."""

import socket

import psutil
import pytest
from sqlalchemy.orm import Session

from demo import feature
from demo.sign_ins import Handover
from portal.config import Settings
from tests.conftest import Once


def load(_session: Session) -> Handover:
    """Load the city."""
    return feature.load()


@pytest.fixture
def handover(once: Once) -> Handover:
    """The city is there; what exists in clear only when it is loaded."""
    return once(load)


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


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended; who should have waited for it may be gone as well."""
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
