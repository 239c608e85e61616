"""Single records: read, create, change, delete, upsert."""

from typing import Any

from novigem.model.ids import whole_id
from novigem_sandbox.org.errors import Refusal, no_such_column, not_found
from novigem_sandbox.org.http import Response, answer_json
from novigem_sandbox.org.record import RecordView
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.routes.catalogue import named
from novigem_sandbox.org.table import Row, Table


def read(call: Call, name: str, record_id: str) -> Response:
    """Show a record with every field that may be read, or those that are asked for."""
    with call.org.lock:
        table = named(call, name)
        row = _visible(call, table, record_id)
        return answer_json(_shown(call, table, row))


def read_by(call: Call, name: str, field: str, value: str) -> Response:
    """Show the record that has a value in an external id field."""
    with call.org.lock:
        table = named(call, name)
        return answer_json(_shown(call, table, _visible(call, table, _one(call, table, field, value) or "")))


def create(call: Call, name: str) -> Response:
    """Create a record."""
    with call.org.lock:
        table = named(call, name)
        values = _checked(table, call.request.json(), "create")
        _demand_required(table, values)
        made = call.org.create(table.shape.name, values, user=call.user)
    return answer_json({"id": made, "success": True, "errors": []}, 201)


def update(call: Call, name: str, record_id: str) -> Response:
    """Change a record."""
    with call.org.lock:
        table = named(call, name)
        row = _visible(call, table, record_id)
        call.org.update(row["Id"], _checked(table, call.request.json(), "update"), user=call.user)
    return Response(204)


def delete(call: Call, name: str, record_id: str) -> Response:
    """Delete a record."""
    with call.org.lock:
        table = named(call, name)
        if not table.shape.deletes:
            message = f"entity type {table.shape.name} does not support delete"
            raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", message)
        call.org.delete(_visible(call, table, record_id)["Id"], user=call.user)
    return Response(204)


def upsert(call: Call, name: str, field: str, value: str) -> Response:
    """Change the record that has a value in an external id field, or create one."""
    with call.org.lock:
        table = named(call, name)
        asked = call.request.json()
        found = _one(call, table, field, value)
        if found is not None:
            call.org.update(found, _checked(table, asked, "update"), user=call.user)
            return answer_json({"id": found, "success": True, "errors": [], "created": False})
        values = _checked(table, asked, "create") | ({} if field.lower() == "id" else {field: value})
        _demand_required(table, values)
        made = call.org.create(table.shape.name, values, user=call.user)
    return answer_json({"id": made, "success": True, "errors": [], "created": True}, 201)


def _shown(call: Call, table: Table, row: Row) -> dict[str, Any]:
    record = RecordView(table.shape, row, call.org.find_any)
    name = table.shape.name
    shown: dict[str, Any] = {"attributes": {"type": name, "url": f"{call.base}/sobjects/{name}/{row['Id']}"}}
    asked = call.request.query.get("fields")
    if asked is None:
        return shown | {field.name: record[field.name] for field in table.shape.fields()}
    for one in asked.split(","):
        field = table.shape.field(one.strip())
        if field is None:
            raise no_such_column(one.strip(), name)
        shown[field.name] = record[field.name]
    return shown


def _visible(call: Call, table: Table, record_id: str) -> Row:
    """Give a row that the user may see. Raises Refusal (404)."""
    try:
        row = table.rows.get(whole_id(record_id))
    except ValueError as error:
        raise not_found() from error
    if row is None or row["Id"] in call.org.unshared:
        raise not_found()
    if row.get("IsDeleted"):
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    return row


def _one(call: Call, table: Table, name: str, value: str) -> str | None:
    """Give the id of the record with a value in an external id field, None where there is none. Raises Refusal."""
    field = table.shape.field(name)
    if field is None or not (field.external_id or field.type == "id"):
        raise Refusal(
            "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}", status=404
        )
    if field.type == "id":
        return str(_visible(call, table, value)["Id"])
    found = [row["Id"] for row in table.by_id() if str(row.get(field.name)) == value and not row.get("IsDeleted")]
    if len(found) > 1:
        raise Refusal("DUPLICATE_EXTERNAL_ID", f"{name}: more than one record found", status=300)
    return found[0] if found else None


def _checked(table: Table, values: dict[str, Any], act: str) -> dict[str, Any]:
    """Give what a client wants to write, without `attributes`. Raises Refusal for what it may not write."""
    wanted = {name: value for name, value in values.items() if name != "attributes"}
    for name in wanted:
        field = table.shape.field(name)
        if field is None:
            raise no_such_column(name, table.shape.name)
        if field.access not in ("write", act):
            message = (
                f"Unable to create/update fields: {field.name}. Please check the security settings of this field and "
                "verify that it is read/write for your profile or permission set."
            )
            raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=(field.name,))
    return wanted


def _demand_required(table: Table, values: dict[str, Any]) -> None:
    given = {name.lower() for name, value in values.items() if value is not None}
    missing = tuple(
        field.name
        for field in table.shape.fields()
        if field.required and not field.defaulted and field.access != "read" and field.name.lower() not in given
        and field.type != "boolean"
    )  # fmt: skip
    if missing:
        listed = ", ".join(missing)
        raise Refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{listed}]", fields=missing)
