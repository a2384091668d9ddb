"""Why an onboarding cannot go on, in sentences."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

_REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_STALE = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "RequestExpired"}
)


class CannotOnboard(Exception):
    """The command cannot go on; the message says why, and what to do."""


def sentence(error: BotoCoreError | ClientError) -> str:
    """Return what AWS or the way to it objects to, and what to do."""
    if isinstance(error, ClientError):
        code, said = error.response.get("Error", {}).get("Code", ""), error.response.get("Error", {}).get("Message", "")
        if code in _REFUSED:
            return f"These credentials may not do {error.operation_name}: add it to their policy. AWS says: {said}"
        if code in _STALE:
            return "The credentials are not valid, or not any more: log in again (aws sso login, aws configure)."
        return f"AWS refuses {error.operation_name} ({code}): {said}"
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return "There are no AWS credentials: run aws configure, or set AWS_PROFILE. For make up, add LOCAL=1."
    if isinstance(error, NoRegionError):
        return "There is no AWS region: set AWS_REGION to that of the deployment, such as eu-west-1."
    if isinstance(error, ProfileNotFound):
        return f"{error}: correct AWS_PROFILE."
    if isinstance(error, EndpointConnectionError):
        return f"{error} Is the region right, and is there a network?"
    return f"AWS cannot be reached: {error}"
