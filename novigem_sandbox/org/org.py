"""The sample org itself: its records, and what administrators, sharing and internal jobs do to them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from novigem_sandbox.org.automation import case_status_rows, stage_rows
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.codes import Codes
from novigem_sandbox.org.database import Database
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.faults import Faults
from novigem_sandbox.org.jobs import Jobs
from novigem_sandbox.org.schema import Field
from novigem_sandbox.org.sessions import Sessions
from novigem_sandbox.org.soql import Cursors, answer_query
from novigem_sandbox.org.table import TableRow
from novigem_sandbox.org.transaction import Transaction
from novigem_sandbox.org.usage import Usage

_ZONE = "America/New_York"
_NUMBERS = {"currency": (18, 2), "double": (18, 2), "percent": (3, 0)}
_RECORD_TYPES = (
    ("Renewal", "Renewal"), ("Expansion", "Expansion"), ("Upsell", "Upsell"), ("New_Business", "New Business"),
)  # fmt: skip


class SampleOrg(Database):
    """An org in memory.

    `time_zone` is the organisation's own, by which SOQL counts its days; `org_id` has 18 characters.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        name: str = "Sample Org",
        time_zone: str = _ZONE,
        keep_versions: bool = True,
        org_id: str | None = None,
    ) -> None:
        super().__init__(clock, time_zone=time_zone, keep_versions=keep_versions)
        self.faults = Faults()
        self.sessions = Sessions(self.clock)
        self.codes = Codes()
        self.usage = Usage()
        self.jobs = Jobs(self)
        self.cursors = Cursors(self.clock)
        self.id = org_id or self.new_id("00D")
        self._found(name)

    def _found(self, name: str) -> None:
        """Put in what an org has from its first day."""
        self.load("Organization", [{
            "Id": self.id, "Name": name, "IsSandbox": True, "TimeZoneSidKey": self.time_zone,
            "OrganizationType": "Developer Edition", "InstanceName": "NV1", "LanguageLocaleKey": "en_US",
            "DefaultLocaleSidKey": "en_US", "FiscalYearStartMonth": 1, "Country": "US",
        }])  # fmt: skip
        self.load("User", [{
            "Id": self.admin, "FirstName": "Sample", "LastName": "Administrator", "Username": "admin@example.com",
            "Email": "admin@example.com", "Alias": "admin", "IsActive": True, "TimeZoneSidKey": self.time_zone,
            "UserType": "Standard", "LocaleSidKey": "en_US",
        }])  # fmt: skip
        self.load("OpportunityStage", stage_rows())
        self.load("CaseStatus", case_status_rows())
        for developer_name, label in _RECORD_TYPES:
            self.add_record_type("Opportunity", developer_name, label)

    def begin(self, user: str | None = None) -> Transaction:
        """Open a transaction of a user; of the administrator if left out."""
        return Transaction(self, self.admin if user is None else user)

    def create(
        self, name: str, values: Mapping[str, Any] | None = None, *, user: str | None = None, **more: Any
    ) -> str:
        """Create a record in a transaction of its own and give its id. Raises Refusal."""
        with self.begin(user) as tx:
            return tx.create(name, values, **more)

    def update(
        self, record_id: str, values: Mapping[str, Any] | None = None, *, user: str | None = None, **more: Any
    ) -> None:
        """Change a record in a transaction of its own. Raises Refusal."""
        with self.begin(user) as tx:
            tx.update(record_id, values, **more)

    def delete(self, record_id: str, *, user: str | None = None) -> None:
        """Delete a record in a transaction of its own. Raises Refusal."""
        with self.begin(user) as tx:
            tx.delete(record_id)

    def undelete(self, record_id: str, *, user: str | None = None) -> None:
        """Bring a record back in a transaction of its own. Raises Refusal."""
        with self.begin(user) as tx:
            tx.undelete(record_id)

    def merge(
        self, winner: str, losers: Sequence[str], values: Mapping[str, Any] | None = None, *, user: str | None = None
    ) -> None:
        """Merge records in a transaction of their own. Raises Refusal."""
        with self.begin(user) as tx:
            tx.merge(winner, losers, values)

    def add_user(self, name: str, *, role: str | None = None, manager: str | None = None, **more: Any) -> str:
        """Add an active user and give the id. `role` is the name of a role, made if need be; `manager` a user's id."""
        first, _space, last = name.rpartition(" ")
        handle = f"{name.lower().replace(' ', '.')}@example.com"
        values = {
            "FirstName": first or None, "LastName": last, "Username": handle, "Email": handle,
            "Alias": name[:1].lower() + last[:4].lower(), "TimeZoneSidKey": self.time_zone, "ManagerId": manager,
            "UserRoleId": None if role is None else self._role(role),
        }  # fmt: skip
        return self.create("User", values | more)

    def _role(self, name: str) -> str:
        with self.lock:
            roles = self.table("UserRole").rows.values()
            found = next((str(row["Id"]) for row in roles if row.get("Name") == name), None)
            return found or self.create("UserRole", Name=name, DeveloperName=name.replace(" ", "_"))

    def add_queue(self, name: str) -> str:
        """Add a queue, which may own leads, cases and tasks, and give its id."""
        return self.create("Group", Name=name, DeveloperName=name.replace(" ", "_"), Type="Queue")

    def add_record_type(self, object_name: str, developer_name: str, label: str | None = None) -> str:
        """Add a record type to an object and give its id."""
        name = label or developer_name.replace("_", " ")
        return self.create(
            "RecordType", Name=name, DeveloperName=developer_name, SobjectType=object_name, IsActive=True
        )

    def record_type(self, developer_name: str) -> str:
        """Give the id of a record type. Raises KeyError."""
        with self.lock:
            for row in self.table("RecordType").rows.values():
                if row["DeveloperName"] == developer_name:
                    return str(row["Id"])
        raise KeyError(developer_name)

    def add_field(
        self, object_name: str, name: str, type: str = "string", *, label: str | None = None,  # noqa: A002 - Salesforce's own word
        values: Sequence[str] = (), length: int = 255, external_id: bool = False, track: bool = False,
    ) -> None:  # fmt: skip
        """Add a custom field; `track` writes its changes to the field history."""
        precision, scale = _NUMBERS.get(type, (0, 0))
        field = Field(
            name, type, label or name.removesuffix("__c").replace("_", " "), precision=precision, scale=scale,
            length=0 if precision else length, values=list(values), external_id=external_id,
        )  # fmt: skip
        with self.lock:
            self.table(object_name).shape.add(field, self.clock.now())
            if track:
                self.tracked.setdefault(object_name, set()).add(name)

    def add_formula(
        self,
        object_name: str,
        name: str,
        function: Callable[[Mapping[str, Any]], Any],
        *,
        type: str = "string",  # noqa: A002 - as above
    ) -> None:
        """Add a formula field. `function` takes the record; what it gives may change without any stamp moving."""
        precision, scale = _NUMBERS.get(type, (0, 0))
        field = Field(
            name, type, name.removesuffix("__c").replace("_", " "), precision=precision, scale=scale, access="read",
            calculated=True, formula=function,
        )  # fmt: skip
        with self.lock:
            self.table(object_name).shape.add(field, self.clock.now())

    def hide_field(self, object_name: str, field: str) -> None:
        """Take the right to read a field away: it is absent from describe, and naming it is INVALID_FIELD."""
        with self.lock:
            self.table(object_name).shape.hide(field, self.clock.now(), hidden=True)

    def show_field(self, object_name: str, field: str) -> None:
        """Give the right to read a field back."""
        with self.lock:
            self.table(object_name).shape.hide(field, self.clock.now(), hidden=False)

    def hide_records(self, record_ids: Iterable[str]) -> None:
        """Take records out of sight, as a sharing rule does; they go on existing, and no stamp moves."""
        with self.lock:
            self.unshared.update(record_ids)

    def show_records(self, record_ids: Iterable[str]) -> None:
        """Bring records back into sight."""
        with self.lock:
            self.unshared.difference_update(record_ids)

    def touch(self, record_ids: Iterable[str]) -> None:
        """Move SystemModstamp of records and nothing else, as internal jobs do."""
        with self.begin() as tx:
            tx.touch(record_ids)

    def rename_picklist(self, object_name: str, field: str, old: str, new: str) -> list[str]:
        """Rename a value of a picklist in every record, and give their ids; LastModified* stays as it is."""
        with self.lock:
            table = self.table(object_name)
            known = table.shape.any_field(field)
            if known is None:
                raise Refusal("INVALID_FIELD", f"No such column '{field}' on sobject of type {table.shape.name}")
            known.values = [new if value == old else value for value in known.values]
            table.shape.changed_at = self.clock.now()
            found = [row["Id"] for row in table.by_id() if row.get(known.name) == old]
            with self.begin() as tx:
                tx.rewrite({record_id: {known.name: new} for record_id in found})
            return found

    def archive(self, record_ids: Iterable[str]) -> None:
        """Archive tasks or events: only queryAll shows them, and their stamp moves."""
        with self.begin() as tx:
            tx.rewrite({record_id: {"IsArchived": True} for record_id in record_ids})

    def purge(self, record_ids: Iterable[str]) -> None:
        """Remove records for good, history rows too. Only /deleted still tells of them, for 15 days. Raises Refusal."""
        with self.lock:
            for record_id in record_ids:
                found = self.find_any(record_id)
                if found is None:
                    continue
                if self.locks.is_held(record_id):
                    raise Refusal("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to {record_id}")
                self._purge_one(found)

    def _purge_one(self, found: TableRow) -> None:
        table, row = found
        record_id, stamp = row["Id"], self.clock.stamp()
        if not row.get("IsDeleted"):
            table.deletions.append((stamp, record_id))
        for history in self.histories_of(table):
            for one in history.children.pop(record_id, ()):
                history.purge(one)
        table.purge(record_id)
        if self.keep_versions:
            table.keep_version(record_id, stamp, None)

    def convert_lead(self, lead_id: str, *, opportunity: bool = True, user: str | None = None) -> dict[str, str | None]:
        """Convert a lead: in one transaction it becomes an account, a contact and, if wanted, an opportunity.

        Gives their ids by the names of the lead's fields. Raises Refusal.
        """
        with self.begin(user) as tx:
            lead = tx.get(lead_id)
            owner = {"OwnerId": lead["OwnerId"]}
            account = tx.create("Account", owner, Name=lead["Company"], Industry=lead["Industry"])
            person = {key: lead[key] for key in ("FirstName", "LastName", "Email", "Phone", "Title", "LeadSource")}
            contact = tx.create("Contact", person | owner, AccountId=account)
            deal = None
            if opportunity:
                source = {"LeadSource": lead["LeadSource"]}
                deal = tx.create("Opportunity", owner | source, Name=f"{lead['Company']}-", AccountId=account)
            made = {
                "ConvertedAccountId": account, "ConvertedContactId": contact, "ConvertedOpportunityId": deal,
            }  # fmt: skip
            converted = {
                "Status": "Closed - Converted", "IsConverted": True, "IsUnreadByOwner": False,
                "ConvertedDate": self.clock.now().date(),
            }  # fmt: skip
            tx.update(lead_id, made | converted)
            return made

    def query(self, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Give every row of a query as the API shows it; `deleted` also finds deleted and archived ones.

        Raises Refusal.
        """
        return answer_query(self, soql, deleted=deleted).all_rows()
