"""Which uploads are under way and which of their chunks are decided, in DynamoDB."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist

from functions.shared.adapters.conditional_write import conditional
from functions.shared.adapters.tables import Upload
from functions.shared.domain.errors import NotFound
from functions.shared.domain.upload import UploadRecord


class DynamoLedger:
    """Uploads by id. A chunk is added to the decided ones atomically, so that exactly the last one finds them all."""

    def begin(self, record: UploadRecord, now: datetime) -> UploadRecord:
        """Enter an upload and return it; one that exists and has not expired at `now` is returned as it is."""
        item = Upload(
            record.upload_id,
            key=record.key,
            contents=record.contents,
            state=record.state,
            received_at=record.received_at,
            rows=record.rows,
            chunks=record.chunks,
            columns=dict(record.columns),
            remarks=list(record.remarks) or None,
            expires_at=record.expires_at,
        )
        with conditional() as write:
            # TTL deletes late: an item that has expired is as good as gone.
            item.save(condition=Upload.upload_id.does_not_exist() | (Upload.expires_at <= now))
        return record if write.held else self.get(record.upload_id)

    def get(self, upload_id: str) -> UploadRecord:
        """Return an upload, by a consistent read. Raises NotFound."""
        try:
            return _record(Upload.get(upload_id, consistent_read=True))
        except DoesNotExist as error:
            raise NotFound(f"There is no upload {upload_id} under way.") from error

    def decided(self, upload_id: str, chunk: int) -> UploadRecord:
        """Add a chunk to those that are decided and return the upload with it. Raises NotFound."""
        item = Upload(upload_id)
        with conditional() as write:
            item.update([Upload.done.add({chunk})], condition=Upload.upload_id.exists())
        if not write.held:
            raise NotFound(f"There is no upload {upload_id} under way.")
        return _record(item)

    def complete(self, upload_id: str) -> None:
        """Say that the receipt is written."""
        Upload(upload_id).update([Upload.state.set("complete")], condition=Upload.upload_id.exists())


def _record(item: Upload) -> UploadRecord:
    return UploadRecord(
        upload_id=item.upload_id,
        key=item.key,
        contents=item.contents or "",
        received_at=item.received_at,
        rows=int(item.rows or 0),
        chunks=int(item.chunks or 0),
        expires_at=item.expires_at,
        columns=item.columns or {},
        remarks=tuple(str(remark) for remark in item.remarks or ()),
        state="complete" if item.state == "complete" else "partial",
        done=frozenset(int(chunk) for chunk in item.done or ()),
    )
