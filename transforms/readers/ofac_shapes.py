"""What elements of OFAC's XML forms hold: children and ``@attributes``, used or left out knowingly.

Anything else is reported by the readers as an element without a rule.
"""

from transforms.readers.xml import shapes

_PERIOD = {
    "DatePeriod": "Start End @CalendarTypeID @YearFixed @MonthFixed @DayFixed",
    "Start": "From To @Approximate @YearFixed @MonthFixed @DayFixed",
    "End": "From To @Approximate @YearFixed @MonthFixed @DayFixed",
    "From": "Year Month Day",
    "To": "Year Month Day",
}

ADVANCED = shapes(
    _PERIOD
    | {
        "DateOfIssue": "Year Month Day @CalendarTypeID",
        "Location": "LocationAreaCode LocationCountry LocationPart FeatureVersionReference "
        "IDRegDocumentReference @ID",
        "LocationAreaCode": "@AreaCodeID",
        "LocationCountry": "@CountryID @CountryRelevanceID",
        "LocationPart": "LocationPartValue @LocPartTypeID",
        "LocationPartValue": "Comment Value @Primary @LocPartValueTypeID @LocPartValueStatusID",
        "FeatureVersionReference": "@FeatureVersionID",
        "IDRegDocumentReference": "@IDRegDocumentID",
        "IDRegDocument": "Comment IDRegistrationNo IssuingAuthority DocumentDate "
        "DocumentedNameReference @ID @IDRegDocTypeID @IdentityID @IssuedBy-CountryID "
        "@IssuedIn-LocationID @ValidityID",
        "DocumentDate": "DatePeriod @IDRegDocDateTypeID",
        "DocumentedNameReference": "@DocumentedNameID",
        "DistinctParty": "Comment Profile @FixedRef",
        "Profile": "Comment Identity Feature @ID @PartySubTypeID",
        "Identity": "Alias NamePartGroups @ID @FixedRef @Primary @False",
        "Alias": "DocumentedName @FixedRef @AliasTypeID @Primary @LowQuality",
        "DocumentedName": "DocumentedNamePart @ID @FixedRef @DocNameStatusID",
        "DocumentedNamePart": "NamePartValue",
        "NamePartValue": "@NamePartGroupID @ScriptID @ScriptStatusID @Acronym",
        "NamePartGroups": "MasterNamePartGroup",
        "MasterNamePartGroup": "NamePartGroup",
        "NamePartGroup": "@ID @NamePartTypeID",
        "Feature": "FeatureVersion IdentityReference @ID @FeatureTypeID",
        "FeatureVersion": "Comment DatePeriod VersionDetail VersionLocation @ID @ReliabilityID",
        "VersionDetail": "@DetailTypeID @DetailReferenceID",
        "VersionLocation": "@LocationID",
        "IdentityReference": "@IdentityID @IdentityFeatureLinkTypeID",
        "ProfileRelationship": "Comment @ID @From-ProfileID @To-ProfileID @RelationTypeID "
        "@RelationQualityID @Former @SanctionsEntryID",
        "SanctionsEntry": "EntryEvent SanctionsMeasure @ID @ProfileID @ListID",
        "EntryEvent": "Comment Date @ID @EntryEventTypeID @LegalBasisID",
        "Date": "Year Month Day @CalendarTypeID",
        "SanctionsMeasure": "Comment DatePeriod @ID @SanctionsTypeID",
    }
)

SIMPLE = shapes(
    {
        "publshInformation": "Publish_Date Record_Count",
        "sdnEntry": "uid firstName lastName title sdnType remarks programList idList akaList "
        "addressList nationalityList citizenshipList dateOfBirthList placeOfBirthList vesselInfo",
        "programList": "program",
        "idList": "id",
        "id": "uid idType idNumber idCountry issueDate expirationDate",
        "akaList": "aka",
        "aka": "uid type category lastName firstName",
        "addressList": "address",
        "address": "uid address1 address2 address3 city stateOrProvince postalCode country",
        "nationalityList": "nationality",
        "nationality": "uid country mainEntry",
        "citizenshipList": "citizenship",
        "citizenship": "uid country mainEntry",
        "dateOfBirthList": "dateOfBirthItem",
        "dateOfBirthItem": "uid dateOfBirth mainEntry",
        "placeOfBirthList": "placeOfBirthItem",
        "placeOfBirthItem": "uid placeOfBirth mainEntry",
        "vesselInfo": "callSign vesselType vesselFlag vesselOwner tonnage grossRegisteredTonnage",
    }
)

_ENHANCED_DATE = "fromDateBegin fromDateEnd toDateBegin toDateEnd isApproximate isDateRange @id"
ENHANCED = shapes(
    {
        # What is in the filters is read whatever it is.
        "publicationInfo": "dataAsOf filters datePublished publicationType",
        "filters": "sanctionsLists sanctionsPrograms",
        "entity": "generalInfo sanctionsLists sanctionsPrograms sanctionsTypes legalAuthorities "
        "names addresses features identityDocuments relationships @id",
        "generalInfo": "identityId entityType title remarks",
        "entityType": "@refId",
        "sanctionsLists": "sanctionsList",
        "sanctionsList": "@refId @id @datePublished",
        "sanctionsPrograms": "sanctionsProgram",
        "sanctionsProgram": "@refId @id",
        "sanctionsTypes": "sanctionsType",
        "sanctionsType": "@refId @id",
        "legalAuthorities": "legalAuthority",
        "legalAuthority": "@refId @id",
        "names": "name",
        "name": "isPrimary aliasType isLowQuality translations @id @nameId @nameTranslationId",
        "aliasType": "@refId",
        "translations": "translation",
        "translation": "isPrimary script formattedLastName formattedFirstName formattedFullName "
        "nameParts addressParts @id",
        "script": "@refId",
        "nameParts": "namePart",
        "namePart": "type value @id",
        "addresses": "address",
        "address": "country translations @id",
        "country": "@refId",
        "addressParts": "addressPart",
        "addressPart": "type value @id",
        "features": "feature",
        "feature": "type versionId value valueRefId valueDate isPrimary reliability @id",
        "type": "@featureTypeId @refId",
        "valueDate": _ENHANCED_DATE,
        "reliability": "@refId",
        "identityDocuments": "identityDocument",
        "identityDocument": "type name documentNumber isValid issuingCountry issuingLocation "
        "issueDate expirationDate idFeatures comments @id",
        "issuingCountry": "@refId",
        "issueDate": _ENHANCED_DATE,
        "expirationDate": _ENHANCED_DATE,
        "idFeatures": "idFeature",
        "idFeature": "@id @featureVersionId",
        "relationships": "relationship",
        "relationship": "type relatedEntity quality comments @id",
        "relatedEntity": "@entityId",
        "quality": "@refId",
    }
)
