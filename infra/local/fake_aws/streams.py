"""Configuration sets and tenants: which stream a mail may go in, and what of it is reported."""

import re
import threading
from collections.abc import Callable
from typing import Any

from infra.local.fake_aws.account import SesRefusal
from infra.local.fake_aws.events import ACCOUNT, REGION, Event
from infra.local.fake_aws.mail import BadRequest

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OPTIONS = {
    "delivery-options": "DeliveryOptions",
    "reputation-options": "ReputationOptions",
    "sending": "SendingOptions",
    "suppression-options": "SuppressionOptions",
    "tracking-options": "TrackingOptions",
}
_STARTS_WITH: dict[str, dict[str, Any]] = {
    "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
    "ReputationOptions": {"ReputationMetricsEnabled": False},
    "SendingOptions": {"SendingEnabled": True},
}


class ConfigurationSets:
    """Configuration sets by name. `shared` tells the name of the one that the stack made, where it is known."""

    def __init__(self, shared: Callable[[], str | None]) -> None:
        self._shared = shared
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}
        self._destinations: dict[str, dict[str, dict[str, Any]]] = {}

    def create(self, call: dict[str, Any]) -> None:
        """CreateConfigurationSet. Raises SesRefusal and BadRequest as SES does."""
        name = str(call.get("ConfigurationSetName", ""))
        if not _NAME.fullmatch(name):
            raise BadRequest(f"Invalid configuration set name <{name}>.")
        given = {group: call[group] for group in _OPTIONS.values() if group in call}
        with self._lock:
            if name in self._known or name == self._shared():
                raise SesRefusal(400, "AlreadyExistsException", f"Configuration set <{name}> already exists.")
            self._known[name] = {**_STARTS_WITH, **given, "Tags": call.get("Tags", [])}
            self._destinations[name] = {}

    def describe(self, name: str) -> dict[str, Any]:
        """GetConfigurationSet. Raises SesRefusal for one that is not there."""
        return {"ConfigurationSetName": name, **self._found(name)}

    def put(self, name: str, kind: str, call: dict[str, Any]) -> None:
        """PutConfigurationSet...Options, by the last part of the path. Raises SesRefusal."""
        if kind not in _OPTIONS:
            raise SesRefusal(404, "NotFoundException", f"The fake AWS does not play {kind} of configuration sets.")
        configuration_set = self._found(name)
        configuration_set[_OPTIONS[kind]] = {key: value for key, value in call.items() if key != "ConfigurationSetName"}

    def destinations(self, name: str) -> list[dict[str, Any]]:
        """GetConfigurationSetEventDestinations. Raises SesRefusal for a set that is not there."""
        self._found(name)
        return [{"Name": title, **about} for title, about in self._destinations.get(name, {}).items()]

    def put_destination(self, name: str, title: str, call: dict[str, Any], *, new: bool) -> None:
        """Create- or UpdateConfigurationSetEventDestination. Raises SesRefusal and BadRequest as SES does."""
        self._found(name)
        known, about = self._destinations.setdefault(name, {}), call.get("EventDestination") or {}
        if new == (title in known):
            kind = "AlreadyExistsException" if new else "NotFoundException"
            raise SesRefusal(400 if new else 404, kind, f"Event destination <{title}> of configuration set <{name}>.")
        bus = (about.get("EventBridgeDestination") or {}).get("EventBusArn", "")
        if "EventBridgeDestination" in about and not bus.endswith(":event-bus/default"):
            raise BadRequest(f"Invalid event bus <{bus}>: only the default bus is supported.")
        known[title] = {"Enabled": False, **about}

    def let_through(self, name: str | None) -> None:
        """Ask for a mail. Raises SesRefusal where the set is not there, or sends nothing."""
        if name and not self._found(name).get("SendingOptions", {}).get("SendingEnabled", True):
            raise SesRefusal(400, "SendingPausedException", f"Sending is paused for configuration set {name}.")

    def reported(self, name: str, events: list[Event]) -> list[Event]:
        """Return those of a mail's events that its set sends to the event bus."""
        if name == self._shared():
            return events
        wanted = {
            kind
            for about in self._destinations.get(name, {}).values()
            if about["Enabled"] and "EventBridgeDestination" in about
            for kind in about.get("MatchingEventTypes", ())
        }
        return [event for event in events if _type(event["detail"]["eventType"]) in wanted]

    def _found(self, name: str) -> dict[str, Any]:
        with self._lock:
            if name in self._known:
                return self._known[name]
        if name == self._shared():
            return dict(_STARTS_WITH)
        raise SesRefusal(404, "NotFoundException", f"Configuration set <{name}> does not exist.")


class Tenants:
    """Tenants by name, and what each may use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, list[str]] = {}

    def create(self, call: dict[str, Any]) -> dict[str, Any]:
        """CreateTenant. Raises SesRefusal and BadRequest as SES does."""
        name = str(call.get("TenantName", ""))
        if not _NAME.fullmatch(name):
            raise BadRequest(f"Invalid tenant name <{name}>.")
        with self._lock:
            if name in self._known:
                raise SesRefusal(400, "AlreadyExistsException", f"Tenant {name} already exists.")
            self._known[name] = []
        return self.describe(name)

    def describe(self, name: str) -> dict[str, Any]:
        """GetTenant. Raises SesRefusal for one that is not there."""
        self._found(name)
        arn = f"arn:aws:ses:{REGION}:{ACCOUNT}:tenant/{name}/tn-{name.lower()}"
        return {"TenantName": name, "TenantId": f"tn-{name.lower()}", "TenantArn": arn, "SendingStatus": "ENABLED"}

    def associate(self, call: dict[str, Any]) -> None:
        """CreateTenantResourceAssociation. Raises SesRefusal as SES does."""
        resources, arn = self._found(str(call.get("TenantName", ""))), str(call.get("ResourceArn", ""))
        with self._lock:
            if arn in resources:
                raise SesRefusal(400, "AlreadyExistsException", f"{arn} is already associated.")
            resources.append(arn)

    def resources(self, name: str) -> list[dict[str, str]]:
        """ListTenantResources. Raises SesRefusal for a tenant that is not there."""
        kinds = {"identity": "EMAIL_IDENTITY", "configuration-set": "CONFIGURATION_SET", "template": "EMAIL_TEMPLATE"}
        return [
            {"ResourceArn": arn, "ResourceType": kinds.get(arn.split(":")[-1].partition("/")[0], "")}
            for arn in self._found(name)
        ]

    def let_through(self, name: str | None, sender: str, configuration_set: str | None) -> None:
        """Ask for a mail. Raises SesRefusal and BadRequest where the tenant may not send it."""
        if not name:
            return
        domain = sender.rpartition("@")[2].lower()
        used = {arn.split(":", 5)[-1] for arn in self._found(name)}
        if not used & {f"identity/{domain}", f"identity/{sender}"}:
            raise BadRequest(f"The identity of {domain} is not associated with tenant {name}.")
        if f"configuration-set/{configuration_set}" not in used:
            raise BadRequest(f"Configuration set {configuration_set} is not associated with tenant {name}.")

    def _found(self, name: str) -> list[str]:
        with self._lock:
            if name not in self._known:
                raise SesRefusal(404, "NotFoundException", f"Tenant {name} does not exist.")
            return self._known[name]


def _type(kind: str) -> str:
    """Return the type of event that a destination names: DELIVERY_DELAY for DeliveryDelay."""
    return re.sub(r"(?<=[a-z])\s?(?=[A-Z])", "_", kind).upper()
