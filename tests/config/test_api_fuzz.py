"""The whole API as its schema says and against what it says, as every role: no answer is a 5xx."""

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from config.models import Role
from ingestion.models import WriteKey
from tests.factories.config import MemberFactory, UserFactory
from tests.factories.ingestion import SourceFactory, WriteKeyFactory
from tests.servers import ROOT

# `make lint` holds the file to the code.
SCHEMA = schemathesis.openapi.from_path(ROOT / "docs" / "reference" / "openapi.yaml")
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
READERS = ["nobody", *Role.values, "superuser", "client key", "server key"]
# Who gets furthest, by each kind of login: what is wrong with a parameter is told to nobody else.
FURTHEST = ["nobody", Role.ADMIN.value, "server key"]
# All of it takes some seconds, however many operations there are.
EXAMPLES = max(3, 40 // len(OPERATIONS))
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


def log_in(client, reader):
    """The headers a reader sends besides."""
    if reader in Role.values:
        client.force_login(MemberFactory(role=reader).user)
    elif reader == "superuser":
        client.force_login(UserFactory(superuser=True))
    elif reader != "nobody":
        scope = WriteKey.Scope.SERVER if reader == "server key" else WriteKey.Scope.CLIENT
        WriteKeyFactory(source=SourceFactory(), key="awk_fuzz", scope=scope)
        return {"Authorization": "Bearer awk_fuzz"}
    return {}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_request_of_any_role_ends_in_a_5xx(client, db, operation, reader, mode):
    own = log_in(client, reader)

    @fuzz
    @given(case=OPERATIONS[operation].as_strategy(generation_mode=mode))
    def ask(case):
        request = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        # It makes up logins of its own.
        headers = {name: value for name, value in request.headers.items() if name not in {"Authorization", "Cookie"}}
        response = client.generic(
            request.method,
            request.path_url,
            request.body or b"",
            headers.pop("Content-Type", "application/json"),
            headers=headers | own,
        )
        assert response.status_code < 500, response.content
        if response.status_code >= 400:
            assert set(response.json()) == {"code", "message", "details"}

    ask()


@pytest.mark.parametrize("reader", FURTHEST)
@pytest.mark.parametrize(
    "value", ["%00", "a%00b", "%ED%A0%BD", "%FF", "", "%20", "'", "%25", "a" * 5_000, "0001-01-01", "NaN"]
)
def test_no_odd_parameter_of_any_role_ends_in_a_5xx(client, db, reader, value):
    own = log_in(client, reader)
    for operation in OPERATIONS.values():
        if not operation.path_parameters:
            for parameter in operation.query:
                address = f"{operation.path}?{parameter.name}={value}"
                response = client.generic(operation.method, address, "{}", "application/json", headers=own)
                assert response.status_code < 500, response.content
