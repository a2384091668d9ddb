"""Whether a sender domain is right: each record as DNS has it now, and what SES says of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from operations.onboarding.dns_lookup import Dns, NoAnswer
from operations.onboarding.dns_records import Record, dmarc_record
from operations.onboarding.mail_policies import BadDmarc, find_dmarc, spf_mistake
from operations.onboarding.sender_setup import SenderState, Wanted, steps


class CheckVerdict(StrEnum):
    """What came of looking."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CheckResult:
    """What was found in one place. `remark` may say more of what is ok."""

    verdict: CheckVerdict
    what: str
    where: str
    found: str = ""
    expected: str = ""
    remark: str = ""


def check_records(wanted: Wanted, records: list[Record], reports: str, dns: Dns) -> Iterator[CheckResult]:
    """Yield a finding for each record of DKIM and MAIL FROM, and one for DMARC."""
    for record in records:
        yield _asked(lambda record=record: _RECORDS[record.kind](record, wanted, dns), record)  # type: ignore[misc]
    beginning = dmarc_record(wanted.domain, reports)
    yield _asked(lambda: _dmarc(wanted, beginning, dns), beginning)


def check_ses(wanted: Wanted, state: SenderState) -> Iterator[CheckResult]:
    """Yield what SES says of the identity, and what onboarding has left to do."""
    if state.identity is not None:
        dkim = state.identity.get("DkimAttributes", {})
        mail_from = state.identity.get("MailFromAttributes", {})
        for what, status in (
            ("identity", state.identity.get("VerificationStatus", "NOT_STARTED")),
            ("DKIM", dkim.get("Status", "NOT_STARTED")),
            ("MAIL FROM", mail_from.get("MailFromDomainStatus", "NOT_STARTED")),
        ):
            yield _status(f"SES: {what}", wanted.domain, status)
    for step in steps(wanted, state):
        verb = CheckVerdict.MISSING if step.operation.startswith("create") else CheckVerdict.WRONG
        yield CheckResult(verb, "SES: set-up", step.sentence, "not so", f"make onboard CLIENT={wanted.client}")
    if state.configuration_set and not state.configuration_set.get("SendingOptions", {}).get("SendingEnabled", True):
        yield CheckResult(
            CheckVerdict.WRONG, "SES: sending", wanted.stream, "off", "on: somebody paused this client in SES"
        )
    if state.tenant and state.tenant.get("SendingStatus") == "DISABLED":
        yield CheckResult(
            CheckVerdict.WRONG, "SES: tenant", wanted.stream, "DISABLED", "ENABLED: see its reputation in SES"
        )
    for destination in state.destinations:
        if followed := {"OPEN", "CLICK"} & set(destination.get("MatchingEventTypes", ())):
            event_types = ", ".join(sorted(followed))
            yield CheckResult(
                CheckVerdict.WRONG, "SES: reports", destination["Name"], event_types, "neither: nobody is followed"
            )


def _asked(ask: Callable[[], CheckResult], record: Record) -> CheckResult:
    try:
        return ask()
    except NoAnswer as error:
        return CheckResult(CheckVerdict.UNKNOWN, record.what, _where(record), str(error), record.value)


def _cname(record: Record, wanted: Wanted, dns: Dns) -> CheckResult:
    values = dns.cname(record.name)
    if values == [record.value.lower()]:
        return CheckResult(CheckVerdict.OK, record.what, _where(record))
    return _differs(record, values, dns.cname, wanted)


def _mx(record: Record, wanted: Wanted, dns: Dns) -> CheckResult:
    hosts = dns.mx(record.name)
    # The preference is of no account where there is one host, and SES takes no second one.
    if [host.partition(" ")[2] for host in hosts] == [record.value.partition(" ")[2]]:
        return CheckResult(CheckVerdict.OK, record.what, _where(record))
    return _differs(record, hosts, dns.mx, wanted)


def _spf(record: Record, wanted: Wanted, dns: Dns) -> CheckResult:
    texts = dns.txt(record.name)
    records = [text for text in texts if text.lower().startswith("v=spf1")]
    if not records:
        return _differs(record, records, dns.txt, wanted)
    mistake = spf_mistake(texts)
    if mistake:
        return CheckResult(
            CheckVerdict.WRONG, record.what, _where(record), f"{' and '.join(records)} ({mistake})", record.value
        )
    return CheckResult(CheckVerdict.OK, record.what, _where(record))


def _dmarc(wanted: Wanted, beginning: Record, dns: Dns) -> CheckResult:
    try:
        record = find_dmarc(wanted.domain, dns.txt)
    except BadDmarc as error:
        return CheckResult(CheckVerdict.WRONG, "DMARC", _where(beginning), str(error), beginning.value)
    if record is None:
        return _differs(beginning, [], dns.txt, wanted)
    remarks = []
    policy = record.policy(wanted.domain)
    if record.at != wanted.domain:
        remarks.append(f"that of {record.at} holds")
    if policy == "none":
        remarks.append("p=none only watches; raise it to quarantine when the reports show nothing strange")
    if "rua" not in record.tags:
        remarks.append("without rua= nobody reports")
    if record.strict_spf:
        remarks.append("aspf=s: MAIL FROM does not count, DKIM alone carries it")
    return CheckResult(CheckVerdict.OK, "DMARC", f"_dmarc.{record.at} TXT", remark=f"{policy}; " + "; ".join(remarks))


_RECORDS: dict[str, Callable[[Record, Wanted, Dns], CheckResult]] = {"CNAME": _cname, "MX": _mx, "TXT": _spf}


def _differs(record: Record, observed: list[str], ask: Callable[[str], list[str]], wanted: Wanted) -> CheckResult:
    """Return a finding for a record that is not there, or is another one."""
    if observed:
        return CheckResult(CheckVerdict.WRONG, record.what, _where(record), " and ".join(observed), record.value)
    doubled = f"{record.name}.{wanted.domain}"
    if any(record.value.split()[-1].lower() in text.lower() for text in ask(doubled)):
        said = f"it stands at {doubled}: the provider adds the domain by itself"
        return CheckResult(CheckVerdict.WRONG, record.what, _where(record), said, record.value)
    return CheckResult(CheckVerdict.MISSING, record.what, _where(record), "nothing", record.value)


def _where(record: Record) -> str:
    return f"{record.name} {record.kind}"


_SAID = {
    "PENDING": (CheckVerdict.MISSING, "SES has not seen the records yet: minutes to hours after they are set"),
    "NOT_STARTED": (CheckVerdict.MISSING, "SES does not look yet"),
    "TEMPORARY_FAILURE": (CheckVerdict.WRONG, "SES saw the records before and does not now"),
    "FAILED": (CheckVerdict.WRONG, "SES gave up after 72 hours: set the records, delete the identity, onboard again"),
}


def _status(what: str, where: str, status: str) -> CheckResult:
    if status == "SUCCESS":
        return CheckResult(CheckVerdict.OK, what, where)
    verdict, expected = _SAID.get(status, (CheckVerdict.WRONG, "SUCCESS"))
    return CheckResult(verdict, what, where, status, expected)
