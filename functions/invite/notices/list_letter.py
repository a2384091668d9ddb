"""What a client's contact reads of a list of opt-outs, or of customers, of which something was not understood.

It names the file and numbers of rows. No cell of the list is in it.
"""

from collections.abc import Mapping
from typing import Any

from functions.invite.notices.letters import Letter, NoticeSection
from functions.invite.notices.receipt_letter import MAX_FILE_NAME
from functions.shared.domain.client import ClientBundle
from functions.shared.domain.customer_attributes import CustomerRowOutcome
from functions.shared.domain.masking import mask
from functions.shared.domain.object_keys import CUSTOMERS
from functions.shared.domain.opt_outs import ListOutcome
from functions.shared.domain.texts import one_line, shortened
from functions.shared.presentation.words import Words

_TAKEN = (ListOutcome.OPTED_OUT, ListOutcome.DUPLICATE, ListOutcome.PARTLY, CustomerRowOutcome.KEPT)


def list_letter(bundle: ClientBundle, words: Words, summary: Mapping[str, Any], bucket: str, key: str) -> Letter:
    """Return the letter about a list's receipt: `summary` is its JSON, `key` that of the JSON in the bucket."""
    client, name = bundle.client.name, one_line(str(summary["file"]))
    kind = "customers" if summary["list"] == CUSTOMERS.strip("/") else "list"
    failed = "failed_" if summary["state"] == "failed" else ""
    taken = sum(int(summary["outcomes"].get(outcome, 0)) for outcome in _TAKEN)
    about = (
        (words.translate("file"), name),
        (words.translate("rows"), words.integer(int(summary["rows"]))),
        (words.translate(f"{kind}_taken"), words.integer(taken)),
    )
    where = (
        (words.translate("bucket"), bucket),
        (words.translate("key"), one_line(key if failed else key.removesuffix("json") + "csv")),
    )
    return Letter(
        language=words.code,
        subject=words.translate(f"{kind}_{failed}subject", file=shortened(name, MAX_FILE_NAME)),
        preheader=words.translate(f"{kind}_preheader"),
        heading=words.translate(f"{kind}_heading"),
        paragraphs=(words.translate(f"{kind}_lead"),),
        parts=(
            NoticeSection(words.translate("failed_next"), lines=(mask(str(summary["message"])),)),
            NoticeSection(words.translate(f"{kind}_title"), about),
            NoticeSection(words.translate("receipt_title"), where),
        ),
        closing=words.translate("notice_closing", client=client),
    )
