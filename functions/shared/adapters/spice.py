"""QuickSight's copies of data sets (SPICE): started anew when something changed, and asked how that went."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_quicksight import QuickSightClient


def data_set_id(prefix: str, name: str) -> str:
    """Return the id of a data set; `prefix` is the deployment's name in lower case."""
    return f"{prefix}-{name.replace('_', '-')}"


class SpiceDataSets:
    """The data sets of a deployment, by name."""

    def __init__(self, quicksight: "QuickSightClient", account: str, prefix: str) -> None:
        self._quicksight = quicksight
        self._account = account
        self._prefix = prefix

    def refresh(self, name: str, ingestion: str) -> str:
        """Start a whole refresh under an id of letters, digits and hyphens; return the error's code, or nothing.

        An account may start 32 of a data set in 24 hours.
        """
        try:
            self._quicksight.create_ingestion(
                AwsAccountId=self._account,
                DataSetId=data_set_id(self._prefix, name),
                IngestionId=ingestion,
                IngestionType="FULL_REFRESH",
            )
        except ClientError as error:
            return str(error.response.get("Error", {}).get("Code"))
        return ""

    def status(self, name: str, ingestion: str) -> str:
        """Return INITIALIZED, QUEUED, RUNNING, COMPLETED, FAILED or CANCELLED; of one that is not known, nothing."""
        try:
            answer = self._quicksight.describe_ingestion(
                AwsAccountId=self._account, DataSetId=data_set_id(self._prefix, name), IngestionId=ingestion
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                return ""
            raise
        return answer["Ingestion"]["IngestionStatus"]
