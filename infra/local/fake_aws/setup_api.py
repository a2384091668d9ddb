"""The calls of the SES API that set an account up: identities, configuration sets, tenants."""

from collections.abc import Callable
from typing import Any

from infra.local.fake_aws.account import FakeSesAccount
from infra.local.fake_aws.identities import Identities
from infra.local.fake_aws.streams import ConfigurationSets, Tenants

Call = dict[str, Any]


class SetupApi:
    """Answers the calls that set an account up; what was set up decides about mail."""

    def __init__(self, account: FakeSesAccount, shared: Callable[[], str | None]) -> None:
        """`shared` tells the name of the configuration set that the stack made, where it is known."""
        self.identities = Identities(account)
        self.configuration_sets = ConfigurationSets(shared)
        self.tenants = Tenants()

    def calls(self) -> list[tuple[str, str, Callable[..., Call | None]]]:
        """Return the calls: method, path under /v2/email/, and what answers it.

        That takes the path's parameters and the request's content, and raises SesRefusal and BadRequest as SES does.
        """
        identity, sets, tenants = self.identities, self.configuration_sets, self.tenants
        one, destination = "configuration-sets/{name}", "configuration-sets/{name}/event-destinations"
        return [
            ("POST", "identities", identity.create),
            ("GET", "identities/{name}", lambda name, _: identity.describe(name)),
            ("PUT", "identities/{name}/mail-from", identity.put_mail_from),
            ("PUT", "identities/{name}/dkim", identity.put_dkim),
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
                destination + "/{title}",
                lambda name, title, call: sets.put_destination(name, title, call, new=False),
            ),
            ("PUT", one + "/{kind}", sets.put),
            ("POST", "tenants", tenants.create),
            ("POST", "tenants/get", lambda call: {"Tenant": tenants.describe(call["TenantName"])}),
            ("POST", "tenants/resources", tenants.associate),
            (
                "POST",
                "tenants/resources/list",
                lambda call: {"TenantResources": tenants.resources(call["TenantName"])},
            ),
        ]
