"""The sender domains that an account knows: identities of SES, as its API makes, changes and tells them."""

import hashlib
import threading
from typing import Any

from infra.local.fake_aws.account import FakeSesAccount, SesRefusal
from infra.local.fake_aws.mail import BadRequest

_MX_FAILURE = ("USE_DEFAULT_VALUE", "REJECT_MESSAGE")
_ZONE = "dkim.amazonses.com"


class Identities:
    """Domains and addresses by name.

    There is no DNS on one machine: what is made is verified at once, unless the account's settings name it unverified.
    Mail is taken from domains that nobody made too, so that a system sends from its first minute.
    """

    def __init__(self, account: FakeSesAccount) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}

    def create(self, call: dict[str, Any]) -> dict[str, Any]:
        """CreateEmailIdentity. Raises SesRefusal and BadRequest as SES does."""
        name = str(call.get("EmailIdentity", "")).lower()
        if "." not in name.rpartition("@")[2]:
            raise BadRequest(f"Invalid email identity <{name}>.")
        with self._lock:
            if name in self._known:
                raise SesRefusal(400, "AlreadyExistsException", f"Email identity {name} already exist.")
            self._known[name] = {"signing": True, "mail_from": None, "on_mx_failure": _MX_FAILURE[0]}
        made = self.describe(name)
        return {name: made[name] for name in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")}

    def describe(self, name: str) -> dict[str, Any]:
        """GetEmailIdentity. Raises SesRefusal for one that is not there."""
        identity = self._found(name)
        verified = self._verified(name)
        status = "SUCCESS" if verified else "PENDING"
        answer: dict[str, Any] = {
            "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
            "FeedbackForwardingStatus": True,
            "VerifiedForSendingStatus": verified,
            "VerificationStatus": status,
            "DkimAttributes": {
                "SigningEnabled": identity["signing"],
                "Status": status,
                "Tokens": _tokens(name),
                "SigningAttributesOrigin": "AWS_SES",
                "SigningHostedZone": _ZONE,
                "NextSigningKeyLength": "RSA_2048_BIT",
                "CurrentSigningKeyLength": "RSA_2048_BIT",
            },
            "Policies": {},
            "Tags": [],
        }
        if identity["mail_from"]:
            answer["MailFromAttributes"] = {
                "MailFromDomain": identity["mail_from"],
                "MailFromDomainStatus": status,
                "BehaviorOnMxFailure": identity["on_mx_failure"],
            }
        return answer

    def put_mail_from(self, name: str, call: dict[str, Any]) -> None:
        """PutEmailIdentityMailFromAttributes. Raises SesRefusal and BadRequest as SES does."""
        identity = self._found(name)
        mail_from = call.get("MailFromDomain")
        if mail_from and not mail_from.endswith(f".{name.rpartition('@')[2]}"):
            raise BadRequest(f"Provided MAIL-FROM domain <{mail_from}> is not subdomain of the domain of the identity.")
        if call.get("BehaviorOnMxFailure", _MX_FAILURE[0]) not in _MX_FAILURE:
            raise BadRequest(f"BehaviorOnMxFailure is one of {', '.join(_MX_FAILURE)}.")
        identity |= {"mail_from": mail_from, "on_mx_failure": call.get("BehaviorOnMxFailure", _MX_FAILURE[0])}

    def put_dkim(self, name: str, call: dict[str, Any]) -> None:
        """PutEmailIdentityDkimAttributes. Raises SesRefusal for an identity that is not there."""
        self._found(name)["signing"] = bool(call.get("SigningEnabled", False))

    def _found(self, name: str) -> dict[str, Any]:
        with self._lock:
            try:
                return self._known[name.lower()]
            except KeyError:
                raise SesRefusal(404, "NotFoundException", f"Email identity {name} does not exist.") from None

    def _verified(self, name: str) -> bool:
        return name.rpartition("@")[2].lower() not in self._account.settings.unverified


def _tokens(name: str) -> list[str]:
    """Return three tokens of 32 letters and digits; the same for the same name."""
    return [hashlib.sha256(f"{number} {name}".encode()).hexdigest()[:32] for number in range(3)]
