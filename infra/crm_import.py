"""From a file in the bucket to admitted invitations and a receipt."""

from constructs import Construct

from infra.functions import CRM_IMPORT_ADMIT, CRM_IMPORT_CUSTOMERS, CRM_IMPORT_OPT_OUTS, CRM_IMPORT_READ
from infra.service_function import Platform, ServiceFunction
from infra.work_queue import WorkQueue

CHUNKS_AT_ONCE = 10


class CrmImport(Construct):
    """Two functions with a queue of chunks between them, and two that take lists in one step: of opt-outs, and
    of what a client knows of its customers.

    The queues of what clients upload live with the bucket.
    """

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self.chunks = WorkQueue(
            self,
            "Chunks",
            work_seconds=CRM_IMPORT_ADMIT.timeout,
            alarms=platform.storage.alarms,
            subject="Chunks of uploaded files",
        )
        self.read = ServiceFunction(self, "Read", spec=CRM_IMPORT_READ, platform=platform)
        self.admit = ServiceFunction(self, "Admit", spec=CRM_IMPORT_ADMIT, platform=platform)
        for function in (self.read, self.admit):
            function.sends_to("CHUNK_QUEUE_URL", self.chunks.queue)
        self.admit.listens_to(self.chunks, batch=1, at_once=CHUNKS_AT_ONCE)
        self.opt_outs = ServiceFunction(self, "OptOuts", spec=CRM_IMPORT_OPT_OUTS, platform=platform)
        self.customers = ServiceFunction(self, "Customers", spec=CRM_IMPORT_CUSTOMERS, platform=platform)
