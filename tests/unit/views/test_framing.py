"""Which pages may frame ours: origins, and nothing that would widen the policy."""

import pytest

from novigem.errors import SettingsError
from novigem.views.web.headers import origins, policy


def test_origins_are_read_from_one_setting() -> None:
    found = origins("https://acme.lightning.force.com, https://*.example.com:8443 http://localhost:3000")
    assert found == ("https://acme.lightning.force.com", "https://*.example.com:8443", "http://localhost:3000")
    assert policy(found).endswith(f"frame-ancestors {' '.join(found)}")


def test_without_one_nobody_may() -> None:
    assert policy(origins(None)).endswith("frame-ancestors 'none'")


@pytest.mark.parametrize(
    "text", ["*", "https:", "http://example.com", "'self'", "https://a.com;script-src", "https://a/b"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is not the origin"):
        origins(text)
