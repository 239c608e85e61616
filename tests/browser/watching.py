"""What a page does that nobody sees: requests to others, errors of scripts, what the policy of content refuses."""

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Request


@dataclass
class Watch:
    """Notes what pages do while they are open."""

    foreign: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, page: Page, origin: str) -> None:
        """Watch a page from now on."""

        def requested(request: Request) -> None:
            if not request.url.startswith((origin + "/", "data:")):
                self.foreign.append(request.url)

        def said(message: ConsoleMessage) -> None:
            if "Content Security Policy" in message.text:
                self.refused.append(message.text)
            elif message.type == "error" and message.location.get("url") != page.url:
                # A page that says 404 is told of under its own address; what it loads must be there.
                self.errors.append(message.text)

        page.on("request", requested)
        page.on("console", said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
