"""Which DNS records of a sender domain are right: asked of a real name server on loopback, and of SES."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from operations.check_domain import findings, table
from operations.onboarding.checking import CheckResult, CheckVerdict
from operations.onboarding.dns_lookup import Dns
from operations.onboarding.errors import CannotOnboard
from operations.onboarding.mail_policies import BadDmarc, find_dmarc, read_dmarc, spf_mistake
from tests.worlds.dns_server import running_name_server
from tests.worlds.fake_aws_world import running_fake_aws
from tests.worlds.onboarding_world import World

MAIL_FROM = "bounce.vaart.example"
DMARC = "_dmarc.vaart.example"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_fake_aws(tmp_path) as fake_aws, running_name_server() as name_server:
        ready = World(fake_aws, name_server)
        ready.set_records()
        yield ready


def checked(world: World) -> list[CheckResult]:
    return findings(world.case(), Dns(world.dns.address))


def not_right(world: World) -> list[CheckResult]:
    return [finding for finding in checked(world) if finding.verdict is not CheckVerdict.OK]


def test_a_domain_with_all_its_records_is_right(world: World) -> None:
    found = checked(world)

    assert [finding.what for finding in found] == [
        *("DKIM 1", "DKIM 2", "DKIM 3", "MAIL FROM", "SPF", "DMARC"),
        *("SES: identity", "SES: DKIM", "SES: MAIL FROM"),
    ]
    assert {finding.verdict for finding in found} == {CheckVerdict.OK}


def test_a_domain_without_records_misses_each(world: World) -> None:
    world.dns.records.clear()

    found = not_right(world)

    assert [finding.what for finding in found] == ["DKIM 1", "DKIM 2", "DKIM 3", "MAIL FROM", "SPF", "DMARC"]
    assert {finding.verdict for finding in found} == {CheckVerdict.MISSING}
    assert found[3].expected == "10 feedback-smtp.eu-west-1.amazonses.com"
    assert found[4].expected == "v=spf1 include:amazonses.com ~all"


def other_dkim(world: World) -> None:
    name = next(name for name, kind in world.dns.records if kind == "CNAME")
    world.dns.records[(name, "CNAME")] = ["other.dkim.amazonses.com."]


def doubled_dkim(world: World) -> None:
    name = next(name for name, kind in world.dns.records if kind == "CNAME")
    world.dns.records[(f"{name}.vaart.example", "CNAME")] = world.dns.records.pop((name, "CNAME"))


def sets(name: str, kind: str, *values: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.dns.records[(name, kind)] = list(values)

    return change


@pytest.mark.parametrize(
    ("change", "what", "found"),
    [
        (other_dkim, "DKIM 1", "other.dkim.amazonses.com"),
        (doubled_dkim, "DKIM 1", "the provider adds the domain by itself"),
        (sets(MAIL_FROM, "MX", "10 feedback-smtp.us-east-1.amazonses.com."), "MAIL FROM", "us-east-1"),
        (
            sets(MAIL_FROM, "MX", "10 feedback-smtp.eu-west-1.amazonses.com.", "20 mx.vaart.example."),
            "MAIL FROM",
            "20 mx.vaart.example",
        ),
        (sets(MAIL_FROM, "TXT", '"v=spf1 include:other.example ~all"'), "SPF", "include:amazonses.com is not in it"),
        (
            sets(MAIL_FROM, "TXT", '"v=spf1 include:amazonses.com ~all"', '"v=spf1 mx -all"'),
            "SPF",
            "there are 2 texts that begin with v=spf1",
        ),
        (sets(MAIL_FROM, "TXT", '"v=spf1 include:amazonses.com +all"'), "SPF", "anybody may send"),
        (sets(DMARC, "TXT", '"v=DMARC1; p=maybe"'), "DMARC", "p=maybe is none of"),
        (sets(DMARC, "TXT", '"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'), "DMARC", "there are 2 records"),
    ],
)
def test_a_record_that_is_another_is_wrong_and_what_stands_there_is_shown(
    world: World, change: Callable[[World], None], what: str, found: str
) -> None:
    change(world)

    (finding,) = not_right(world)

    assert (finding.verdict, finding.what) == (CheckVerdict.WRONG, what)
    assert found in finding.found


@pytest.mark.parametrize(
    "change",
    [
        sets(MAIL_FROM, "MX", "5 Feedback-SMTP.eu-west-1.amazonses.com."),
        sets(MAIL_FROM, "TXT", '"v=spf1 include:" "amazonses.com -all"', '"verification=1"'),
        sets(DMARC, "TXT", '"v=DMARC1;p=reject;sp=none;adkim=s;aspf=r"'),
        sets(DMARC, "TXT", '"v=DMARC1; p=none; rua=mailto:d@vaart.example;"'),
    ],
)
def test_what_is_written_another_way_and_means_the_same_is_right(world: World, change: Callable[[World], None]) -> None:
    change(world)

    assert not_right(world) == []


def test_a_policy_that_only_watches_and_a_strict_one_are_right_with_a_remark(world: World) -> None:
    sets(DMARC, "TXT", '"v=DMARC1; p=none; aspf=s"')(world)

    (dmarc,) = (finding for finding in checked(world) if finding.what == "DMARC")

    assert dmarc.verdict is CheckVerdict.OK
    for words in ("only watches", "nobody reports", "DKIM alone carries it"):
        assert words in dmarc.remark


def test_a_server_that_fails_is_no_missing_record(world: World) -> None:
    world.dns.failing.add(MAIL_FROM)

    found = not_right(world)

    assert [(finding.what, finding.verdict) for finding in found] == [
        ("MAIL FROM", CheckVerdict.UNKNOWN),
        ("SPF", CheckVerdict.UNKNOWN),
    ]


def test_what_ses_has_not_seen_yet_is_missing(world: World) -> None:
    world.fake_aws.control(unverified=["vaart.example"])

    found = not_right(world)

    assert [finding.what for finding in found] == ["SES: identity", "SES: DKIM", "SES: MAIL FROM"]
    assert {finding.found for finding in found} == {"PENDING"}


def test_a_client_that_is_not_onboarded_is_told_to_be(world: World) -> None:
    world.bucket.objects.clear()
    case = world.case("pebble")

    found = findings(case, Dns(world.dns.address))

    said = [finding for finding in found if "make onboard CLIENT=pebble" in finding.expected]
    assert [finding.where for finding in said] == [
        "the identity pebble.example with DKIM",
        "the MAIL FROM domain bounce.pebble.example",
        "the configuration set Klankbord-pebble",
        "reports of Klankbord-pebble to EventBridge",
        "what it knows of the client",
    ]


def test_a_stream_that_is_off_or_that_follows_people_is_wrong(world: World) -> None:
    ses, name = world.fake_aws.ses, "Klankbord-vaart"
    ses.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=False)
    ses.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="marketing",
        EventDestination={"Enabled": True, "MatchingEventTypes": ["OPEN", "SEND"]},
    )

    assert [(finding.what, finding.found) for finding in not_right(world)] == [
        ("SES: sending", "off"),
        ("SES: reports", "OPEN"),
    ]


def test_the_table_says_what_was_found_and_what_was_expected(world: World) -> None:
    sets(MAIL_FROM, "MX", "10 mx.vaart.example.")(world)

    lines = list(table(checked(world)))

    at = next(number for number, line in enumerate(lines) if line.startswith("wrong"))
    assert lines[at].split() == ["wrong", "MAIL", "FROM", MAIL_FROM, "MX"]
    assert lines[at + 1].split() == ["found", "10", "mx.vaart.example"]
    assert lines[at + 2].split() == ["expected", "10", "feedback-smtp.eu-west-1.amazonses.com"]
    assert lines[0].startswith("ok       DKIM 1")


@pytest.mark.parametrize("nameserver", ["no.such.host.invalid.", "127.0.0.1:dns"])
def test_a_name_server_that_cannot_be_asked_is_refused(nameserver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> None:
        raise OSError("not known")

    if "invalid" in nameserver:
        monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(CannotOnboard, match="write HOST or HOST:PORT"):
        Dns(nameserver)


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 include:amazonses.com ~all",
        "v=SPF1 INCLUDE:amazonses.com -all",
        "v=spf1 a mx:mx.vaart.example/24 ip4:192.0.2.0/24 ip6:2001:db8::/32 +include:amazonses.com -all",
    ],
)
def test_spf_that_lets_ses_send_is_right(text: str) -> None:
    assert spf_mistake([text, "another text"]) is None


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("v=spf1", "not in it"),
        ("v=spf1 include:amazonses.com", "does not end"),
        ("v=spf1 include:amazonses.com ?all", "does not end"),
        ("v=spf1 -all include:amazonses.com", "stands after -all"),
        ("v=spf1 includes:amazonses.com -all", "no term of SPF"),
        ("v=spf1 include: amazonses.com -all", "no term of SPF"),
        ("v=spf10 include:amazonses.com -all", "0 texts"),
    ],
)
def test_spf_that_does_not_is_wrong(text: str, mistake: str) -> None:
    assert mistake in str(spf_mistake([text]))


@pytest.mark.parametrize(
    "text",
    [
        "p=none; v=DMARC1",
        "v=DMARC1; p",
        "v=DMARC1; p=none; p=reject",
        "v=DMARC1; sp=none",
        "v=DMARC1; p=none; aspf=x",
        "v=DMARC1; p=none; rua=d@vaart.example",
        "v=dmarc1; p=none",
    ],
)
def test_a_dmarc_record_that_nobody_follows_is_wrong(text: str) -> None:
    with pytest.raises(BadDmarc):
        read_dmarc("vaart.example", text)


def test_the_nearest_dmarc_record_holds_and_its_policy_for_subdomains() -> None:
    texts = {"_dmarc.vaart.example": ["v=DMARC1; p=reject; sp=quarantine"], "_dmarc.example": ["v=DMARC1; p=none"]}

    found = find_dmarc("mail.vaart.example", lambda name: texts.get(name, []))

    assert found
    assert found.at == "vaart.example"
    assert (found.policy("mail.vaart.example"), found.policy("vaart.example")) == ("quarantine", "reject")
    assert find_dmarc("other.example", lambda name: texts.get(name, [])) is None
