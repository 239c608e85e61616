"""What a browser calls itself, in words that its owner knows it by. A guess for the eye: nothing is decided by it."""

# The first that stands in the text: most browsers name those that came before them too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip - one pair after another
_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip - as above


def short_agent(agent: str) -> str:
    """Give the browser and the device, such as `Firefox · Windows`; the whole text where neither is known."""
    found = [next((name for part, name in names if part in agent), None) for names in (_BROWSERS, _DEVICES)]
    return " · ".join(one for one in found if one) or agent
