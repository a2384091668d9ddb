"""Anybody can send a reply: what is read of one takes time in proportion to its length, whatever it repeats."""

import time
from collections.abc import Callable

import pytest

from functions.invite.replies.opt_out_words import read_request
from functions.invite.replies.own_words import own_words, text_of_html
from functions.invite.replies.reply_mail import read_reply

SIZE = 15_000
SLACK = 0.05
"""Seconds that do not count: a collection of garbage, a first call."""


def header(name: str) -> Callable[[str], object]:
    return lambda text: read_reply(f"{name}: {' '.join(text.split(chr(10)))}\r\n\r\nx".encode())


READERS = {
    "own words": own_words,
    "HTML": text_of_html,
    "a request": lambda text: read_request("", text),
    "a subject": lambda text: read_request(text, "x"),
    "From": header("From"),
    "To": header("To"),
    "Received": header("Received"),
    "Subject": header("Subject"),
}
REPEATED = (
    *("<div ", "<!--", "<![CDATA[", '<a href="', "&#", "<p><p ", "<div>", "<blockquote>", "(", '"', "\\", "=?", ","),
    *("http://", "https://x/s/", "On x wrote:\n", "op a schreef:\n> x\n", "van: x\n", "verstuurd iphone ", "for a@"),
    *("afmelden,", "afmelden, x, nee,", "re ", "re[1]", "meld me a ", "a.u.", "\u00a0", "\n", "> ", "-", "<a@b.c> "),
)


def seconds(read: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    read(text)
    return time.process_time() - start


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("piece", REPEATED)
@pytest.mark.parametrize("ending", ["", "x\n> q"])
def test_twice_the_reply_takes_no_more_than_three_times_the_time(reader: str, piece: str, ending: str) -> None:
    read = READERS[reader]
    once, twice = (piece * (size // len(piece)) + ending for size in (SIZE, 2 * SIZE))

    assert any(seconds(read, twice) < 3 * seconds(read, once) + SLACK for _ in range(3))


def test_an_address_in_comments_without_end_is_no_address() -> None:
    mail = read_reply(
        b"From: " + b"(" * 30_000 + b"jan@voorbeeld.example\r\nTo: pebble@replies.example\r\n\r\nafmelden"
    )

    assert mail.sender == ""
    assert mail.recipients == ("pebble@replies.example",)
    assert mail.words == "afmelden"


def test_text_in_html_that_is_broken_off_or_nested_without_end_is_read_as_far_as_it_goes() -> None:
    assert text_of_html("<p>Graag afmelden</p><div " * 2).startswith("Graag afmelden")
    assert text_of_html("<p>Graag afmelden</p>" + "<div>" * 20_000).startswith("Graag afmelden")
    assert text_of_html("") == ""
