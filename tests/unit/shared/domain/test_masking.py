import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.domain.masking import is_bsn, is_card, is_iban, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mail me op jan.de-vries+ns@mail.voorbeeld.nl.", "Mail me op [e-mail]."),
        ("o'brien@example.com belt niet terug", "[e-mail] belt niet terug"),
        ("josé@bücher.example", "[e-mail]"),
        ("Bel 06-12345678 of 06 12 34 56 78", "Bel [phone] of [phone]"),
        ("+31 6 12345678, +31612345678, 0031 6 12345678", "[phone], [phone], [phone]"),
        ("+31 (0)6 1234 5678", "[phone]"),
        ("020-1234567 na vijven", "[phone] na vijven"),
        ("call +44 7700 900123 or 07700 900123", "call [phone] or [phone]"),
        ("rekening NL91 ABNA 0417 1643 00 en dan wachten", "rekening [iban] en dan wachten"),
        ("NL91ABNA0417164300", "[iban]"),
        ("nl91abna0417164300!", "[iban]!"),
        ("IBAN BE71 0961 2345 6769.", "IBAN [iban]."),
        ("GB82 WEST 1234 5698 7654 32", "[iban]"),
        ("mijn BSN is 111222333", "mijn BSN is [bsn]"),
        ("123.456.782, 1234 56 782", "[bsn], [bsn]"),
        ("Ik woon op 1012 AB 12", "Ik woon op [address]"),
        ("1012AB 12-a, 1012ab 7 en 1012 AB nr. 5b", "[address], [address] en [address]"),
        ("Dorpsstraat 12, 1012 AB Amsterdam", "Dorpsstraat [address] Amsterdam"),
        ("mijn auto (XX-123-X) stond", "mijn auto ([plate]) stond"),
        ("12-ab-34; GD-05-KN; 1-kbb-00; TJF01X", "[plate]; [plate]; [plate]; [plate]"),
        ("woon op 1234 ab 12, kom langs", "woon op [address], kom langs"),
        ("kenteken ab12cd, of AB 12 CD", "kenteken [plate], of [plate]"),
        ("bel 06\u201312345678 of 06\u00a012\u00a034\u00a056\u00a078", "bel [phone] of [phone]"),
        ("mijn nummer is 31612345678", "mijn nummer is [phone]"),
        ("jan@ gmail.com, jan(at)gmail.com of jan [at] gmail [punt] com", "[e-mail], [e-mail] of [e-mail]"),
        ("jan.jansen at hotmail dot com", "[e-mail]"),
        ("NL91\u00a0ABNA\u00a00417\u00a01643\u00a000", "[iban]"),
        ("NL91\u2013ABNA\u20130417164300", "[iban]"),
        ("bsn 123-456-782", "bsn [bsn]"),
        ("kaart 4111 1111 1111 1111, amex 378282246310005", "kaart [card], amex [card]"),
        ("0\u200b6123\u00ad45678", "[phone]"),
        ("\uff10\uff16\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "[phone]"),
        ("mail:\u2068jan@example.nl\u2069", "mail:[e-mail]"),
    ],
)
def test_what_tells_who_somebody_is_gives_way_to_a_mark(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Prima geholpen, na 3 dagen en 20 minuten.",
        "In 2024 is 12 keer gebeld",
        "Op 12-05-2024 om 10:30 gebeld, factuur 2024-0012.",
        "Rekening NL91ABNA0417164301 klopt niet",  # check digits are wrong
        "ordernummer 123456789",  # not a BSN by the 11-test
        "A 10, an 8 and a 9: 100% @ home",
        "Ik kreeg 1.250,00 euro terug van de 12.345.678",
        "De postcode 1012 AB alleen is een buurt",
        "In 2024 is 12 keer gebeld, in 2025 op 12 dagen",
        "Een streepje \u2013 zoals hier \u2013 blijft, net als\u00a0een harde spatie",
        "kaart 4111 1111 1111 1112",  # not a card by Luhn's test
        "Gekocht bij bol.com @ 12 euro, kijk op bol.com",
        "Regel een\nregel twee\tmet een tab",
        "Een gezin \U0001f468\u200d\U0001f469\u200d\U0001f467 en een \u00bd",
    ],
)
def test_other_words_and_numbers_are_left_alone(text):
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "valid"),
    [("111222333", True), ("123456782", True), ("123456789", False), ("000000000", False), ("12345678", False)],
)
def test_a_citizen_number_passes_the_11_test(text, valid):
    assert is_bsn(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("NL91 ABNA 0417 1643 00", True),
        ("GB82WEST12345698765432", True),
        ("NL91ABNA0417164301", False),
        ("NL91", False),
    ],
)
def test_an_iban_passes_mod_97(text, valid):
    assert is_iban(text) is valid


@pytest.mark.parametrize(
    ("text", "valid"),
    [("4111111111111111", True), ("5500-0000-0000-0004", True), ("4111111111111112", False), ("0" * 16, False)],
)
def test_a_payment_card_passes_luhn(text, valid):
    assert is_card(text) is valid


def test_of_a_labelled_set_all_but_the_known_gaps_is_masked_and_nearly_nothing_else():
    labelled = yaml.load((Path(__file__).parent / "personal_data.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506

    missed = [text for text in labelled["personal"] if mask(text) == text]
    false_alarms = [text for text in labelled["harmless"] if mask(text) != text]

    assert missed == labelled["missed"]
    assert false_alarms == labelled["masked_though_harmless"]


@given(st.text(alphabet="abNL0194 @.+-(),#\n\u00a0\u2013\u200b", max_size=80))
def test_masking_twice_is_masking_once(text):
    once = mask(text)

    assert mask(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "0 ",
        "NL91 ",
        "1012 AB ",
        "a.",
        "a@a.",
        "+31 ",
        "12-",
        "4",
        "4 ",
        "a@ ",
        "a (at) ",
        "ab ",
        "\u00a0",
        "31 6",
    ],
)
def test_a_long_comment_is_masked_in_no_time(piece):
    start = time.process_time()

    mask(piece * (5000 // len(piece)))

    assert time.process_time() - start < 0.5
