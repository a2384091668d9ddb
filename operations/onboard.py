"""Set up a client's mail: `python -m operations.onboard CLIENT [--clients FOLDER] [--tenant] [--plan] [--local]`.

At SES it makes what is missing: the identity of the sender's domain with DKIM, a custom MAIL FROM domain, the client's
configuration set and, with --tenant, a tenant. It writes down for the sender that they are there, prints the DNS
records to set, and says what else is needed. A second run changes nothing and prints the same.
"""

import argparse
import sys
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.domain import object_keys
from functions.shared.domain.errors import BadConfiguration
from operations.onboarding.case import Case, add_arguments, open_case
from operations.onboarding.dns_lookup import Dns, NoAnswer
from operations.onboarding.dns_records import Record, dmarc_record, zone_lines
from operations.onboarding.errors import CannotOnboard, sentence
from operations.onboarding.mail_policies import BadDmarc, find_dmarc
from operations.onboarding.next_steps import next_steps
from operations.onboarding.sender_setup import SenderState, do, look, steps


def onboard(case: Case, *, plan: bool = False) -> tuple[SenderState, list[str]]:
    """Do what is left to do, unless it is only planned; return what SES has then, and what was left, in words.

    The sender is told last: it never knows of a configuration set that is not there yet.
    """
    state = look(case.target.ses, case.wanted)
    left = steps(case.wanted, state)
    changes = [step.sentence for step in left]
    if case.recorded != case.stream:
        changes.append(f"what the sender knows of {case.wanted.client}")
    if plan or not changes:
        return state, changes
    if left:
        do(case.target.ses, left)
        state = look(case.target.ses, case.wanted)
    if case.recorded != case.stream:
        case.target.s3.put_object(
            Bucket=case.target.config_bucket,
            Key=object_keys.mail_stream(case.wanted.client),
            Body=case.stream.as_json().encode(),
            ContentType="application/json",
        )
    return state, changes


def described(case: Case, state: SenderState, dns: Dns | None) -> Iterator[str]:
    """Yield what is to be said of a client, line by line. Without `dns` nobody is asked for the present records."""
    wanted = case.wanted
    yield f"{case.client.name} ({wanted.client}) sends from {wanted.domain}, in {wanted.region}."
    yield f"  configuration set  {wanted.stream}"
    yield f"  tenant             {wanted.stream if wanted.tenant else 'none'}"
    yield f"  MAIL FROM          {state.mail_from(wanted)}"
    yield ""
    yield f"Set these records in the DNS of {wanted.domain}:"
    yield ""
    dmarc, remark = _dmarc(case, dns)
    records = state.records(wanted)
    yield from zone_lines(records + dmarc)
    yield ""
    if not any(record.kind == "CNAME" for record in records):
        own = (state.identity or {}).get("DkimAttributes", {}).get("SigningAttributesOrigin") == "EXTERNAL"
        yield "DKIM: the identity signs with a key of its own." if own else "DKIM: SES will name three records."
    yield remark
    yield ""
    yield "Then, in this order:"
    yield from next_steps(case)


def _dmarc(case: Case, dns: Dns | None) -> tuple[list[Record], str]:
    """Return the DMARC record to set, none where one is there, and what to know of it."""
    beginning = dmarc_record(case.wanted.domain, case.reports)
    advice = "DMARC: raise p= to quarantine, and then to reject, when the reports show no mail of your own that fails."
    if dns is None:
        return [beginning], f"{advice} Keep a record that is there already, here or at a domain above."
    try:
        dmarc = find_dmarc(case.wanted.domain, dns.txt)
    except NoAnswer as error:
        return [beginning], f"{advice} DNS was asked whether there is one already: {error}. Keep it if there is."
    except BadDmarc as error:
        return [beginning], f"DMARC: the record that is there is not followed: {error}. Set this one in its place."
    if dmarc is None:
        return [beginning], advice
    kept = f'DMARC: keep what stands at _dmarc.{dmarc.at}: "{dmarc.text}".'
    if dmarc.strict_spf:
        kept += " With aspf=s the MAIL FROM at a subdomain does not count; DKIM alone carries it."
    if dmarc.policy(case.wanted.domain) == "none":
        kept += " It only watches; raise it when its reports show nothing strange."
    return [], kept


def main(arguments: list[str] | None = None) -> int:
    """Onboard the client that the command line names; return 1, after a sentence, where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m operations.onboard", description="Set up a client's mail.")
    add_arguments(parser)
    parser.add_argument(
        "--tenant",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="send as an SES tenant of the client's own (default: as it is; none at first)",
    )
    parser.add_argument(
        "--mail-from", metavar="DOMAIN", help="a subdomain of the sender's, whole or its first part (default: bounce)"
    )
    parser.add_argument("--plan", action="store_true", help="change nothing: only say what would be")
    options = parser.parse_args(arguments)
    try:
        case = open_case(options)
        state, changes = onboard(case, plan=options.plan)
        asked = None if options.local and not options.nameserver else Dns(options.nameserver)
        lines = list(described(case, state, asked))
    except (CannotOnboard, BadConfiguration) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(sentence(error), file=sys.stderr)
        return 1
    print("\n".join(lines))
    for what in changes:
        print(f"{'Would set up' if options.plan else 'Set up'}: {what}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
