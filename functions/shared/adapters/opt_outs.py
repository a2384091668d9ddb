"""Who said no to a client's surveys."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import OptOut


class DynamoOptOuts:
    """Opt-outs by person, in DynamoDB."""

    def stands(self, person: str) -> bool:
        """Say whether a person has opted out: one consistent read."""
        try:
            OptOut.get(person, consistent_read=True)
        except DoesNotExist:
            return False
        return True

    def add(self, person: str, client: str, how: str, at: datetime) -> None:
        """Opt a person out; the first no stands, a second changes nothing."""
        item = OptOut(person, client=client, since=at, how=how)
        with conditional():
            item.save(condition=OptOut.person.does_not_exist())

    def remove(self, person: str) -> None:
        """Take an opt-out back, as only the person's own link may."""
        OptOut(person).delete()
