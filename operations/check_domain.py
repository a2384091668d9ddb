"""Say which records of a client's sender domain are right.

Run as `python -m operations.check_domain CLIENT [--nameserver H:P]`.

Changes nothing. The exit code is 0 only where every record and everything at SES is right.
"""

import argparse
import sys
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.domain.errors import BadConfiguration
from operations.onboarding.case import Case, add_arguments, open_case
from operations.onboarding.checking import CheckResult, CheckVerdict, check_records, check_ses
from operations.onboarding.dns_lookup import Dns
from operations.onboarding.errors import CannotOnboard, sentence
from operations.onboarding.sender_setup import look


def findings(case: Case, dns: Dns) -> list[CheckResult]:
    """Return what was found of each record and at SES."""
    state = look(case.target.ses, case.wanted)
    results = [
        *check_records(case.wanted, state.records(case.wanted), case.reports, dns),
        *check_ses(case.wanted, state),
    ]
    if case.recorded != case.stream:
        known = case.recorded.configuration_set if case.recorded else "nothing"
        expected = f"{case.wanted.stream}: make onboard CLIENT={case.wanted.client}"
        results.append(CheckResult(CheckVerdict.MISSING, "sender", "what it knows of the client", known, expected))
    return results


def table(results: list[CheckResult]) -> Iterator[str]:
    """Yield the findings as lines; what is not ok says what was found, and what was expected."""
    what = max(len(finding.what) for finding in results)
    for finding in results:
        yield f"{finding.verdict.value:<8} {finding.what:<{what}}  {finding.where}"
        indent = " " * (11 + what)
        if finding.verdict is not CheckVerdict.OK:
            yield f"{indent}found     {finding.found}"
            yield f"{indent}expected  {finding.expected}"
        elif finding.remark:
            yield f"{indent}{finding.remark}"


def main(arguments: list[str] | None = None) -> int:
    """Check the domain of the client that the command line names; return 1 where something is not right."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.check_domain", description="Check a client's sender domain."
    )
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        case = open_case(options)
        results = findings(case, Dns(options.nameserver))
    except (CannotOnboard, BadConfiguration) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        print(sentence(error), file=sys.stderr)
        return 1
    print("\n".join(table(results)))
    bad = sum(finding.verdict is not CheckVerdict.OK for finding in results)
    print(f"\n{case.wanted.domain}: {f'{bad} of {len(results)} not right' if bad else f'all {len(results)} right'}.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
