"""From a request to an answer: faults, routes, and the headers that stand on every answer."""

from novigem_sandbox.org.clock import http_date
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.http import Request, Response, answer_page, answer_refusal
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.routes.table import answer_call

#: Salesforce's limit for an address and its headers, in bytes.
LONGEST_HEAD = 16_384


def answer_request(org: SampleOrg, request: Request, url: str) -> Response:
    """Answer a request to the server at `url`."""
    effects = org.faults.striking(request)
    answers = (effect.before(request) for effect in effects)
    response = next((answer for answer in answers if answer is not None), None)
    if response is None:
        response = _answer(org, request, url)
    response.headers.setdefault("Date", http_date(org.clock.now()))
    if request.path.startswith("/services/data/"):
        response.headers.setdefault("Sforce-Limit-Info", org.usage.header)
    for effect in effects:
        response = effect.after(request, response)
    return response


def _answer(org: SampleOrg, request: Request, url: str) -> Response:
    if len(request.target) + sum(len(key) + len(value) + 4 for key, value in request.headers.items()) > LONGEST_HEAD:
        if len(request.target) > LONGEST_HEAD // 2:
            return answer_page(414, "Bad Message 414", "reason: URI Too Long")
        return answer_page(431, "Bad Message 431", "reason: Request Header Fields Too Large")
    try:
        return answer_call(Call(org, request, url))
    except Refusal as refusal:
        return answer_refusal(refusal)
