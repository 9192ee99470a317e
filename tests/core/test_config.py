"""Wrong settings stop the start with one sentence that names the variable and shows no value."""

from base64 import urlsafe_b64encode

import pytest

from portal.config import DEVELOPMENT_CIPHER, DEVELOPMENT_SECRET, BadSettings, Settings, read_settings, unknown_settings

SECRET = "Wq7-zR3_mK9+tB5=xN1.cH8:vL2!pD6(gS4"
CIPHER = urlsafe_b64encode(bytes(range(32))).decode()
WHOLE = {
    "PORTAL_ENVIRONMENT": "production",
    "PORTAL_SECRET": SECRET,
    "PORTAL_CIPHER_KEYS": CIPHER,
    "PORTAL_PUBLIC_URL": "https://portal.example",
}


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch):
    def give(**others: str | None) -> None:
        for name, value in (WHOLE | {f"PORTAL_{name.upper()}": value for name, value in others.items()}).items():
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)

    return give


def refusal() -> str:
    with pytest.raises(BadSettings) as caught:
        read_settings()
    return str(caught.value)


def test_whole_settings_are_taken(variables) -> None:
    variables(proxy_hops="1", city_es="San José")
    settings = read_settings()
    assert (settings.proxy_hops, settings.city_es, settings.secure_cookies) == (1, "San José", True)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"secret": None}, "PORTAL_SECRET"),
        ({"secret": "short"}, "PORTAL_SECRET"),
        ({"secret": "ababababababababababababababababababab"}, "PORTAL_SECRET"),
        ({"secret": DEVELOPMENT_SECRET}, "PORTAL_SECRET"),
        ({"cipher_keys": None}, "PORTAL_CIPHER_KEYS"),
        ({"cipher_keys": DEVELOPMENT_CIPHER}, "PORTAL_CIPHER_KEYS"),
        ({"cipher_keys": f"{CIPHER},{DEVELOPMENT_CIPHER}"}, "PORTAL_CIPHER_KEYS"),
        ({"cipher_keys": "hunter2hunter2"}, "PORTAL_CIPHER_KEYS: key 1"),
        ({"cipher_keys": f"{CIPHER},ñandú"}, "PORTAL_CIPHER_KEYS: key 2"),
        ({"cipher_keys": f"{CIPHER},"}, "PORTAL_CIPHER_KEYS: key 2"),
        ({"public_url": "http://portal.example"}, "PORTAL_PUBLIC_URL"),
        ({"public_url": "portal.example"}, "PORTAL_PUBLIC_URL"),
        ({"demo": "yes"}, "PORTAL_DEMO"),
        ({"environment": "staging"}, "PORTAL_ENVIRONMENT"),
        ({"timezone": "America/Gotham"}, "PORTAL_TIMEZONE"),
        ({"proxy_hops": "-1"}, "PORTAL_PROXY_HOPS"),
        ({"proxy_hops": "some"}, "PORTAL_PROXY_HOPS"),
        ({"sms_sender": "pigeon"}, "PORTAL_SMS_SENDER"),
        ({"sms_sender": "twilio"}, "PORTAL_TWILIO_AUTH_TOKEN"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_named_and_not_shown(variables, wrong: dict[str, str | None], named: str) -> None:
    variables(**wrong)
    sentence = refusal()
    assert named in sentence
    assert "\n" not in sentence
    for value in wrong.values():
        assert value in (None, "yes", "twilio") or value not in sentence


def test_outside_production_secrets_are_made_up(variables) -> None:
    variables(environment="development", secret=None, cipher_keys=None, public_url=None)
    settings = read_settings()
    assert settings.secret == DEVELOPMENT_SECRET
    assert settings.is_development
    assert not settings.secure_cookies


def test_without_any_setting_it_is_production(variables) -> None:
    variables(environment=None, secret=None)
    assert "PORTAL_SECRET" in refusal()


def test_the_database_lies_in_the_data_folder_unless_it_is_named(tmp_path) -> None:
    given = {"environment": "test", "data_dir": tmp_path}
    assert Settings(**given).database == f"sqlite:///{tmp_path}/portal.db"
    assert Settings(**given, database_url="postgresql://db/x").database == "postgresql+psycopg://db/x"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("PORTAL_SMTP_ULR", "PORTAL_SMTP_ULR is no setting: is it PORTAL_SMTP_URL?"),
        ("PORTAL_PROXYHOPS", "PORTAL_PROXYHOPS is no setting: is it PORTAL_PROXY_HOPS?"),
        ("PORTAL_CIPHER_KEY", "PORTAL_CIPHER_KEY is no setting: is it PORTAL_CIPHER_KEYS?"),
        ("PORTAL_TWILIO_TOKEN", "PORTAL_TWILIO_TOKEN is no setting: is it PORTAL_TWILIO_AUTH_TOKEN?"),
        ("PORTAL_COLOUR", "PORTAL_COLOUR is no setting"),
    ],
)
def test_a_variable_that_is_no_setting_is_named_with_the_nearest(name: str, sentence: str) -> None:
    assert unknown_settings(["PATH", "portal_secret", "PORTAL_SMTP_URL", name]) == [sentence]
