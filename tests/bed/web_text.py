"""What a page says, as somebody reads it: its words without the marks between them."""

import re
from html import unescape


def words_of(html: str) -> str:
    """Give the words of the main part of a page, each apart by one blank."""
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0] or html
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())
