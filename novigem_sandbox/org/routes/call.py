"""What a route gets: the org, the request, and who asks."""

from collections.abc import Callable
from typing import NamedTuple

from novigem_sandbox.org.http import Request, Response
from novigem_sandbox.org.org import SampleOrg


class Call(NamedTuple):
    """One request on its way. `url` is the address of the server; `version` and `user` are empty before log-in."""

    org: SampleOrg
    request: Request
    url: str
    version: str = ""
    user: str = ""

    @property
    def base(self) -> str:
        """The beginning of addresses in answers."""
        return f"/services/data/v{self.version}"


#: Takes the named parts of the address as keywords.
Route = Callable[..., Response]
