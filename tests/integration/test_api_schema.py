"""The API holds what its OpenAPI says, whatever it is asked."""

from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks

from novigem.access.roles import Role
from novigem.views.web.app import create_app
from tests.bed.pages import demo_database, demo_site, reader

_AMARA = "005Hs0000000101IAA"
# Who may look, sign-in and rates have tests of their own.
_CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
_EXAMPLES = 15


def test_every_answer_is_as_the_schema_says(tmp_path: Path) -> None:
    load_all_checks()
    checks = CHECKS.get_by_names(list(_CHECKS))
    site = demo_site(demo_database(tmp_path), reader(_AMARA, Role.LEADER, Role.ADMIN, Role.OPERATOR))
    site.api_rate = "1000000/minute"
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(site))
    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) > 15
    try:
        for operation in operations:

            @settings(
                max_examples=_EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def every_answer_holds(case: schemathesis.Case) -> None:
                case.call_and_validate(checks=checks)

            every_answer_holds()
    finally:
        site.engine.dispose()
