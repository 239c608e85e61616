"""The SOAP log-in, as far as clients still use it."""

import re
from html import escape, unescape

from novigem_sandbox.org.http import XML, Response
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.routes.login import find_user

#: From this version on there is no SOAP log-in.
_GONE_FROM = 65.0
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:fault.partner.soap.sforce.com" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
)
_WRONG = "Invalid username, password, security token; or user locked out."


def login(call: Call, version: str) -> Response:
    """Open a session with a username and a password with its security token."""
    call.org.sessions.logins += 1
    if float(version) >= _GONE_FROM:
        return _fault("UNSUPPORTED_API_VERSION", "SOAP API login() is not available in this version")
    # Two texts are all that is needed, and no XML parser means none of XML's traps.
    text = call.request.body.decode("utf-8", "replace")
    username, password = (_element(text, name) for name in ("username", "password"))
    user = find_user(call.org, username) if call.org.sessions.is_password(username, password) else None
    if user is None:
        return _fault("INVALID_LOGIN", _WRONG)
    session = call.org.sessions.open(call.org.id, user["Id"])
    server = f"{call.url}/services/Soap/u/{version}/{call.org.id[:15]}"
    result = (
        f"<loginResponse><result><metadataServerUrl>{escape(server)}</metadataServerUrl>"
        f"<passwordExpired>false</passwordExpired><sandbox>true</sandbox><serverUrl>{escape(server)}</serverUrl>"
        f"<sessionId>{escape(session)}</sessionId><userId>{escape(user['Id'])}</userId></result></loginResponse>"
    )
    return Response(200, _ENVELOPE.format(result).encode(), XML)


def _element(text: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}>([^<]*)</", text)
    return "" if found is None else unescape(found[1])


def _fault(code: str, message: str) -> Response:
    fault = (
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
        f'<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>"
    )
    return Response(500, _ENVELOPE.format(fault).encode(), XML)
