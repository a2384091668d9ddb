"""From a file in the bucket to admitted invitations and a receipt."""

from constructs import Construct

from functions.shared.adapters.tables import (
    Contact,
    FeedbackBlock,
    Invitation,
    OptOut,
    QuotaCount,
    Suppression,
    Upload,
)
from functions.shared.domain import object_keys
from infra.functions import CRM_IMPORT_ADMIT, CRM_IMPORT_OPT_OUTS, CRM_IMPORT_READ
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import WorkQueue

CHUNKS_AT_ONCE = 10
LISTS_AT_ONCE = 2


class CrmImport(Construct):
    """Two functions with a queue of chunks between them, and one for lists of opt-outs; the queues of what clients
    upload live with the bucket."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        storage = platform.storage
        self.chunks = WorkQueue(
            self,
            "Chunks",
            work_seconds=CRM_IMPORT_ADMIT.timeout,
            alarms=storage.alarms,
            subject="Chunks of uploaded files",
        )
        self.read = ServiceFunction(self, "Read", spec=CRM_IMPORT_READ, platform=platform)
        self.admit = ServiceFunction(self, "Admit", spec=CRM_IMPORT_ADMIT, platform=platform)
        for function in (self.read, self.admit):
            function.uses_bucket("UPLOAD_BUCKET", storage.upload_bucket, lists=True)
            # Listed, so that figures that are not there yet are no mistake.
            function.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
            function.reads_objects(storage.data_bucket, object_keys.FIGURES)
            function.reads_clients()
            function.writes_objects(storage.upload_bucket, object_keys.RECEIPTS, object_keys.WORK)
        self.read.reads_objects(storage.upload_bucket, object_keys.UPLOADS, object_keys.REHEARSE, versions=True)
        self.read.reads_objects(storage.upload_bucket, object_keys.WORK, object_keys.RECEIPTS)
        self.read.reads_secret("PEPPER_SECRET", storage.pepper)
        self.read.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
        self.read.uses_table(Upload, "GetItem", "PutItem", "UpdateItem")
        self.read.sends_to("CHUNK_QUEUE_URL", self.chunks.queue)
        self.read.sends_to("UPLOAD_QUEUE_URL", storage.uploads.queue)
        self.read.listens_to(storage.uploads, batch=1)

        self.admit.reads_objects(storage.upload_bucket, object_keys.WORK)
        self.admit.sends_to("CHUNK_QUEUE_URL", self.chunks.queue)
        self.admit.writes_objects(storage.data_bucket, object_keys.FACTS + "outcomes/")
        self.admit.uses_table(Upload, "GetItem", "UpdateItem")
        self.admit.uses_table(Contact, "BatchWriteItem")
        self.admit.uses_table(FeedbackBlock, "BatchGetItem", "PartiQLInsert", "PutItem")
        self.admit.uses_table(Invitation, "BatchGetItem", "PartiQLInsert")
        self.admit.uses_table(OptOut, "BatchGetItem")
        self.admit.uses_table(Suppression, "BatchGetItem")
        self.admit.uses_table(QuotaCount, "GetItem", "PutItem")
        self.admit.listens_to(self.chunks, batch=1, at_once=CHUNKS_AT_ONCE)
        self.opt_outs = self._opt_outs(platform)

    def _opt_outs(self, platform: Platform) -> ServiceFunction:
        """Make what takes clients' lists of opt-outs, with no step between the reading and the writing."""
        storage = platform.storage
        function = ServiceFunction(self, "OptOuts", spec=CRM_IMPORT_OPT_OUTS, platform=platform)
        function.uses_bucket("UPLOAD_BUCKET", storage.upload_bucket, lists=True)
        function.reads_clients()
        function.reads_objects(storage.upload_bucket, object_keys.OPT_OUTS, versions=True)
        function.reads_objects(storage.upload_bucket, object_keys.WORK, object_keys.RECEIPTS)
        function.writes_objects(storage.upload_bucket, object_keys.RECEIPTS, object_keys.WORK)
        function.reads_secret("PEPPER_SECRET", storage.pepper)
        function.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
        function.uses_table(OptOut, "BatchGetItem", "PartiQLInsert")
        function.sends_to("OPT_OUT_QUEUE_URL", storage.opt_out_lists.queue)
        function.listens_to(storage.opt_out_lists, batch=1, at_once=LISTS_AT_ONCE)
        return function
