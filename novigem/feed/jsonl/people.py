"""People told in a header line, in Salesforce's own field names."""

from typing import Any

from novigem.model.ids import id18
from novigem.model.people import Person
from novigem.model.zones import is_own_zone, zone_finding


def read_people(users: Any) -> tuple[list[Person], list[str]]:
    """Give the people of a header's `users` list, and what is wrong with the others, in plain words."""
    if not isinstance(users, list):
        return [], ["users: must be a list of users"]
    people: list[Person] = []
    problems: list[str] = []
    for place, user in enumerate(users, start=1):
        try:
            people.append(_person(user))
        except ValueError as error:
            problems.append(f"user {place}: {error}")
    return people, problems


def person_as_user(person: Person) -> dict[str, Any]:
    """Give a person as an entry of a header's `users` list; `read_people` reads it back."""
    user: dict[str, Any] = {"Id": person.id, "IsActive": person.active}
    told = {"Name": person.name, "Email": person.email, "UserRole.Name": person.role, "ManagerId": person.manager}
    told |= {"UserRoleId": person.role_id, "TimeZoneSidKey": person.timezone}
    return user | {field: value for field, value in told.items() if value is not None}


def _person(user: Any) -> Person:
    if not isinstance(user, dict):
        raise ValueError("must be an object with Id and Name")  # noqa: TRY004 - a fault in the data, not in the program
    user_id = _text(user, "Id")
    if user_id is None:
        raise ValueError("Id: missing")
    active = user.get("IsActive", True)
    if not isinstance(active, bool):
        raise ValueError("IsActive: must be true or false")  # noqa: TRY004 - a fault in the data, not in the program
    manager, role_id = _text(user, "ManagerId"), _text(user, "UserRoleId")
    return Person(
        id=id18(user_id),
        name=_text(user, "Name"),
        email=_text(user, "Email"),
        active=active,
        role=_role(user),
        manager=None if manager is None else id18(manager),
        role_id=None if role_id is None else id18(role_id),
        timezone=_zone(user),
    )


def _zone(user: dict[str, Any]) -> str | None:
    """Give the time zone that Salesforce has of a user, or that a file of one's own calls `timezone`."""
    name = _text(user, "TimeZoneSidKey") or _text(user, "timezone")
    if name is None or is_own_zone(name):
        return name
    found = zone_finding(name)
    meant = f"; did you mean {found.meant}?" if found is not None and found.meant else ""
    raise ValueError(f"TimeZoneSidKey: there is no time zone {name[:60]!r}{meant}")


def _role(user: dict[str, Any]) -> str | None:
    nested = user.get("UserRole")
    if "UserRole.Name" not in user and isinstance(nested, dict):
        return _text(nested, "Name")
    return _text(user, "UserRole.Name")


def _text(user: dict[str, Any], field: str) -> str | None:
    value = user.get(field)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"{field}: must be a text")  # noqa: TRY004 - a fault in the data, not in the program
    return value
