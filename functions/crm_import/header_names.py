"""How exports name their columns: Salesforce, Dynamics, HubSpot, Zendesk, AFAS, SAP and by hand.

In Dutch, English, German and French. A name is known as it stands, or by its words: in any order, with words around
them that change nothing (`Ticket Closed Date`, `E-mail van de klant`, `cr5f2_emailaddress`).
"""

import re
from collections.abc import Mapping

from functions.crm_import.header_words import WordMatcher
from functions.shared.domain.column_mapping import bare

_NAMES: Mapping[str, str] = {
    "interaction_id": (
        "interaction id, interactie id, interactienummer, case number, casenumber, case id, ticket id, ticketnummer, "
        "ticket number, ticket #, dossiernummer, dossiernr, zaaknummer, zaak id, meldingnummer, meldingsnummer, "
        "incident number, incidentnummer, opdrachtnummer, werkordernummer, work order number, schadenummer, claim "
        "number, aanvraagnummer, casenummer, servicemelding, dossieritem, dossieritemnummer, qmnum, aufnr, activity "
        "id, activityid, engagement id, conversation id, gespreks id, vorgangsnummer, "
        "vorgangs-nr, ticketnr, fallnummer, numéro de dossier, numéro de ticket, référence dossier"
    ),
    "email": (
        "email, e-mail, e-mailadres, emailadres, email address, e-mail address, mail, mailadres, emailaddress1, "
        "contact email, contactemail, contact: email, klant email, e-mail klant, customer email, customer e-mail, "
        "requester email, requester e-mail, e-mail aanvrager, person email, personemail, e-mail werk, e-mail prive, "
        "e-mail privé, e-mailadres klant, web email, suppliedemail, smtp addr, smtp_addr, e-mail contactpersoon, "
        "primary email, work email, electronic mail, e-mailadres contactpersoon, e-mailadres aanvrager, e-mail "
        "zakelijk, e-mailadres zakelijk, zakelijk e-mailadres, mailadres zakelijk, e-mail contact, associated contact, "
        "e-mail-adresse, emailadresse, mailadresse, mail adresse, adresse e-mail, adresse mail, adresse "
        "électronique, courriel, adresse courriel"
    ),
    "customer_id": (
        "klantnummer, klantnr, klant nr, klant id, klantcode, customer id, customer number, customer no, customer nr, "
        "customer code, customerid, account number, accountnumber, account no, account id, debiteurnummer, "
        "debiteurnr, debiteur, relatienummer, relatienr, relatie id, kunnr, business partner, contact id, contactid, "
        "requester id, lidnummer, member number, accountnummer, verkooprelatie, zakenpartner, bu_partner, "
        "kundennummer, kundennr, kunden nr, kunden id, debitorennummer, numéro client, numéro de client, n° "
        "client, no client, code client, identifiant client"
    ),
    "salutation": ("aanhef, salutation, titel, title, mr/mrs, aanspreektitel, aanspreekvorm, anrede, civilité"),
    "first_name": (
        "voornaam, first name, firstname, roepnaam, given name, forename, contact first name, name_first, voornamen, "
        "vorname, rufname, prénom"
    ),
    "infix": "tussenvoegsel, tussenvoegsels, voorvoegsel, voorvoegsels, infix, tussenv, prefix achternaam",
    "last_name": (
        "achternaam, last name, lastname, surname, family name, geslachtsnaam, contact last name, name_last, "
        "familienaam, "
        "nachname, familienname, zuname, nom de famille, nom"
    ),
    "name": (
        "naam, name, volledige naam, full name, fullname, klantnaam, naam klant, customer name, contact name, "
        "customer, contactpersoon, requester, requester name, naam contactpersoon, contact, aanvrager, naam "
        "aanvrager, supplied name, name1, naam 1, "
        "vollständiger name, kundenname, name des kunden, kunde, nom complet, nom du client"
    ),
    "language": (
        "taal, taalcode, language, language code, voorkeurstaal, preferred language, correspondentietaal, locale, "
        "spras, hs_language, langu, taal klant, "
        "sprache, korrespondenzsprache, langue, langue de correspondance"
    ),
    "touchpoint": "touchpoint, survey type, meetpunt, soort contactmoment",
    "occurred_at": (
        "datum contact, datum/tijd contact, contactdatum, datum en tijd, datum tijd, datumtijd, contact date, contact "
        "moment, moment van contact, interaction date, interaction time, occurred at, date/time closed, date/time "
        "opened, closed date, closeddate, closed at, closed on, datum/tijd gesloten, datum afgehandeld, afgehandeld "
        "op, datum gesloten, gesloten op, close date, sluitdatum, afsluitdatum, afgesloten op, opgelost op, datum "
        "opgelost, oplosdatum, solved at, solved, resolved at, resolved, resolved on, completed at, completed on, "
        "completed date, completion date, afgerond op, datum afgerond, gereed op, datum gereed, einddatum, actual "
        "end, actualend, date, datum, timestamp, tijdstip, date/time, date time, datetime, visit date, bezoekdatum, "
        "datum bezoek, installatiedatum, installation date, install date, installed at, installed on, call date, call "
        "time, gespreksdatum, activity date, activitydate, last activity date, last contacted, laatste activiteit, "
        "laatste activiteitsdatum, laatst gecontacteerd, created date, createddate, created at, created on, "
        "createdon, create date, created, opened at, opened on, aangemaakt op, aanmaakdatum, datum aangemaakt, "
        "gemaakt op, datum/tijd geopend, geopend op, instuurdatum, melddatum, meldingsdatum, ingangsdatum, qmdat, "
        "erdat, modified on, gewijzigd op, "
        "kontaktdatum, datum des kontakts, kontakt am, kontaktzeitpunkt, abgeschlossen am, abschlussdatum, "
        "geschlossen am, erledigt am, gelöst am, gesprächsdatum, zeitpunkt, datum uhrzeit, geöffnet am, "
        "erstellt am, erstelldatum, erstellungsdatum, date de contact, date du contact, date de clôture, date "
        "de fermeture, clôturé le, fermé le, résolu le, date heure, date et heure, date de création, créé le"
    ),
    "channel": (
        "kanaal, channel, origin, case origin, caseorigincode, herkomst, contactkanaal, ingangskanaal, via, medium, "
        "oorsprong, herkomst case, aanvraagherkomst, bron, source, "
        "kanal, kontaktkanal, canal, canal de contact"
    ),
    "employee_id": (
        "medewerkernummer, medewerker nr, medewerkernr, medewerker id, medewerkercode, personeelsnummer, employee id, "
        "employee number, employee no, agent id, user id, ownerid, owner id, assignee id, pernr, advisor id, engineer "
        "id, monteurnummer, technician id, staff id, "
        "mitarbeiternummer, mitarbeiter id, personalnummer, matricule, numéro employé"
    ),
    "employee_name": (
        "medewerker, naam medewerker, medewerkernaam, behandelaar, behandeld door, agent, agent name, employee, "
        "employee name, owner, owner name, case owner, eigenaar, assignee, assigned to, toegewezen aan, adviseur, "
        "advisor, monteur, engineer, technician, contacteigenaar, ticket owner, handled by, staff, case-eigenaar, "
        "aanvraageigenaar, ticketeigenaar, toegewezen persoon, toegewezen medewerker, verantwoordelijke, "
        "mitarbeiter, mitarbeitername, bearbeiter, zugewiesen an, sachbearbeiter, conseiller, employé, nom du "
        "conseiller, attribué à"
    ),
    "team": (
        "team, teamnaam, team name, afdeling, department, group, groep, assignee group, queue, wachtrij, owning team, "
        "skill, support team, afd, service team, servicegroep, "
        "abteilung, gruppe, équipe, département, groupe"
    ),
    "location": (
        "locatie, location, vestiging, filiaal, branch, store, winkel, site, plaats, city, kantoor, office, regio, "
        "standort, filiale, niederlassung, ort, agence, magasin, ville, lieu"
    ),
    "product": (
        "product, productnaam, product name, artikel, artikelomschrijving, item, dienst, service, matnr, asset, "
        "verzekering, abonnement, subscription, plan, tariff, productgroep, "
        "produkt, produktname, artikelbezeichnung, produit, nom du produit"
    ),
    "contact_reason": (
        "reden, reden contact, contactreden, contact reason, reason, category, categorie, rubriek, case reason, reden "
        "voor case, call reason, topic, type, case type, case record type, aanvraagtype, ticket type, type "
        "dossieritem, soort, "
        "grund, kontaktgrund, kategorie, anliegen, motif, motif de contact, raison, raison du contact, "
        "catégorie"
    ),
    "phone": (
        "telefoon, telefoonnummer, tel, telnr, phone, phone number, mobiel, mobiel nummer, mobile, mobile phone, "
        "mobilephone, telephone, telephone1, gsm, tel_number, 06-nummer, telefoon mobiel, mobiele telefoon, mobiel "
        "telefoonnummer, telf1, telefonnummer, handy, handynummer, mobilnummer, mobiltelefon, téléphone, numéro de "
        "téléphone, portable, téléphone portable, téléphone mobile"
    ),
}
"""For each field its names, the surest first. What somebody typed, such as a subject, is none: it can hold anything."""

_OF_WHOM = re.compile(r"(?:\s*\([^()]*\))+\s*\Z")
"""What Dynamics puts behind a column of another table: `Email (Customer) (Contact)`."""


_FIELDS: Mapping[str, tuple[int, str]] = {
    bare(name): (rank, field)
    for field, names in reversed(list(_NAMES.items()))
    for rank, name in reversed(list(enumerate(names.split(", "))))
}

_LESS_SURE = 1000
"""Added to a rank: after all names that are known as they stand."""
_BY_WORDS = 2000
"""Added for each word around a name that is known by its words."""


_MATCHER = WordMatcher({field: names.split(", ") for field, names in _NAMES.items()})


def recognise(header: str) -> tuple[int, str] | None:
    """Return (rank, field) for a header that is known, the lower rank the surer; None for any other header."""
    recognised = _FIELDS.get(bare(header))
    if recognised is None and header.endswith(")"):
        recognised = _FIELDS.get(bare(_OF_WHOM.sub("", header)))
        if recognised:
            return recognised[0] + _LESS_SURE, recognised[1]
    if recognised is None and (match := _MATCHER.match(header)):
        around, rank, name = match
        return _BY_WORDS * (around + 1) + rank, name
    return recognised
