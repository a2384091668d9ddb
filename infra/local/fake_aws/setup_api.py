"""The calls of the SES API that set an account up: identities, configuration sets, tenants."""

import re
from collections.abc import Callable
from typing import Any

from infra.local.fake_aws.account import Account
from infra.local.fake_aws.identities import Identities
from infra.local.fake_aws.streams import ConfigurationSets, Tenants

Call = dict[str, Any]


class SetupApi:
    """Answers calls by method and path; what was set up decides about mail."""

    def __init__(self, account: Account, shared: Callable[[], str | None]) -> None:
        """`shared` tells the name of the configuration set that the stack made, where it is known."""
        self.identities = Identities(account)
        self.configuration_sets = ConfigurationSets(shared)
        self.tenants = Tenants()
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Any]]] = [
            (method, re.compile(f"/v2/email/{path}"), answer) for method, path, answer in self._played()
        ]

    def answer(self, method: str, path: str, call: Call) -> Call | None:
        """Return the answer to a call; None for one of another kind. Raises Refused and BadRequest as SES does."""
        for verb, pattern, answer in self._routes:
            if verb == method and (found := pattern.fullmatch(path)):
                return answer(*found.groups(), call) or {}
        return None

    def _played(self) -> list[tuple[str, str, Callable[..., Any]]]:
        identity, sets, tenants = self.identities, self.configuration_sets, self.tenants
        one, destination = "configuration-sets/([^/]+)", "configuration-sets/([^/]+)/event-destinations"
        return [
            ("POST", "identities", identity.create),
            ("GET", "identities/([^/]+)", lambda name, _: identity.describe(name)),
            ("PUT", "identities/([^/]+)/mail-from", identity.put_mail_from),
            ("PUT", "identities/([^/]+)/dkim", identity.put_dkim),
            ("POST", "configuration-sets", sets.create),
            ("GET", one, lambda name, _: sets.describe(name)),
            ("GET", destination, lambda name, _: {"EventDestinations": sets.destinations(name)}),
            (
                "POST",
                destination,
                lambda name, call: sets.put_destination(name, call["EventDestinationName"], call, new=True),
            ),
            (
                "PUT",
                f"{destination}/([^/]+)",
                lambda name, title, call: sets.put_destination(name, title, call, new=False),
            ),
            ("PUT", f"{one}/([a-z-]+)", sets.put),
            ("POST", "tenants", tenants.create),
            ("POST", "tenants/get", lambda call: {"Tenant": tenants.describe(call["TenantName"])}),
            ("POST", "tenants/resources", tenants.associate),
            (
                "POST",
                "tenants/resources/list",
                lambda call: {"TenantResources": tenants.resources(call["TenantName"])},
            ),
        ]
