"""What a receipt says, in the client's language: a sentence for each reason, with what to do.

The lowest floor of the import, so that whatever refuses a file can say why.
"""

from collections.abc import Mapping

_ENGLISH: Mapping[str, str] = {
    "gone": "The file was no longer there when its turn came: upload it again.",
    "bad_place": "This is not a place for uploads: put the file under {prefix}<client>/<touchpoint>/.",
    "bad_list_place": "This is not a place for lists of opt-outs: put the file under {prefix}<client>/.",
    "bad_customers_place": "This is not a place for customer files: put the file under {prefix}<client>/.",
    "no_customer_dimension": "No dimension of this client is made of customer files, so that nothing of this file would"
    " be kept: add one with customer in client.yaml, publish it, and upload the file again.",
    "no_customer_column": "None of the columns of which the client's dimensions are made is there. They are: {wanted}."
    " The file has: {found}. Correct the header, or customer in client.yaml.",
    "unknown_client": "There is no client {client}: correct the folder's name, or publish the client first.",
    "unknown_touchpoint": "{client} has no touchpoint {touchpoint}: correct the folder's name. Its touchpoints are:"
    " {known}.",
    "no_touchpoint": "No touchpoint is given: upload under {prefix}{client}/<touchpoint>/, or add a column touchpoint.",
    "too_big": "The file is larger than {limit} MB: cut it into smaller files.",
    "empty": "The file is empty: export it again.",
    "not_read": "This is a file of a kind that is not read: {kind}. Save it as CSV or as an Excel workbook (.xlsx),"
    " and upload that.",
    "binary": "This is neither text nor a kind of file that is read: export it again, as CSV or as an Excel workbook"
    " (.xlsx).",
    "password": "The workbook has a password: save it without one, and upload that.",
    "utf_16_broken": "The text is in UTF-16, but not all of it, or it breaks off: export it again, as UTF-8.",
    "not_utf_8": "The text is not in UTF-8 around record {row}: export it as UTF-8.",
    "archive_broken": "The archive is damaged: make it anew and upload that.",
    "cut_off": "The file breaks off before its end: upload it again, and completely.",
    "nested": "The archive holds another archive: pack the file itself, once.",
    "members": "The archive holds {count} files: upload each of them by itself, or in an archive of its own.",
    "too_many_members": "The archive holds too many files: upload one file by itself.",
    "unpacks_too_far": "The archive unpacks to more than is plausible for an export, or to more than {limit} MB:"
    " upload smaller files.",
    "zip_method": "The archive is packed in a way that is not read: pack it as an ordinary zip (deflate), or as gzip.",
    "long_name": "A field has a name of more than {limit} characters: shorten it.",
    "long_record": "Around record {row} is one of more than {limit} characters: probably it is not closed. What is"
    " read is a list of records, of which each is smaller than that.",
    "no_records": "No records were found: what is read is a list of objects, or an object on each line, and each of"
    " them names its fields.",
    "json_broken": "The JSON cannot be read around record {row}: export it again.",
    "xml_broken": "The XML is not well-formed on line {line}: export it again.",
    "xml_encoding": "The XML says that it is in an encoding that is not read: export it in UTF-8.",
    "xml_deep": "The XML is nested more than {limit} deep: export it flatter.",
    "xml_doctype": "The XML has a DOCTYPE, which is not read because it may define entities: export it without one.",
    "xml_record": "It is not clear which element of the XML is a record: name it as record in the mapping. The"
    " elements found are: {found}.",
    "xml_no_record": "The XML has no element {record}: correct record in the mapping.",
    "workbook_broken": "The workbook cannot be read: open it in Excel, save it as a new workbook (.xlsx), and upload"
    " that.",
    "workbook_big": "The workbook reaches further than can be read, empty rows and columns in between included: delete"
    " those, or save the sheet as CSV.",
    "no_sheet": "The workbook has no sheet {sheet}: its sheets are {found}. Correct sheet in the mapping.",
    "no_table": "The first rows of sheet {sheet} hold no header: put the names of the columns on one row, and the rows"
    " under it.",
    "encoding": "The text changes its encoding around row {row}: it begins as UTF-8 and goes on as "
    "something else. Export it as UTF-8 as a whole.",
    "encoding_changes": "The text changes its encoding around row {row}, as files do that were put together of others:"
    " export it as UTF-8 as a whole.",
    "encoding_unknown": "The text is in an encoding that is not read: export it as UTF-8.",
    "encoding_unclear": "The text can be in {one} and in {other}, and names would come out differently: export it as"
    " UTF-8.",
    "no_header": "The first line does not look like a header: put the names of the columns on the first line.",
    "header_twice": "The header names the column {column} twice, and the mapping uses it: give each column "
    "its own name.",
    "too_many_columns": "The file has {count} columns, more than the {limit} that are read: leave out what is not"
    " needed.",
    "too_many_rows": "The file has more than {limit} rows: cut it into smaller files.",
    "long_line": "Around row {row} is a line or a cell of more than {limit} characters: probably a "
    "quotation mark is not closed. Correct that and upload the file again.",
    "column_missing": "A column for {wanted} is missing. The columns found are: {found}. {advice}",
    "columns_fit": "No column's name says that it is {wanted}, and by what stands under them several can be: {columns}."
    " Say which one in the mapping of the touchpoint, under fields: {line} or {other}",
    "by_contents": "{column} is taken for {wanted} by what stands under it: no column's name says so. If that is wrong,"
    " name the right column in the mapping of the touchpoint, under fields, in the form {line}",
    "advice_mapping": "The mapping {mapping} expects {expected}: rename the column, or change the mapping.",
    "advice_rename": "Rename a column, for instance to {example}, or give the touchpoint a mapping.",
    "header_person": "E-mail address",
    "header_occurred_at": "Contact date",
    "wanted_person": "the e-mail address (or the customer number)",
    "wanted_email": "the e-mail address",
    "wanted_phone": "the mobile phone number",
    "wanted_occurred_at": "the moment of the contact",
    "hidden_rows": "Rows that are hidden or filtered out in the workbook were left out: {rows}. To take them too, write"
    " include_hidden: true in the mapping.",
    "hidden_columns": "Columns that are hidden in the workbook were left out: {columns}. To take them too, write"
    " include_hidden: true in the mapping.",
    "closing_lines": "Lines below the table, with nothing or little in the columns, were left out: {rows}.",
    "month_first": "{column}: the dates are read as month/day/year. If they are day/month/year, say so in the mapping:"
    ' format: "%d/%m/%Y".',
    "date_order_open": "{column}: the dates can be read as day/month/year and as month/day/year; they are read as"
    ' day/month/year. If that is wrong, say so in the mapping: format: "%m/%d/%Y".',
    "shared_numbers": "{column}: a number stands on rows of many different people (rows {rows}). It is taken for"
    " nobody's: there the address says who somebody is. Give each customer a number of its own.",
    "numbers_of_several": "{column}: a number stands on rows of different people (rows {rows}). They count as one"
    " customer: who is asked, or opts out, decides for the others too. If they are not, give each a number of its own.",
    "read_as": "The text is not UTF-8; it was read as {encoding}, with letters such as {letters}. If those are"
    " wrong, export it as UTF-8.",
    "undoubled": "The text had been turned into UTF-8 twice; it was read as it was meant.",
    "undoubled_parts": "Some texts had been turned into UTF-8 twice, such as a name with \u00c3\u00a9 for \u00e9; they"
    " were read as they were meant. Correct them at the source.",
    "no_rows": "The file has a header, and no rows under it.",
    "waiting": "{done} of {chunks} parts are decided. These rows still wait: {rows}. They follow by "
    "themselves; where a part keeps failing, operations is told.",
    "reading": "The file is large: {rows} rows are read so far, and reading goes on by itself.",
    "fault": "The file could not be read yet, through a fault on our side. Operations has been told; it is read as "
    "soon as that is mended, and you need not upload it again.",
    "coverage": "Contacts with an address that can be used: {with_address} of {rows}.",
    "coverage_low": "Contacts with an address that can be used: only {with_address} of {rows}. After {without} the"
    " customer cannot be asked. Ask for the address at each contact, and see that the export holds it.",
    "coverage_low_team": "Contacts with an address that can be used: only {with_address} of {rows}. After {without}"
    " the customer cannot be asked, {most} of them of {team}. Begin there: ask for the address at each"
    " contact, and see that the export holds it.",
    "rate_of_usual": "Assumed is what is usual: {rate} % of the invited answer. Your own rate is used as soon as"
    " {least} delivered invitations have had their time to be answered; so far {waited} have.",
    "rate_of_touchpoint": "Assumed is what this touchpoint showed: of {invitations} invitations that had their time to"
    " be answered {arrived} % arrived, and {rate} % of those were answered.",
    "rate_of_client": "Assumed is what all touchpoints together showed: of {invitations} invitations that had their"
    " time to be answered {arrived} % arrived, and {rate} % of those were answered. For a file of one touchpoint its"
    " own rate is used, from {least} such invitations that arrived.",
    "scores_of_usual": "Of the answers, {detractors} % are taken to be a 0 to 6 and {promoters} % a 9 or 10: typical"
    " scores, because there are not {least} of your own yet that may be shown.",
    "scores_of_touchpoint": "The scores are taken to be as in the {answers} answers here: {detractors} % a 0 to 6,"
    " {promoters} % a 9 or 10.",
    "scores_of_client": "The scores are taken to be as in the {answers} answers at all touchpoints: {detractors} % a 0"
    " to 6, {promoters} % a 9 or 10.",
    "interval_width": "The width is that of the 95 % interval (adjusted Wald) of so many answers, in points of the"
    " NPS.",
    "cells": "the row has {count} cells and the header {expected}: check the delimiters and quotation marks",
    "broken_line": "the line cannot be read: check its quotation marks",
    "broken_record": "this is not an object that names its fields: check its brackets and quotation marks",
    "late_column": "{column}: no earlier record has this field: give it to the first record too, even if it is empty",
    "cell_too_long": "{column}: longer than {limit} characters: shorten it, or leave the column out of the mapping",
    "row_too_long": "together the columns that are kept hold more than {limit} characters: shorten the longest, or"
    " leave it out of the mapping",
    "not_stored": "the row could not be stored as it is; operations has been told",
    "formula_without_result": "{column}: a formula stands here whose result is not in the workbook: open it in Excel,"
    " save it, and upload it again",
    "missing_moment": "{column}: empty, but needed: fill in when the contact was",
    "bad_moment": "{column}: this is not a date and time that is understood. It is written as {shape} (9: a digit,"
    " a: a letter); write it such as {example}, or say the format in the mapping",
    "bad_address": "{column}: this is not a valid e-mail address: correct it at the source",
    "address_two_ats": "{column}: this is not a valid e-mail address: there is more than one @ in it",
    "address_half": "{column}: this is not a valid e-mail address: nothing stands before or behind the @",
    "address_dots": "{column}: this is not a valid e-mail address: there is a full stop too many in it",
    "address_no_dot": "{column}: this is not a valid e-mail address: what stands behind the @ has no end such as .nl",
    "address_hidden": "{column}: inside the address stands a character that cannot be seen ({character}), and"
    " without it this is no valid e-mail address either",
    "address_letter": "{column}: mail cannot be sent to an address with {letter} in it; ask for another address",
    "address_space": "{column}: there is a space inside the address; write it without, or put a name beside it in"
    " the form Jan Jansen <jan@example.com>",
    "several_addresses": "{column}: holds several addresses; the first that can be mailed is asked",
    "placeholder_number": "{column}: what stands here is no customer number; the address says who this is",
    "shared_number": "{column}: this number stands on rows of different people; the address says who this is",
    "unknown_row_touchpoint": "{column}: no touchpoint of this name; correct it, or publish the touchpoint, and upload"
    " the file again",
    "missing_touchpoint": "{column}: empty, but needed: fill in the name of the touchpoint",
    "no_address": "no e-mail address",
    "no_phone": "no number of a mobile phone",
    "no_address_or_phone": "neither an e-mail address nor a number of a mobile phone",
    "no_sms_here": "this touchpoint invites by SMS, and SMS are not switched on here: ask operations, or let the"
    " touchpoint invite by mail",
    "no_person": "neither an e-mail address nor a customer number",
    "placeholder_alone": "{column}: what stands here is no customer number, and there is no e-mail address",
    "shared_alone": "{column}: this number stands on rows of different people, and there is no e-mail address",
    "same_file": "the same interaction stands earlier in this file",
    "earlier_file": "the same interaction was invited from an earlier file",
    "number_alone": "no e-mail address; this client tells persons apart by their address, not by a customer number",
    "long_cell_in_list": "a cell is longer than {limit} characters: shorten it",
    "unclear_since": "{column}: not a date that is understood; the no counts from now on",
    "addresses_left": "{column}: {count} of the addresses here cannot be read; whoever has the others is opted out",
    "placeholder_in_list": "{column}: what stands here is no customer number, so that nobody is opted out by this line",
    "list_attention": "{count} lines need a person: an opt-out stands in them that was not, or not wholly,"
    " understood (rows {rows}). Correct those lines and upload them as a list of their own; until then these people"
    " can still be asked.",
    "customers_attention": "{count} lines need a person: their date cannot be read, they are broken, or another line"
    " says something else of the same customer and moment (rows {rows}). What they say is not kept."
    " Correct those lines and upload them as a file of their own.",
    "customer_duplicate": "stands in row {row} already",
    "customer_conflict": "row {row} says something else of the same customer and moment; that row counts",
    "bad_as_of": "the date as of which this holds cannot be read ({shape})",
    "listed_before": "stands earlier in this list",
    "opted_out_before": "had opted out already",
    "taken_before": "The {rows} rows before that were taken; their lines stand in the receipt.",
    "taken_before_match": "The {rows} rows before that were compared; their lines stand in the receipt.",
    "future": "the contact is in the future: see whether day and month stand in the right order",
    "too_old": "the contact was longer ago than the touchpoint allows: send files sooner, or raise freshness_days",
    "opted_out": "has opted out of surveys",
    "suppressed": "mail to this address bounced, or was reported as spam: ask the customer for another address",
    "blocked": "was asked recently",
    "sampled_out": "not in the sample of this touchpoint",
    "over_quota_day": "the most invitations for this day are planned",
    "over_quota_month": "the most invitations for this month are planned",
}

_DUTCH: Mapping[str, str] = {
    "gone": "Het bestand was er niet meer toen het aan de beurt was: upload het opnieuw.",
    "bad_place": "Dit is geen plek voor uploads: zet het bestand in {prefix}<client>/<touchpoint>/.",
    "bad_customers_place": "Dit is geen plek voor klantbestanden: zet het bestand in {prefix}<klant>/.",
    "no_customer_dimension": "Geen dimensie van deze klant komt uit klantbestanden, zodat van dit bestand niets bewaard"
    " zou worden: voeg er een met customer toe in client.yaml, publiceer die, en upload het bestand opnieuw.",
    "no_customer_column": "Geen van de kolommen waaruit de dimensies van de klant komen staat erin. Het zijn: {wanted}."
    " Het bestand heeft: {found}. Verbeter de kop, of customer in client.yaml.",
    "bad_list_place": "Dit is geen plek voor afmeldlijsten: zet het bestand in {prefix}<client>/.",
    "unknown_client": "Er is geen klant {client}: verbeter de naam van de map, of publiceer de klant eerst.",
    "unknown_touchpoint": "{client} heeft geen touchpoint {touchpoint}: verbeter de naam van de map. De touchpoints"
    " zijn: {known}.",
    "no_touchpoint": "Er is geen touchpoint: upload in {prefix}{client}/<touchpoint>/, of voeg een kolom "
    "touchpoint toe.",
    "too_big": "Het bestand is groter dan {limit} MB: knip het in kleinere bestanden.",
    "empty": "Het bestand is leeg: exporteer het opnieuw.",
    "not_read": "Dit is een soort bestand dat niet gelezen wordt: {kind}. Sla het op als CSV of als Excel-werkmap"
    " (.xlsx) en upload dat.",
    "binary": "Dit is geen tekst en geen soort bestand dat gelezen wordt: exporteer het opnieuw, als CSV of als"
    " Excel-werkmap (.xlsx).",
    "password": "De werkmap heeft een wachtwoord: sla haar op zonder, en upload dat.",
    "utf_16_broken": "De tekst is in UTF-16, maar niet helemaal, of breekt af: exporteer het bestand opnieuw, als"
    " UTF-8.",
    "not_utf_8": "De tekst is rond record {row} niet in UTF-8: exporteer het bestand als UTF-8.",
    "archive_broken": "Het archief is beschadigd: maak het opnieuw en upload dat.",
    "cut_off": "Het bestand breekt voor het einde af: upload het opnieuw, en volledig.",
    "nested": "In het archief zit een ander archief: pak het bestand zelf in, één keer.",
    "members": "In het archief zitten {count} bestanden: upload elk daarvan apart, of in een eigen archief.",
    "too_many_members": "In het archief zitten te veel bestanden: upload één bestand op zichzelf.",
    "unpacks_too_far": "Het archief wordt uitgepakt groter dan voor een export aannemelijk is, of dan {limit} MB:"
    " upload kleinere bestanden.",
    "zip_method": "Het archief is ingepakt op een manier die niet gelezen wordt: maak een gewone zip (deflate), of"
    " gzip.",
    "long_name": "Een veld heeft een naam van meer dan {limit} tekens: maak die korter.",
    "long_record": "Rond record {row} staat er een van meer dan {limit} tekens: waarschijnlijk is het niet gesloten."
    " Gelezen wordt een lijst van records die elk kleiner zijn.",
    "no_records": "Er zijn geen records gevonden: gelezen wordt een lijst van objecten, of een object op elke regel,"
    " die elk hun velden noemen.",
    "json_broken": "De JSON is rond record {row} niet te lezen: exporteer het bestand opnieuw.",
    "xml_broken": "De XML is op regel {line} niet welgevormd: exporteer het bestand opnieuw.",
    "xml_encoding": "De XML zegt dat hij in een codering is die niet gelezen wordt: exporteer hem in UTF-8.",
    "xml_deep": "De XML is meer dan {limit} niveaus diep: exporteer hem platter.",
    "xml_doctype": "De XML heeft een DOCTYPE; die wordt niet gelezen omdat er entiteiten in kunnen staan: exporteer"
    " het bestand zonder.",
    "xml_record": "Het is niet duidelijk welk element van de XML een record is: noem het als record in de mapping. De"
    " gevonden elementen zijn: {found}.",
    "xml_no_record": "De XML heeft geen element {record}: verbeter record in de mapping.",
    "workbook_broken": "De werkmap is niet te lezen: open haar in Excel, sla haar op als nieuwe werkmap (.xlsx), en"
    " upload die.",
    "workbook_big": "De werkmap reikt verder dan te lezen is, lege rijen en kolommen ertussen meegeteld: verwijder"
    " die, of sla het blad op als CSV.",
    "no_sheet": "De werkmap heeft geen blad {sheet}: de bladen zijn {found}. Verbeter sheet in de mapping.",
    "no_table": "De eerste rijen van blad {sheet} bevatten geen kopregel: zet de namen van de kolommen op één rij, met"
    " de rijen daaronder.",
    "encoding": "De tekst wisselt van codering rond rij {row}: hij begint als UTF-8 en gaat verder als "
    "iets anders. Exporteer het bestand helemaal als UTF-8.",
    "encoding_changes": "De tekst wisselt rond rij {row} van codering, zoals bij bestanden die uit andere zijn"
    " samengesteld: exporteer het bestand helemaal als UTF-8.",
    "encoding_unknown": "De tekst is in een codering die niet gelezen wordt: exporteer het bestand als UTF-8.",
    "encoding_unclear": "De tekst kan {one} zijn en {other}, en namen zouden er anders uitkomen: exporteer hem als"
    " UTF-8.",
    "no_header": "De eerste regel lijkt geen kopregel: zet de namen van de kolommen op de eerste regel.",
    "header_twice": "De kopregel noemt de kolom {column} twee keer, en de mapping gebruikt die: geef elke "
    "kolom een eigen naam.",
    "too_many_columns": "Het bestand heeft {count} kolommen, meer dan de {limit} die gelezen worden: laat weg wat"
    " niet nodig is.",
    "too_many_rows": "Het bestand heeft meer dan {limit} rijen: knip het in kleinere bestanden.",
    "long_line": "Rond rij {row} staat een regel of cel van meer dan {limit} tekens: waarschijnlijk is een"
    " aanhalingsteken niet gesloten. Verbeter dat en upload het bestand opnieuw.",
    "column_missing": "Er ontbreekt een kolom voor {wanted}. De gevonden kolommen zijn: {found}. {advice}",
    "columns_fit": "Geen kolom heet naar {wanted}, en naar wat eronder staat kunnen er meer het zijn: {columns}. Zeg"
    " welke het is in de mapping van het touchpoint, onder fields: {line} of {other}",
    "by_contents": "{column} is opgevat als {wanted}, naar wat eronder staat: geen kolom heet zo. Klopt dat niet, noem"
    " dan de goede kolom in de mapping van het touchpoint, onder fields, in de vorm {line}",
    "advice_mapping": "De mapping {mapping} verwacht {expected}: hernoem de kolom, of pas de mapping aan.",
    "advice_rename": "Hernoem een kolom, bijvoorbeeld tot {example}, of geef het touchpoint een mapping.",
    "header_person": "E-mailadres",
    "header_occurred_at": "Datum contact",
    "wanted_person": "het e-mailadres (of het klantnummer)",
    "wanted_email": "het e-mailadres",
    "wanted_phone": "het mobiele nummer",
    "wanted_occurred_at": "het moment van het contact",
    "hidden_rows": "Rijen die in de werkmap verborgen of weggefilterd zijn, zijn overgeslagen: {rows}. Moeten ze mee,"
    " zet dan include_hidden: true in de mapping.",
    "hidden_columns": "Kolommen die in de werkmap verborgen zijn, zijn overgeslagen: {columns}. Moeten ze mee, zet dan"
    " include_hidden: true in de mapping.",
    "closing_lines": "Regels onder de tabel, met niets of weinig in de kolommen, zijn overgeslagen: {rows}.",
    "month_first": "{column}: de datums zijn gelezen als maand/dag/jaar. Zijn ze dag/maand/jaar, zet dan in de mapping:"
    ' format: "%d/%m/%Y".',
    "date_order_open": "{column}: de datums kunnen dag/maand/jaar en maand/dag/jaar zijn; ze zijn gelezen als"
    ' dag/maand/jaar. Klopt dat niet, zet het dan in de mapping: format: "%m/%d/%Y".',
    "shared_numbers": "{column}: een nummer staat op rijen van veel verschillende mensen (rijen {rows}). Het telt als"
    " niemands nummer: daar zegt het adres wie iemand is. Geef elke klant een eigen nummer.",
    "numbers_of_several": "{column}: een nummer staat op rijen van verschillende mensen (rijen {rows}). Zij tellen als"
    " één klant: wie gevraagd wordt of zich afmeldt, doet dat ook voor de anderen. Zijn zij dat niet, geef dan elk een"
    " eigen nummer.",
    "read_as": "De tekst is geen UTF-8; hij is gelezen als {encoding}, met letters als {letters}. Kloppen die niet,"
    " exporteer het bestand dan als UTF-8.",
    "undoubled": "De tekst was twee keer naar UTF-8 omgezet; hij is gelezen zoals hij bedoeld was.",
    "undoubled_parts": "Sommige teksten waren twee keer naar UTF-8 omgezet, zoals een naam met \u00c3\u00a9 voor"
    " \u00e9; ze zijn gelezen zoals ze bedoeld waren. Verbeter ze bij de bron.",
    "no_rows": "Het bestand heeft een kopregel, maar geen rijen daaronder.",
    "waiting": "{done} van {chunks} delen zijn beslist. Deze rijen wachten nog: {rows}. Ze volgen "
    "vanzelf; een deel dat blijft mislukken wordt bij beheer gemeld.",
    "reading": "Het bestand is groot: {rows} rijen zijn gelezen, en het lezen gaat vanzelf verder.",
    "fault": "Het bestand kon nog niet worden gelezen, door een fout bij ons. Beheer is gewaarschuwd; het wordt "
    "gelezen zodra dat verholpen is, en u hoeft het niet opnieuw te uploaden.",
    "coverage": "Contacten met een bruikbaar adres: {with_address} van {rows}.",
    "coverage_low": "Contacten met een bruikbaar adres: maar {with_address} van {rows}. Na {without} kan de"
    " klant niet worden gevraagd. Vraag bij elk contact om het adres, en zorg dat het in de export staat.",
    "coverage_low_team": "Contacten met een bruikbaar adres: maar {with_address} van {rows}. Na {without}"
    " kan de klant niet worden gevraagd, waarvan {most} van {team}. Begin daar: vraag bij elk contact om het adres,"
    " en zorg dat het in de export staat.",
    "rate_of_usual": "Aangenomen is wat gebruikelijk is: {rate} % van de genodigden antwoordt. Uw eigen percentage"
    " telt zodra {least} bezorgde uitnodigingen hun tijd hebben gehad; tot nu toe zijn dat er {waited}.",
    "rate_of_touchpoint": "Aangenomen is wat dit touchpoint liet zien: van {invitations} uitnodigingen die hun tijd"
    " hebben gehad kwam {arrived} % aan, en daarvan is {rate} % beantwoord.",
    "rate_of_client": "Aangenomen is wat alle touchpoints samen lieten zien: van {invitations} uitnodigingen die hun"
    " tijd hebben gehad kwam {arrived} % aan, en daarvan is {rate} % beantwoord. Voor een bestand van één touchpoint"
    " telt het eigen percentage, vanaf {least} zulke uitnodigingen die zijn aangekomen.",
    "scores_of_usual": "Van de antwoorden is naar verwachting {detractors} % een 0 tot 6 en {promoters} % een 9 of 10:"
    " gewone cijfers, omdat er nog geen {least} eigen antwoorden zijn die getoond mogen worden.",
    "scores_of_touchpoint": "De cijfers zijn naar verwachting als in de {answers} antwoorden hier: {detractors} %"
    " een 0 tot 6, {promoters} % een 9 of 10.",
    "scores_of_client": "De cijfers zijn naar verwachting als in de {answers} antwoorden van alle touchpoints:"
    " {detractors} % een 0 tot 6, {promoters} % een 9 of 10.",
    "interval_width": "De breedte is die van het 95%-interval (adjusted Wald) van zoveel antwoorden, in punten NPS.",
    "cells": "de rij heeft {count} cellen en de kopregel {expected}: controleer scheidingstekens en aanhalingstekens",
    "broken_line": "de regel is niet te lezen: controleer de aanhalingstekens",
    "broken_record": "dit is geen object dat zijn velden noemt: controleer haakjes en aanhalingstekens",
    "late_column": "{column}: geen eerder record heeft dit veld: geef het ook aan het eerste record, desnoods leeg",
    "cell_too_long": "{column}: langer dan {limit} tekens: kort het in, of laat de kolom weg uit de mapping",
    "row_too_long": "de kolommen die bewaard worden bevatten samen meer dan {limit} tekens: kort de langste in, of"
    " laat die weg uit de mapping",
    "not_stored": "de rij kon zo niet worden opgeslagen; beheer is gewaarschuwd",
    "formula_without_result": "{column}: hier staat een formule waarvan de uitkomst niet in de werkmap staat: open haar"
    " in Excel, sla haar op en upload haar opnieuw",
    "missing_moment": "{column}: leeg, maar wel nodig: vul in wanneer het contact was",
    "bad_moment": "{column}: dit is geen datum en tijd die begrepen wordt. Er staat iets als {shape} (9: een cijfer,"
    " a: een letter); schrijf het zoals {example}, of noem het formaat in de mapping",
    "bad_address": "{column}: dit is geen geldig e-mailadres: verbeter het bij de bron",
    "address_two_ats": "{column}: dit is geen geldig e-mailadres: er staat meer dan één @ in",
    "address_half": "{column}: dit is geen geldig e-mailadres: voor of achter de @ staat niets",
    "address_dots": "{column}: dit is geen geldig e-mailadres: er staat een punt te veel in",
    "address_no_dot": "{column}: dit is geen geldig e-mailadres: wat achter de @ staat, heeft geen einde zoals .nl",
    "address_hidden": "{column}: in het adres staat een teken dat je niet ziet ({character}), en zonder dat teken is"
    " dit ook geen geldig e-mailadres",
    "address_letter": "{column}: naar een adres met {letter} erin kan geen mail; vraag een ander adres",
    "address_space": "{column}: in het adres staat een spatie; schrijf het zonder, of zet een naam ernaast in de vorm"
    " Jan Jansen <jan@example.com>",
    "several_addresses": "{column}: bevat meer adressen; het eerste waar mail heen kan, is gevraagd",
    "placeholder_number": "{column}: wat hier staat is geen klantnummer; het adres zegt wie dit is",
    "shared_number": "{column}: dit nummer staat op rijen van verschillende mensen; het adres zegt wie dit is",
    "unknown_row_touchpoint": "{column}: er is geen touchpoint met deze naam; verbeter dat, of publiceer het"
    " touchpoint, en upload het bestand opnieuw",
    "missing_touchpoint": "{column}: leeg, maar wel nodig: vul de naam van het touchpoint in",
    "no_address": "geen e-mailadres",
    "no_phone": "geen nummer van een mobiele telefoon",
    "no_address_or_phone": "geen e-mailadres en geen nummer van een mobiele telefoon",
    "no_sms_here": "dit touchpoint nodigt uit per sms, en dat staat hier niet aan: vraag het beheer, of laat het"
    " touchpoint per mail uitnodigen",
    "no_person": "geen e-mailadres en geen klantnummer",
    "placeholder_alone": "{column}: wat hier staat is geen klantnummer, en er is geen e-mailadres",
    "shared_alone": "{column}: dit nummer staat op rijen van verschillende mensen, en er is geen e-mailadres",
    "same_file": "hetzelfde contact staat eerder in dit bestand",
    "earlier_file": "voor hetzelfde contact is al uitgenodigd uit een eerder bestand",
    "number_alone": "geen e-mailadres; deze klant onderscheidt personen aan hun adres, niet aan een klantnummer",
    "long_cell_in_list": "een cel is langer dan {limit} tekens: kort die in",
    "unclear_since": "{column}: geen datum die begrepen wordt; de afmelding geldt vanaf nu",
    "addresses_left": "{column}: {count} van de adressen hier zijn niet te lezen; wie de andere adressen heeft, is"
    " afgemeld",
    "placeholder_in_list": "{column}: wat hier staat is geen klantnummer, zodat deze regel niemand afmeldt",
    "list_attention": "{count} regels hebben een mens nodig: er staat een afmelding in die niet, of niet helemaal,"
    " begrepen is (rijen {rows}). Verbeter die regels en upload ze als een eigen lijst; tot dan kunnen deze mensen"
    " nog gevraagd worden.",
    "customers_attention": "{count} regels hebben een mens nodig: hun datum is niet te lezen, ze zijn kapot, of een"
    " andere regel zegt iets anders over dezelfde klant en hetzelfde moment (rijen {rows}). Wat zij zeggen is niet"
    " bewaard. Verbeter die regels en upload ze als een eigen bestand.",
    "customer_duplicate": "staat al in rij {row}",
    "customer_conflict": "rij {row} zegt iets anders over dezelfde klant en hetzelfde moment; die rij telt",
    "bad_as_of": "de datum waarop dit geldt is niet te lezen ({shape})",
    "listed_before": "staat eerder in deze lijst",
    "opted_out_before": "was al afgemeld",
    "taken_before": "De {rows} rijen daarvoor zijn verwerkt; hun regels staan in het ontvangstbewijs.",
    "taken_before_match": "De {rows} rijen daarvoor zijn vergeleken; hun regels staan in het ontvangstbewijs.",
    "future": "het contact ligt in de toekomst: kijk of dag en maand in de goede volgorde staan",
    "too_old": "het contact is langer geleden dan het touchpoint toestaat: stuur bestanden eerder, of verhoog"
    " freshness_days",
    "opted_out": "heeft zich afgemeld voor vragenlijsten",
    "suppressed": "mail naar dit adres kwam terug, of is als spam gemeld: vraag de klant een ander adres",
    "blocked": "is kort geleden al gevraagd",
    "sampled_out": "niet in de steekproef van dit touchpoint",
    "over_quota_day": "het maximum aan uitnodigingen voor deze dag is gepland",
    "over_quota_month": "het maximum aan uitnodigingen voor deze maand is gepland",
}

SENTENCES: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "nl": _DUTCH}


def translate(language: str, why: str, **values: object) -> str:
    """Return the sentence for a reason, in Dutch (`nl`, `nl-BE`) or else in English; no reason, no sentence."""
    if not why:
        return ""
    sentences = SENTENCES.get(language[:2], _ENGLISH)
    return sentences[why].format_map({name: _written(language, name, value) for name, value in values.items()})


def _written(language: str, name: str, value: object) -> object:
    """Return a value as the language writes it: thousands apart, but not in the number of a row."""
    if isinstance(value, MessageParameter):
        return translate(language, value.why, **value.values)
    if isinstance(value, int) and name != "row":
        return f"{value:,}".replace(",", "." if language[:2] == "nl" else ",")
    return value


class MessageParameter:
    """A value of a message that is a message itself, and is translated with it."""

    def __init__(self, why: str, **values: object) -> None:
        self.why = why
        self.values = values
