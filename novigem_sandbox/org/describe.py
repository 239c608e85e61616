"""Describe answers: what an object and its fields look like over the API."""

from collections.abc import Iterable, Mapping
from typing import Any

from novigem_sandbox.org.schema import Field, ObjectType
from novigem_sandbox.org.table import Row

_SOAP = {
    "anyType": "xsd:anyType", "boolean": "xsd:boolean", "currency": "xsd:double", "date": "xsd:date",
    "datetime": "xsd:dateTime", "double": "xsd:double", "id": "tns:ID", "int": "xsd:int", "percent": "xsd:double",
    "reference": "tns:ID", "address": "urn:address",
}  # fmt: skip
_NOT_GROUPED = ("currency", "datetime", "double", "percent", "textarea", "address", "anyType")
_LONGEST_FILTERED = 255
_MASTER_RECORD_TYPE = "012000000000000AAA"
_ACTIVITIES = ("Event", "Task")


def describe_object(
    shape: ObjectType, objects: Mapping[str, ObjectType], record_types: Iterable[Row], base: str
) -> dict[str, Any]:
    """Give the full describe of an object. `base` is `/services/data/vNN.0`."""
    told = describe_briefly(shape, base)
    return told | {
        "actionOverrides": [],
        "childRelationships": _children(shape, objects),
        "compactLayoutable": told["layoutable"],
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [describe_field(field) for field in shape.fields()],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(record_types),
        "searchLayoutable": told["layoutable"],
        "supportedScopes": [{"label": f"All {shape.plural.lower()}", "name": "everything"}],
    }


def describe_briefly(shape: ObjectType, base: str) -> dict[str, Any]:
    """Give an object as the list of all objects tells it."""
    writes = shape.deletes or shape.name == "User"
    address = f"{base}/sobjects/{shape.name}"
    return {
        "activateable": False,
        "associateEntityType": "History" if shape.parent else None,
        "associateParentEntity": shape.parent.removesuffix("Id") if shape.parent else None,
        "createable": writes,
        "custom": False,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": shape.deletes,
        "deprecatedAndHidden": False,
        "feedEnabled": shape.deletes,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": shape.prefix,
        "label": shape.label,
        "labelPlural": shape.plural,
        "layoutable": shape.deletes,
        "mergeable": shape.merges and shape.name != "Case",
        "mruEnabled": shape.deletes,
        "name": shape.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": shape.deletes,
        "triggerable": writes,
        "undeletable": shape.deletes,
        "updateable": writes,
        "urls": {
            "sobject": address,
            "describe": f"{address}/describe",
            "rowTemplate": f"{address}/{{ID}}",
        },
    }


def describe_field(field: Field) -> dict[str, Any]:
    """Give a field as a describe tells it."""
    is_long = field.type == "textarea" and field.length > _LONGEST_FILTERED
    is_plain = not is_long and field.type not in ("address", "anyType")
    return {
        "aggregatable": is_plain and field.type not in ("boolean", "textarea"),
        "aiPredictionField": False,
        "autoNumber": field.name == "CaseNumber",
        "byteLength": field.length * (1 if field.type in ("id", "reference") else 3),
        "calculated": field.calculated,
        "calculatedFormula": "(computed)" if field.calculated else None,
        "cascadeDelete": False,
        "caseSensitive": False,
        "compoundFieldName": field.compound,
        "controllerName": None,
        "createable": field.access in ("write", "create"),
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" and field.access != "read" else None,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.defaulted,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": None,
        "filterable": is_plain,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": is_plain and field.type not in _NOT_GROUPED and not field.calculated,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.type == "id" or field.external_id,
        "inlineHelpText": None,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": len(field.refers_to) > 1,
        "nillable": not field.required,
        "permissionable": not field.required and field.access != "read",
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}
            for value in field.values
        ],
        "polymorphicForeignKey": len(field.refers_to) > 1,
        "precision": field.precision,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": field.refers_to,
        "relationshipName": field.relationship,
        "relationshipOrder": None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": False,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": is_plain,
        "type": field.type,
        "unique": field.external_id,
        "updateable": field.access in ("write", "update"),
        "writeRequiresMasterRead": False,
    }


def _children(shape: ObjectType, objects: Mapping[str, ObjectType]) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": other.parent is not None or other.name in _ACTIVITIES,
            "childSObject": other.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": "Histories" if other.parent == field.name else None,
            "restrictedDelete": False,
        }
        for other in objects.values()
        for field in other.fields()
        if shape.name in field.refers_to
    ]


def _record_types(rows: Iterable[Row]) -> list[dict[str, Any]]:
    found = [(row["Id"], row["DeveloperName"], row["Name"], bool(row.get("IsActive"))) for row in rows]
    everything = [*found, (_MASTER_RECORD_TYPE, "Master", "Master", True)]
    return [
        {
            "active": is_active,
            "available": is_active,
            "defaultRecordTypeMapping": place == 0,
            "developerName": developer_name,
            "master": developer_name == "Master",
            "name": name,
            "recordTypeId": record_id,
        }
        for place, (record_id, developer_name, name, is_active) in enumerate(everything)
    ]
