"""JSON-LD as pages really have it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.review_scraper.readers.script_json import NotJson, read_script

ONE = {"@type": "Review", "reviewBody": "Netjes // geholpen; <!-- echt --> ]]> , }"}
TEXT = json.dumps(ONE)


@pytest.mark.parametrize(
    "script",
    [
        TEXT,
        f"  {TEXT}  ",
        f"{TEXT};",
        f"{TEXT} ; ;",
        f"<!--\n{TEXT}\n-->",
        f"<!-- {TEXT} //-->",
        f"//<![CDATA[\n{TEXT}\n//]]>",
        f"/*<![CDATA[*/{TEXT}/*]]>*/",
        f"<![CDATA[{TEXT}]]>",
        f"<!--//--><![CDATA[//><!--\n{TEXT}\n//--><!]]>",
        f"{TEXT[:-1]},}}",
        f"{TEXT[:-1]}\n, // the last one\n}}",
    ],
)
def test_what_stands_around_an_object_does_not_hide_it(script: str) -> None:
    assert read_script(script) == [ONE]


@pytest.mark.parametrize("between", ["", "\n", ";", ",", ";\n\n"])
def test_several_values_in_one_script_are_all_read(between: str) -> None:
    assert read_script(f"{TEXT}{between}[1, 2]{between}{TEXT}") == [ONE, [1, 2], ONE]


def test_a_list_at_the_end_of_a_cdata_section_keeps_its_brackets() -> None:
    assert read_script("<![CDATA[[[1, [2]]]]]>") == [[[1, [2]]]]


def test_data_whose_quotation_marks_are_entities_are_read() -> None:
    assert read_script("{&quot;a&quot;: &quot;Tom &amp; Jerry&quot;}") == [{"a": "Tom & Jerry"}]


def test_line_ends_inside_words_are_read() -> None:
    assert read_script('{"a": "one\ntwo"}') == [{"a": "one\ntwo"}]


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ('{"a": }', "line 1, column 7"),
        ('<!--\n{"a": 1,\n "b" 2}', "line 3, column 6"),
        ("var a = 1", "line 1, column 1"),
    ],
)
def test_what_is_no_json_says_where(script: str, place: str) -> None:
    with pytest.raises(NotJson, match=f"^{place}$"):
        read_script(script)


@pytest.mark.parametrize("script", ["", " \n", ";", "<!-- -->"])
def test_an_empty_script_holds_nothing(script: str) -> None:
    assert read_script(script) == []


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.lists(JSON, max_size=3).map(lambda items: [[item] for item in items]),
    st.sampled_from([("", ""), ("<!--", "-->"), ("//<![CDATA[\n", "\n//]]>"), ("/*<![CDATA[*/", "/*]]>*/")]),
)
def test_any_values_in_any_envelope_are_read_back(values: list[Any], envelope: tuple[str, str]) -> None:
    before, after = envelope

    assert read_script(before + ";\n".join(map(json.dumps, values)) + ";" + after) == values


@pytest.mark.parametrize("endless", ["/*", '"', '\\"', "//", " ", ",", ", ", ";", "-->", "]]>", "<!--", "*/"])
def test_a_script_is_gone_over_a_few_times_at_most(endless: str) -> None:
    # Gone over once for each of its pieces it would take hours.
    text = "{" + endless * 400_000 + "x"

    with pytest.raises(NotJson):
        read_script(text)
