import pytest

from functions.shared.adapters.logo_files import LARGEST, logo_mistakes
from functions.shared.domain.contrast import contrast

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">\n{}\n</svg>'
)


@pytest.mark.parametrize(
    "inside",
    [
        '<path d="M0 0h9"/>',
        '<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs><rect fill="url(#a)" width="9"/>',
        '<style>.a{fill:#fff}</style><circle class="a" r="4"/>',
        '<defs><g id="g"/></defs><use href="#g"/>',
    ],
)
def test_shapes_make_a_logo(inside: str) -> None:
    assert logo_mistakes(SVG.format(inside).encode()) == []


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ("<script>alert(1)</script>", "<script> does not belong in a logo; remove the script"),
        ('<path onclick="alert(1)" d="M0 0"/>', "onclick would run a script; remove it"),
        ('<path ONLOAD="alert(1)" d="M0 0"/>', "ONLOAD would run a script; remove it"),
        ('<image href="https://tracker.example/x.png"/>', "href points outside the logo"),
        ('<use xlink:href="other.svg#a"/>', "href points outside the logo"),
        ('<use href="data:image/svg+xml,x"/>', "href points outside the logo"),
        ('<rect fill="url(https://tracker.example/#a)"/>', "fill points outside the logo"),
        ("<rect style=\"fill:url( '//tracker.example')\"/>", "style points outside the logo"),
        ('<style>@import "https://tracker.example/a.css";</style>', "a style points outside the logo"),
        ("<style>path{background:url(//tracker.example)}</style>", "a style points outside the logo"),
        ("<style>path{background:\\75rl(//tracker.example)}</style>", "a style points outside the logo"),
        ("<foreignObject><b/></foreignObject>", "<foreignObject> does not belong in a logo"),
        ("<text>Vaart</text>", "<text> does not belong in a logo; turn its letters into paths"),
        ('<set attributeName="href" to="x"/>', "<set> does not belong in a logo"),
        ('<h:script xmlns:h="http://www.w3.org/1999/xhtml">x</h:script>', "<script> does not belong in a logo"),
        ('<?xml-stylesheet href="https://tracker.example"?>', "the instruction <?xml-stylesheet?> does not belong"),
    ],
)
def test_what_does_more_than_show_is_refused_with_its_line(inside: str, sentence: str) -> None:
    found = logo_mistakes(SVG.format(inside).encode())

    assert [line for line, said in found if said.startswith(sentence)] == [2]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>', "the logo has a DOCTYPE"),
        (b"\x89PNG\r\n", "the logo is no SVG that can be read"),
        (b"", "the logo is no SVG that can be read"),
        (b"<svg><path></svg>", "the logo is no SVG that can be read"),
        (b'<svg viewBox="0 0 1 1"/>', "the root must be <svg xmlns="),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "the <svg> needs a viewBox"),
        (b" " * (LARGEST + 1), "the logo has 32,769 bytes; simplify it to at most 32,768"),
    ],
)
def test_what_is_no_svg_is_refused(content: bytes, sentence: str) -> None:
    (mistake,) = logo_mistakes(content)

    assert mistake[1].startswith(sentence)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("#ffffff", "#0000ff") == pytest.approx(8.592, abs=0.001)
    assert contrast("#123456", "#123456") == 1
