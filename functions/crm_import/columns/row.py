"""A row of a file in canonical form: what every step after the reading works on."""

from collections.abc import Mapping
from typing import NamedTuple

from functions.shared.domain.channels import MAIL, Channel
from functions.shared.domain.interaction import Interaction, RowOutcome

NO_VALUES: Mapping[str, object] = {}


class Row(NamedTuple):
    """A row of a file. `number` counts from 1; `outcome` is set where no rule needs to be asked.

    `why` names the reason, with its `values`; of a row without an outcome it is a remark for the receipt. `person` and
    the other keys are empty where there is no person; `interaction` is None where the row cannot be read: one that is
    invalid for a broken address alone has one. `again`: an earlier row of the file told of the same interaction,
    without an address. `channel` is the one by which the person would be asked; `domain_key` is of the mail domain,
    where that is a company's. `former_key` is the person's by the customer number as earlier releases compared it,
    where that is another: opt-outs and blocks under it count. `customer_key` is of the customer number, where customer
    files can name it.
    """

    number: int
    outcome: RowOutcome | None = None
    why: str = ""
    values: Mapping[str, object] = NO_VALUES
    interaction: Interaction | None = None
    invitation_id: str = ""
    person: str = ""
    address_key: str = ""
    employee_key: str | None = None
    again: bool = False
    channel: Channel = MAIL
    domain_key: str = ""
    former_key: str = ""
    customer_key: str = ""
