"""What SES must have for a client: its identity, MAIL FROM, configuration set and, where wanted, a tenant.

`look` asks SES what is there, `steps` says what is left to do; doing them all leaves nothing to do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.stream_settings import EVENT_TYPES, SUPPRESSED_REASONS, TLS_POLICY, event_bus
from operations.onboarding.dns_records import Record, dkim_records, mail_from_records

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

DESTINATION = "event-bus"
"""Name of the event destination in each configuration set."""
_ON_MX_FAILURE = "USE_DEFAULT_VALUE"
"""While the MX record is missing, mail leaves with a MAIL FROM of SES's own."""


@dataclass(frozen=True)
class Wanted:
    """What a client is to have at SES, and where."""

    client: str
    domain: str
    stream: str
    """Name of the configuration set, and of the tenant."""
    tenant: bool
    mail_from: str | None
    """A subdomain of the sender's domain, whole or its first part; None: what is there, or `bounce`."""
    partition: str
    region: str
    account: str

    def arn(self, resource: str) -> str:
        """Return the ARN of something of SES, such as identity/vaart.example."""
        return f"arn:{self.partition}:ses:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class SenderState:
    """What SES answers about a client; None and empty for what is not there."""

    identity: Mapping[str, Any] | None = None
    configuration_set: Mapping[str, Any] | None = None
    destinations: tuple[Mapping[str, Any], ...] = ()
    tenant: Mapping[str, Any] | None = None
    associated: frozenset[str] = frozenset()
    """ARNs of what the tenant may use."""

    def mail_from(self, wanted: Wanted) -> str:
        """Return the MAIL FROM domain that a client is to have."""
        present = (self.identity or {}).get("MailFromAttributes", {}).get("MailFromDomain")
        chosen = wanted.mail_from or present or "bounce"
        return chosen if "." in chosen else f"{chosen}.{wanted.domain}"

    def records(self, wanted: Wanted) -> list[Record]:
        """Return the records that follow from what SES has: DKIM where the identity is there, and MAIL FROM."""
        dkim = dkim_records(wanted.domain, (self.identity or {}).get("DkimAttributes", {}))
        return [*dkim, *mail_from_records(self.mail_from(wanted), wanted.region)]


@dataclass(frozen=True)
class Step:
    """A call of SES that is left to do, and in words what it brings about."""

    sentence: str
    operation: str
    arguments: dict[str, Any] = field(default_factory=dict)


def look(ses: "SESV2Client", wanted: Wanted) -> SenderState:
    """Return what SES has of what is wanted."""
    identity = _found(ses.get_email_identity, EmailIdentity=wanted.domain)
    configuration_set = _found(ses.get_configuration_set, ConfigurationSetName=wanted.stream)
    destinations: tuple[Mapping[str, Any], ...] = ()
    if configuration_set is not None:
        answer = ses.get_configuration_set_event_destinations(ConfigurationSetName=wanted.stream)
        destinations = tuple(answer.get("EventDestinations", ()))
    tenant = _found(ses.get_tenant, TenantName=wanted.stream) if wanted.tenant else None
    return SenderState(
        identity=identity,
        configuration_set=configuration_set,
        destinations=destinations,
        tenant=tenant and tenant["Tenant"],
        associated=frozenset(_resources(ses, wanted.stream) if tenant else ()),
    )


def steps(wanted: Wanted, state: SenderState) -> list[Step]:
    """Return what is left to do, in order; nothing where SES has all of it."""
    left = [*_identity(wanted, state), *_configuration_set(wanted, state), *_destination(wanted, state)]
    return [*left, *_tenant(wanted, state)] if wanted.tenant else left


def do(ses: "SESV2Client", left: list[Step]) -> None:
    """Do what is left; what somebody else did meanwhile is done."""
    for step in left:
        try:
            getattr(ses, step.operation)(**step.arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "AlreadyExistsException":
                raise


def _identity(wanted: Wanted, state: SenderState) -> list[Step]:
    named = {"EmailIdentity": wanted.domain}
    left = []
    if state.identity is None:
        key = {"DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"}}
        left.append(Step(f"the identity {wanted.domain} with DKIM", "create_email_identity", {**named, **key}))
    elif not state.identity.get("DkimAttributes", {}).get("SigningEnabled"):
        on = {**named, "SigningEnabled": True}
        left.append(Step(f"DKIM signing for {wanted.domain}", "put_email_identity_dkim_attributes", on))
    mail_from = state.mail_from(wanted)
    present = (state.identity or {}).get("MailFromAttributes", {})
    expected = {"MailFromDomain": mail_from, "BehaviorOnMxFailure": _ON_MX_FAILURE}
    # Once SES has given up on the MX record, naming the domain again lets it look anew.
    if not _covers(present, expected) or present.get("MailFromDomainStatus") == "FAILED":
        left.append(
            Step(f"the MAIL FROM domain {mail_from}", "put_email_identity_mail_from_attributes", {**named, **expected})
        )
    return left


def _configuration_set(wanted: Wanted, state: SenderState) -> list[Step]:
    named = {"ConfigurationSetName": wanted.stream}
    options: dict[str, dict[str, Any]] = {
        "DeliveryOptions": {"TlsPolicy": TLS_POLICY},
        "ReputationOptions": {"ReputationMetricsEnabled": True},
        "SuppressionOptions": {"SuppressedReasons": SUPPRESSED_REASONS},
    }
    present = state.configuration_set
    if present is None:
        started = {**named, **options, "SendingOptions": {"SendingEnabled": True}}
        return [Step(f"the configuration set {wanted.stream}", "create_configuration_set", started)]
    # What a person added, such as a pool of addresses, stays.
    kept = {
        "DeliveryOptions": ("SendingPoolName", "MaxDeliverySeconds"),
        "SuppressionOptions": ("SuppressionScope", "ValidationOptions"),
    }
    left = []
    for group, expected in options.items():
        actual = present.get(group, {})
        if not _covers(actual, expected):
            own = {name: actual[name] for name in kept.get(group, ()) if name in actual}
            operation = {
                "DeliveryOptions": "put_configuration_set_delivery_options",
                "ReputationOptions": "put_configuration_set_reputation_options",
                "SuppressionOptions": "put_configuration_set_suppression_options",
            }[group]
            sentence = f"{', '.join(expected)} in the configuration set {wanted.stream}"
            left.append(Step(sentence, operation, {**named, **own, **expected}))
    return left


def _destination(wanted: Wanted, state: SenderState) -> list[Step]:
    expected = {
        "Enabled": True,
        "MatchingEventTypes": EVENT_TYPES,
        "EventBridgeDestination": {"EventBusArn": event_bus(wanted.partition, wanted.region, wanted.account)},
    }
    arguments = {
        "ConfigurationSetName": wanted.stream,
        "EventDestinationName": DESTINATION,
        "EventDestination": expected,
    }
    destination = next((d for d in state.destinations if d["Name"] == DESTINATION), None)
    sentence = f"reports of {wanted.stream} to EventBridge"
    if destination is None:
        return [Step(sentence, "create_configuration_set_event_destination", arguments)]
    if not _covers(destination, expected):
        return [Step(sentence, "update_configuration_set_event_destination", arguments)]
    return []


def _tenant(wanted: Wanted, state: SenderState) -> list[Step]:
    named = {"TenantName": wanted.stream}
    left = [] if state.tenant else [Step(f"the tenant {wanted.stream}", "create_tenant", named)]
    for resource in (f"identity/{wanted.domain}", f"configuration-set/{wanted.stream}"):
        if wanted.arn(resource) not in state.associated:
            use = {**named, "ResourceArn": wanted.arn(resource)}
            left.append(Step(f"{resource} for the tenant {wanted.stream}", "create_tenant_resource_association", use))
    return left


def _covers(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Say whether everything expected is there; the order of lists does not count."""
    return all(_same(actual.get(name), value) for name, value in expected.items())


def _same(actual: Any, expected: Any) -> bool:
    return sorted(actual or ()) == sorted(expected) if isinstance(expected, list) else bool(actual == expected)


def _found(call: Callable[..., Any], **arguments: str) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = call(**arguments)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "NotFoundException":
            return None
        raise
    return answer


def _resources(ses: "SESV2Client", tenant: str) -> list[str]:
    pages = ses.get_paginator("list_tenant_resources").paginate(TenantName=tenant)
    return [resource["ResourceArn"] for page in pages for resource in page.get("TenantResources", ())]
