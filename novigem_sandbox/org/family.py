"""Which records belong to which: what goes with a parent into the recycle bin, and what a merge moves over."""

from typing import Final

Families = dict[str, tuple[tuple[str, str], ...]]

#: Children that go into the recycle bin with their parent, and come back with it: object and lookup.
CASCADES: Final[Families] = {
    "Account": (
        ("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Case", "AccountId"), ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Case": (("Task", "WhatId"), ("Event", "WhatId")),
    "Contact": (("Task", "WhoId"), ("Event", "WhoId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
    "Opportunity": (("Task", "WhatId"), ("Event", "WhatId")),
}  # fmt: skip
#: Lookups that a merge points at the winner.
MOVES: Final[Families] = {
    "Account": (
        ("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Case", "AccountId"), ("Task", "WhatId"),
        ("Event", "WhatId"),
    ),
    "Case": (("Task", "WhatId"), ("Event", "WhatId")),
    "Contact": (("Case", "ContactId"), ("Task", "WhoId"), ("Event", "WhoId")),
    "Lead": (("Task", "WhoId"), ("Event", "WhoId")),
}  # fmt: skip
