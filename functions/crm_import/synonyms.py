"""How Dutch and English exports name their columns: Salesforce, Dynamics, HubSpot, Zendesk, AFAS, SAP and by hand."""

import re
import unicodedata
from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "interaction_id": (
        "interaction id, interactie id, interactienummer, case number, casenumber, case id, ticket id, ticketnummer, "
        "ticket number, ticket #, dossiernummer, dossiernr, zaaknummer, zaak id, meldingnummer, meldingsnummer, "
        "incident number, incidentnummer, opdrachtnummer, werkordernummer, work order number, schadenummer, claim "
        "number, qmnum, activity id, activityid, engagement id, conversation id, gespreks id, vorgangsnummer"
    ),
    "email": (
        "email, e-mail, e-mailadres, emailadres, email address, e-mail address, mail, mailadres, emailaddress1, "
        "contact email, contactemail, contact: email, klant email, e-mail klant, customer email, customer e-mail, "
        "requester email, requester e-mail, e-mail aanvrager, person email, personemail, e-mail werk, e-mail prive, "
        "e-mail privé, e-mailadres klant, web email, suppliedemail, smtp addr, smtp_addr, e-mail contactpersoon, "
        "primary email, work email, electronic mail"
    ),
    "customer_id": (
        "klantnummer, klantnr, klant nr, klant id, klantcode, customer id, customer number, customer no, customer nr,"
        " customer code, customerid, account number, accountnumber, account no, account id, debiteurnummer, "
        "debiteurnr, debiteur, relatienummer, relatienr, relatie id, kunnr, business partner, contact id, contactid, "
        "requester id, lidnummer, member number"
    ),
    "salutation": "aanhef, salutation, titel, title, mr/mrs, aanspreektitel, aanspreekvorm",
    "first_name": (
        "voornaam, first name, firstname, roepnaam, given name, forename, contact first name, name_first, voornamen"
    ),
    "infix": "tussenvoegsel, tussenvoegsels, voorvoegsel, voorvoegsels, infix, tussenv, prefix achternaam",
    "last_name": (
        "achternaam, last name, lastname, surname, family name, geslachtsnaam, contact last name, name_last, "
        "familienaam"
    ),
    "name": (
        "naam, name, volledige naam, full name, fullname, klantnaam, naam klant, customer name, contact name, "
        "customer, contactpersoon, requester, requester name, naam contactpersoon, contact"
    ),
    "language": (
        "taal, taalcode, language, language code, voorkeurstaal, preferred language, correspondentietaal, locale, "
        "spras, hs_language"
    ),
    "touchpoint": "touchpoint, survey type, meetpunt, soort contactmoment",
    "occurred_at": (
        "datum contact, datum/tijd contact, contactdatum, datum en tijd, datum tijd, datumtijd, contact date, contact"
        " moment, moment van contact, interaction date, interaction time, occurred at, date/time closed, date/time "
        "opened, closed date, closeddate, datum afgehandeld, afgehandeld op, datum gesloten, gesloten op, close date,"
        " solved at, solved, resolved at, resolved, resolved on, completed at, completed on, completed date, "
        "completion date, afgerond op, datum afgerond, gereed op, datum gereed, einddatum, actual end, actualend, "
        "date, datum, timestamp, tijdstip, date/time, date time, datetime, visit date, bezoekdatum, datum bezoek, "
        "installatiedatum, installation date, install date, installed at, installed on, call date, call time, "
        "gespreksdatum, activity date, activitydate, created date, createddate, created at, created on, createdon, "
        "create date, created, aangemaakt op, aanmaakdatum, datum aangemaakt, ingangsdatum, erdat, modified on"
    ),
    "channel": (
        "kanaal, channel, origin, case origin, caseorigincode, herkomst, contactkanaal, ingangskanaal, via, medium"
    ),
    "employee_id": (
        "medewerkernummer, medewerker nr, medewerkernr, medewerker id, medewerkercode, personeelsnummer, employee id,"
        " employee number, employee no, agent id, user id, ownerid, owner id, assignee id, pernr, advisor id, "
        "engineer id, monteurnummer, technician id, staff id"
    ),
    "employee_name": (
        "medewerker, naam medewerker, medewerkernaam, behandelaar, behandeld door, agent, agent name, employee, "
        "employee name, owner, owner name, case owner, eigenaar, assignee, assigned to, toegewezen aan, adviseur, "
        "advisor, monteur, engineer, technician, contacteigenaar, ticket owner, handled by, staff"
    ),
    "team": (
        "team, teamnaam, team name, afdeling, department, group, groep, assignee group, queue, wachtrij, owning team,"
        " skill, support team, afd"
    ),
    "location": (
        "locatie, location, vestiging, filiaal, branch, store, winkel, site, plaats, city, kantoor, office, regio"
    ),
    "product": (
        "product, productnaam, product name, artikel, artikelomschrijving, item, dienst, service, matnr, asset, "
        "verzekering, abonnement, subscription, plan, tariff, productgroep"
    ),
    "contact_reason": (
        "reden, reden contact, contactreden, contact reason, reason, onderwerp, subject, category, categorie, "
        "rubriek, case reason, call reason, type, case type, ticket type, soort, topic"
    ),
    "phone": (
        "telefoon, telefoonnummer, tel, telnr, phone, phone number, mobiel, mobiel nummer, mobile, mobile phone, "
        "mobilephone, telephone, telephone1, gsm, tel_number, 06-nummer"
    ),
}
"""For each field its names, the surest first."""


def bare(header: str) -> str:
    """Return a header as it is compared: letters and digits only, without accents, case or Salesforce's `__c`."""
    text = unicodedata.normalize("NFKD", header).casefold().removesuffix("__c")
    return re.sub(r"[^a-z0-9#]", "", text)


_FIELDS: Mapping[str, tuple[int, str]] = {
    bare(name): (rank, field)
    for field, names in reversed(list(_NAMES.items()))
    for rank, name in reversed(list(enumerate(names.split(", "))))
}


def recognise(header: str) -> tuple[int, str] | None:
    """Return (rank, field) for a header that is known, the lower rank the surer; None for any other header."""
    return _FIELDS.get(bare(header))
