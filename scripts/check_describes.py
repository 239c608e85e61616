#!/usr/bin/env python3
"""Hold the fields of the sample org against describe answers of a real org.

    scripts/check_describes.py FOLDER

FOLDER holds describe answers as JSON, named `Opportunity_describe.json` and so on, as an org gives them under
`sobjects/Opportunity/describe`. Every standard field must be there with the same type, size, rights and lookups, and
the sample org must tell nothing of a field that a real describe does not tell too. Custom fields are each org's own.

Exits 0 when everything agrees, 1 when anything differs.
"""

import json
import sys
from pathlib import Path
from typing import Any

from novigem_sandbox.org import SampleOrg
from novigem_sandbox.org.describe import describe_object

COMPARED = (
    "type", "label", "length", "precision", "scale", "digits", "nillable", "createable", "updateable",
    "defaultedOnCreate", "restrictedPicklist", "compoundFieldName", "calculated", "custom",
)  # fmt: skip
#: What differs on purpose, with the reason.
KNOWN = {
    # Present in orgs that have record types for the object, as the playbooks need them.
    ("Opportunity", "RecordTypeId"),
}


def differences(name: str, real: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """Tell how an object of the sample org differs from a real one."""
    theirs = {field["name"]: field for field in real["fields"] if not field["name"].endswith("__c")}
    mine = {field["name"]: field for field in ours["fields"] if not field["custom"]}
    found = [f"{name}.{field} is missing" for field in sorted(theirs.keys() - mine.keys())]
    found += [
        f"{name}.{field} is in no real org"
        for field in sorted(mine.keys() - theirs.keys())
        if (name, field) not in KNOWN
    ]
    for field in sorted(theirs.keys() & mine.keys()):
        for key in COMPARED:
            if theirs[field][key] != mine[field][key]:
                found.append(f"{name}.{field} {key}: {theirs[field][key]!r} there, {mine[field][key]!r} here")
        found += [f"{name}.{field} lacks {key}" for key in sorted(theirs[field].keys() - mine[field].keys())]
        found += [f"{name}.{field} invents {key}" for key in sorted(mine[field].keys() - theirs[field].keys())]
    return found


def main() -> int:
    """Compare every describe of the folder that the sample org knows too."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 1
    org = SampleOrg()
    found: list[str] = []
    compared = 0
    for path in sorted(Path(sys.argv[1]).glob("*_describe.json")):
        name = path.name.removesuffix("_describe.json")
        if name not in org.objects:
            continue
        compared += 1
        real = json.loads(path.read_text("utf-8"))
        shape = org.objects[name]
        found += differences(name, real, describe_object(shape, org.objects, (), "/services/data/v62.0"))
    print("\n".join([*found, f"{compared} objects compared, {len(found)} differences"]))
    return 1 if found or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
