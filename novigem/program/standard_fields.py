"""The standard fields of the Salesforce objects that programs know by name: their names and types, and nothing else.

What an org has besides, by its licences and features, is not told here, so a field that is missing may still exist:
only the org knows (`novigem check --org`). Names and types are those of describe answers of a Developer Edition
(published by SFDO-Tooling/CumulusCI, BSD-3-Clause), and for Task, User, RecordType and the fields of optional features
those of Salesforce's public object reference. Pure.
"""

from functools import cache
from typing import Final

_BY_TYPE: Final[dict[str, dict[str, str]]] = {
    "Account": {
        "address": "BillingAddress PersonMailingAddress ShippingAddress",
        "boolean": (
            "IsBuyer IsCustomerPortal IsDeleted IsExcludedFromRealign IsPartner IsPersonAccount "
            "IsPriorityRecord PersonDoNotCall PersonHasOptedOutOfEmail PersonHasOptedOutOfFax"
        ),
        "currency": "AnnualRevenue",
        "date": "LastActivityDate PersonBirthdate",
        "datetime": "CreatedDate LastModifiedDate LastReferencedDate LastViewedDate SystemModstamp",
        "double": "BillingLatitude BillingLongitude ShippingLatitude ShippingLongitude",
        "email": "PersonEmail",
        "id": "Id",
        "int": "NumberOfEmployees",
        "phone": "Fax PersonAssistantPhone PersonHomePhone PersonMobilePhone PersonOtherPhone Phone",
        "picklist": (
            "AccountSource BillingCountryCode BillingGeocodeAccuracy BillingStateCode CleanStatus "
            "CurrencyIsoCode Industry Ownership PersonLeadSource Rating Salutation ShippingCountryCode "
            "ShippingGeocodeAccuracy ShippingStateCode Tier Type"
        ),
        "reference": (
            "CreatedById DandbCompanyId LastModifiedById MasterRecordId OperatingHoursId OwnerId ParentId "
            "PersonContactId PersonIndividualId RecordTypeId Territory2Id"
        ),
        "string": (
            "AccountNumber BillingCity BillingCountry BillingPostalCode BillingState ChannelProgramLevelName "
            "ChannelProgramName DunsNumber FirstName Jigsaw JigsawCompanyId LastName MiddleName NaicsCode "
            "NaicsDesc Name PersonAssistantName PersonDepartment PersonMailingCity PersonMailingCountry "
            "PersonMailingPostalCode PersonMailingState PersonTitle ShippingCity ShippingCountry "
            "ShippingPostalCode ShippingState Sic SicDesc Site Suffix TickerSymbol Tradestyle YearStarted"
        ),
        "textarea": "BillingStreet Description PersonMailingStreet ShippingStreet",
        "url": "PhotoUrl Website",
    },
    "Case": {
        "boolean": (
            "HasCommentsUnreadByOwner HasSelfServiceComments IsClosed IsClosedOnCreate IsDeleted IsEscalated "
            "IsSelfServiceClosed IsStopped IsVisibleInSelfService"
        ),
        "datetime": (
            "ClosedDate CreatedDate LastModifiedDate LastReferencedDate LastViewedDate SlaExitDate "
            "SlaStartDate StopStartDate SystemModstamp"
        ),
        "email": "ContactEmail SuppliedEmail",
        "id": "Id",
        "phone": "ContactFax ContactMobile ContactPhone",
        "picklist": "CaseSource CurrencyIsoCode Language MilestoneStatus Origin Priority Reason Status Type",
        "reference": (
            "AccountId AssetId BusinessHoursId CommunityId ContactId CreatedById CreatorId EntitlementId "
            "FeedItemId LastModifiedById MasterRecordId OwnerId ParentId ProductId QuestionId RecordTypeId "
            "ServiceContractId SourceId"
        ),
        "string": "CaseNumber Subject SuppliedCompany SuppliedName SuppliedPhone",
        "textarea": "Comments Description",
    },
    "Contact": {
        "address": "MailingAddress OtherAddress",
        "boolean": (
            "CanAllowPortalSelfReg DoNotCall HasOptedOutOfEmail HasOptedOutOfFax IsDeleted IsEmailBounced "
            "IsPersonAccount IsPriorityRecord"
        ),
        "date": "Birthdate LastActivityDate",
        "datetime": (
            "CreatedDate EmailBouncedDate FirstCallDateTime FirstEmailDateTime LastCURequestDate "
            "LastCUUpdateDate LastModifiedDate LastReferencedDate LastViewedDate SystemModstamp"
        ),
        "double": "MailingLatitude MailingLongitude OtherLatitude OtherLongitude",
        "email": "Email",
        "id": "Id",
        "phone": "AssistantPhone Fax HomePhone MobilePhone OtherPhone Phone",
        "picklist": (
            "BuyerAttributes CleanStatus ContactSource CurrencyIsoCode DepartmentGroup GenderIdentity "
            "LeadSource MailingCountryCode MailingGeocodeAccuracy MailingStateCode OtherCountryCode "
            "OtherGeocodeAccuracy OtherStateCode Pronouns Salutation TitleType"
        ),
        "reference": (
            "AccountId ActivityMetricId ActivityMetricRollupId CreatedById IndividualId LastModifiedById "
            "MasterRecordId OwnerId RecordTypeId ReportsToId"
        ),
        "string": (
            "AssistantName Department EmailBouncedReason FirstName Jigsaw JigsawContactId LastName "
            "MailingCity MailingCountry MailingPostalCode MailingState MiddleName Name OtherCity "
            "OtherCountry OtherPostalCode OtherState Suffix Title"
        ),
        "textarea": "Description MailingStreet OtherStreet",
        "url": "PhotoUrl",
    },
    "Event": {
        "boolean": (
            "IsAllDayEvent IsArchived IsChild IsClientManaged IsDeleted IsGroupEvent IsPrivate IsRecurrence "
            "IsRecurrence2 IsRecurrence2Exception IsRecurrence2Exclusion IsReminderSet "
            "IsVisibleInSelfService"
        ),
        "combobox": "Subject",
        "date": "ActivityDate EndDate RecurrenceEndDateOnly",
        "datetime": (
            "ActivityDateTime CreatedDate EndDateTime LastModifiedDate Recurrence2PatternStartDate "
            "RecurrenceStartDateTime ReminderDateTime StartDateTime SystemModstamp"
        ),
        "email": "Email",
        "id": "Id",
        "int": ("DurationInMinutes RecurrenceDayOfMonth RecurrenceDayOfWeekMask RecurrenceInterval WhatCount WhoCount"),
        "picklist": (
            "CurrencyIsoCode EventSubtype GroupEventType Recurrence2PatternVersion RecurrenceInstance "
            "RecurrenceMonthOfYear RecurrenceTimeZoneSidKey RecurrenceType ShowAs Type"
        ),
        "reference": (
            "AccountId CreatedById LastModifiedById OwnerId RecordTypeId RecurrenceActivityId "
            "ServiceAppointmentId WhatId WhoId"
        ),
        "string": "Location Phone Recurrence2PatternTimeZone",
        "textarea": "Description Recurrence2PatternText",
    },
    "Lead": {
        "address": "Address",
        "boolean": (
            "DoNotCall HasOptedOutOfEmail HasOptedOutOfFax IsConverted IsDeleted IsPriorityRecord IsUnreadByOwner"
        ),
        "currency": "AnnualRevenue",
        "date": "ConvertedDate LastActivityDate",
        "datetime": (
            "CreatedDate EmailBouncedDate FirstCallDateTime FirstEmailDateTime LastModifiedDate "
            "LastReferencedDate LastTransferDate LastViewedDate SystemModstamp"
        ),
        "double": "Latitude Longitude",
        "email": "Email",
        "id": "Id",
        "int": "NumberOfEmployees ScoreIntelligence",
        "phone": "Fax MobilePhone Phone",
        "picklist": (
            "CleanStatus CountryCode CurrencyIsoCode GenderIdentity GeocodeAccuracy Industry LeadSource "
            "Pronouns Rating Salutation StateCode Status"
        ),
        "reference": (
            "ActivityMetricId ActivityMetricRollupId CampaignId ConnectionReceivedId ConnectionSentId "
            "ConvertedAccountId ConvertedContactId ConvertedOpportunityId CreatedById DandbCompanyId "
            "IndividualId LastModifiedById MasterRecordId OwnerId PartnerAccountId RecordTypeId"
        ),
        "string": (
            "City Company CompanyDunsNumber Country EmailBouncedReason FirstName Jigsaw JigsawContactId "
            "LastName MiddleName Name PostalCode State Suffix Title"
        ),
        "textarea": "Description Street",
        "url": "PhotoUrl Website",
    },
    "Opportunity": {
        "boolean": (
            "HasOpenActivity HasOpportunityLineItem HasOverdueTask IsClosed IsDeleted "
            "IsExcludedFromTerritory2Filter IsPriorityRecord IsPrivate IsSplit IsWon"
        ),
        "currency": "Amount ExpectedRevenue",
        "date": "CloseDate LastActivityDate",
        "datetime": (
            "CreatedDate LastModifiedDate LastReferencedDate LastStageChangeDate LastViewedDate SystemModstamp"
        ),
        "double": "TotalOpportunityQuantity",
        "id": "Id",
        "int": "FiscalQuarter FiscalYear LastStageChangeInDays PushCount",
        "percent": "Probability",
        "picklist": "CurrencyIsoCode ForecastCategory ForecastCategoryName IqScore LeadSource StageName Type",
        "reference": (
            "AccountId ActivityMetricId ActivityMetricRollupId CampaignId ConnectionReceivedId "
            "ConnectionSentId ContactId ContractId CreatedById LastAmountChangedHistoryId "
            "LastCloseDateChangedHistoryId LastModifiedById OwnerId PartnerAccountId Pricebook2Id "
            "RecordTypeId SyncedQuoteId Territory2Id"
        ),
        "string": "Fiscal Name NextStep StageSortOrder",
        "textarea": "Description",
    },
    "Task": {
        "boolean": ("IsArchived IsClosed IsDeleted IsHighPriority IsRecurrence IsReminderSet IsVisibleInSelfService"),
        "combobox": "Subject",
        "date": "ActivityDate RecurrenceEndDateOnly RecurrenceStartDateOnly",
        "datetime": (
            "CompletedDateTime CreatedDate FirstEmailOpenDateTime LastEmailOpenDateTime LastModifiedDate "
            "ReminderDateTime SystemModstamp"
        ),
        "email": "Email",
        "id": "Id",
        "int": (
            "CallDurationInSeconds RecurrenceDayOfMonth RecurrenceDayOfWeekMask RecurrenceInterval WhatCount WhoCount"
        ),
        "phone": "Phone",
        "picklist": (
            "CallType CurrencyIsoCode Priority RecurrenceInstance RecurrenceMonthOfYear "
            "RecurrenceRegeneratedType RecurrenceTimeZoneSidKey RecurrenceType Status TaskSubtype Type"
        ),
        "reference": ("AccountId CreatedById LastModifiedById OwnerId RecordTypeId RecurrenceActivityId WhatId WhoId"),
        "string": "CallDisposition CallObject",
        "textarea": "Description",
    },
    "User": {
        "boolean": "ForecastEnabled IsActive",
        "datetime": ("CreatedDate LastLoginDate LastModifiedDate LastReferencedDate LastViewedDate SystemModstamp"),
        "email": "Email",
        "id": "Id",
        "phone": "Fax MobilePhone Phone",
        "picklist": (
            "CurrencyIsoCode DefaultCurrencyIsoCode EmailEncodingKey LanguageLocaleKey LocaleSidKey "
            "TimeZoneSidKey UserType"
        ),
        "reference": (
            "AccountId ContactId CreatedById DelegatedApproverId LastModifiedById ManagerId ProfileId UserRoleId"
        ),
        "string": (
            "Alias City CommunityNickname CompanyName Country Department Division EmployeeNumber "
            "FederationIdentifier FirstName LastName MiddleName Name PostalCode State Suffix Title Username"
        ),
        "textarea": "AboutMe Street",
    },
    "RecordType": {
        "boolean": "IsActive IsPersonType",
        "datetime": "CreatedDate LastModifiedDate SystemModstamp",
        "id": "Id",
        "picklist": "SobjectType",
        "reference": "BusinessProcessId CreatedById LastModifiedById",
        "string": "Description DeveloperName Name NamespacePrefix",
    },
}

# Of every object, custom ones as well.
_OF_ALL: Final = {
    "id": "Id",
    "string": "Name",
    "boolean": "IsDeleted",
    "picklist": "CurrencyIsoCode",
    "reference": "OwnerId CreatedById LastModifiedById RecordTypeId",
    "date": "LastActivityDate",
    "datetime": "CreatedDate LastModifiedDate SystemModstamp LastViewedDate LastReferencedDate",
}
# Lookups whose name is not that of the object they lead to.
_LEADS_TO: Final = {
    "Owner": "User",
    "CreatedBy": "User",
    "LastModifiedBy": "User",
    "Manager": "User",
    "ConvertedAccount": "Account",
    "ConvertedContact": "Contact",
    "ConvertedOpportunity": "Opportunity",
    "PartnerAccount": "Account",
    "ReportsTo": "Contact",
    "PersonContact": "Contact",
}
# What they lead to has many kinds, or the object's own.
_OWN_KIND: Final = frozenset({"Parent", "MasterRecord", "RecurrenceActivity"})
_MANY_KINDS: Final = frozenset({"Who", "What", "Owner", "Source", "Creator"})


def is_standard(name: str) -> bool:
    """Tell whether a name is one of Salesforce's own, and no custom or packaged one."""
    return "__" not in name


@cache
def fields_of(name: str) -> dict[str, str]:
    """Give the standard fields of an object with their types; {} for an object of which they are not known here."""
    by_type = _OF_ALL if name.endswith("__c") else _BY_TYPE.get(name, {})
    return {field: field_type for field_type, fields in by_type.items() for field in fields.split()}


@cache
def parents_of(name: str) -> dict[str, str | None]:
    """Give the standard relationships of an object, each with the object it leads to; None where that is not known."""
    lookups = [field.removesuffix("Id") for field, kind in fields_of(name).items() if kind == "reference"]
    return {one: _led_to(name, one) for one in lookups}


def _led_to(name: str, relationship: str) -> str | None:
    if relationship in _OWN_KIND:
        return name
    found = _LEADS_TO.get(relationship, relationship)
    # The owner may be a queue, which has some fields of its own.
    return found if found in _BY_TYPE and relationship not in _MANY_KINDS - {"Owner"} else None


def objects_with(field: str) -> tuple[str, ...]:
    """Give the objects that have a standard field."""
    return tuple(name for name in _BY_TYPE if field in fields_of(name))
