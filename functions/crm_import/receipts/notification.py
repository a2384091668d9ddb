"""Tell a client's contact of a receipt that is final, where the client wants such mails."""

from functions.crm_import.roles import Notices
from functions.shared.domain.client import Client
from functions.shared.domain.notices import ReceiptNotice
from functions.shared.domain.object_keys import UploadKey


def notify_contact(upload: UploadKey, which: str, client: Client, notices: Notices) -> None:
    """Put the notice of a receipt that was just written; `which` names the upload, the same one at every attempt.

    A rehearsal has whoever rehearses for a witness, and gets no mail.
    """
    if client.receipt_mail and not upload.rehearsal:
        notices.put(ReceiptNotice(client.client, upload.receipt("json"), which))
