"""What each function may do with what outlives it: tables, buckets, secrets, and the queues that begin in them.

A capability's construct makes its functions and its own queues and exposes them; the stack calls these, so that who
may touch which data stands in one place. What is not named here, a function may not do.
"""

from functions.shared.adapters.tables import (
    AnswerPattern,
    Contact,
    Customer,
    FeedbackBlock,
    Invitation,
    MailCount,
    OptOut,
    QuotaCount,
    Response,
    Review,
    ReviewSourceState,
    SendingStatus,
    SentNotice,
    Suppression,
    TurnBook,
    Upload,
    streaming,
)
from functions.shared.domain import object_keys
from infra.aggregate import Aggregation
from infra.crm_import import CrmImport
from infra.dashboards import DashboardRefreshes
from infra.invite import Invite
from infra.notices import ContactNotices
from infra.replies import Replies
from infra.review_scraper import ReviewScraper
from infra.sms import SmsChannel
from infra.storage import ReplyStorage, SmsAnswers, StorageStack
from infra.survey import SurveyApi

LISTS_AT_ONCE = 2
UPLOADS_AT_ONCE = 10
REPLIES_AT_ONCE = 5


def grant_crm_import(crm_import: CrmImport, storage: StorageStack) -> None:
    """Let uploads be read, their rows admitted, and lists of opt-outs and customer files taken."""
    read, admit = crm_import.read, crm_import.admit
    for function in (read, admit):
        function.uses_bucket("UPLOAD_BUCKET", storage.upload_bucket, lists=True)
        # Listed, so that figures that are not there yet are no mistake.
        function.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
        function.reads_objects(storage.data_bucket, object_keys.FIGURES)
        function.reads_clients()
        function.writes_objects(storage.upload_bucket, object_keys.RECEIPTS, object_keys.WORK)

    read.reads_objects(storage.upload_bucket, object_keys.UPLOADS, object_keys.REHEARSE, versions=True)
    read.reads_objects(storage.upload_bucket, object_keys.WORK, object_keys.RECEIPTS)
    read.reads_secret("PEPPER_SECRET", storage.pepper)
    read.uses_table(Upload, "GetItem", "PutItem", "UpdateItem")
    read.sends_to("UPLOAD_QUEUE_URL", storage.uploads.queue)
    read.listens_to(storage.uploads, batch=1, at_once=UPLOADS_AT_ONCE)

    admit.reads_objects(storage.upload_bucket, object_keys.WORK)
    admit.writes_objects(storage.data_bucket, object_keys.FACTS + "outcomes/")
    admit.reads_objects(storage.data_bucket, object_keys.FACTS + "outcomes/")
    admit.uses_table(Upload, "GetItem", "UpdateItem")
    admit.uses_table(Contact, "BatchWriteItem")
    admit.uses_table(FeedbackBlock, "BatchGetItem", "PartiQLInsert", "PutItem", "UpdateItem", "DeleteItem")
    admit.uses_table(Invitation, "BatchGetItem", "PartiQLInsert")
    admit.uses_table(OptOut, "BatchGetItem")
    admit.uses_table(Customer, "BatchGetItem")
    admit.uses_table(Suppression, "BatchGetItem")
    admit.uses_table(QuotaCount, "GetItem", "PutItem")

    opt_outs = crm_import.opt_outs
    opt_outs.uses_bucket("UPLOAD_BUCKET", storage.upload_bucket, lists=True)
    opt_outs.reads_clients()
    opt_outs.reads_objects(storage.upload_bucket, object_keys.OPT_OUTS, versions=True)
    opt_outs.reads_objects(storage.upload_bucket, object_keys.WORK, object_keys.RECEIPTS)
    opt_outs.writes_objects(storage.upload_bucket, object_keys.RECEIPTS, object_keys.WORK)
    opt_outs.reads_secret("PEPPER_SECRET", storage.pepper)
    opt_outs.uses_table(OptOut, "BatchGetItem", "PartiQLInsert")
    opt_outs.sends_to("OPT_OUT_QUEUE_URL", storage.opt_out_lists.queue)
    opt_outs.listens_to(storage.opt_out_lists, batch=1, at_once=LISTS_AT_ONCE)

    customers = crm_import.customers
    customers.uses_bucket("UPLOAD_BUCKET", storage.upload_bucket, lists=True)
    customers.reads_clients()
    customers.reads_objects(storage.upload_bucket, object_keys.CUSTOMERS, versions=True)
    customers.reads_objects(storage.upload_bucket, object_keys.WORK, object_keys.RECEIPTS)
    customers.writes_objects(storage.upload_bucket, object_keys.RECEIPTS, object_keys.WORK)
    customers.reads_secret("PEPPER_SECRET", storage.pepper)
    customers.uses_table(Customer, "BatchGetItem", "PartiQLInsert", "UpdateItem")
    customers.sends_to("CUSTOMER_QUEUE_URL", storage.customer_files.queue)
    customers.listens_to(storage.customer_files, batch=1, at_once=LISTS_AT_ONCE)


def grant_survey(survey: SurveyApi, storage: StorageStack) -> None:
    """Let pages be shown, answers kept and people opt out."""
    function = survey.function
    function.reads_clients()
    function.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
    function.uses_table(Invitation, "GetItem", "UpdateItem")
    function.uses_table(Response, "GetItem", "PutItem", "UpdateItem")
    function.uses_table(AnswerPattern, "GetItem", "UpdateItem")
    function.uses_table(OptOut, "GetItem", "PutItem", "DeleteItem")
    function.uses_table(FeedbackBlock, "UpdateItem")
    # Listed, so that a score that is not published is no mistake.
    function.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
    function.reads_objects(storage.data_bucket, object_keys.PUBLIC_SCORES, object_keys.REPORTS)


def grant_invite(invite: Invite, storage: StorageStack) -> None:
    """Let invitations become due, be sent, and follow what SES reports."""
    invite.dispatch.uses_table(Invitation, "UpdateItem", index="due")
    invite.dispatch.uses_table(SendingStatus, "Scan")

    send = invite.send
    send.reads_clients()
    send.reads_objects(storage.config_bucket, object_keys.SENDING)
    send.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
    send.uses_table(Invitation, "BatchGetItem", "UpdateItem")
    send.uses_table(Contact, "BatchGetItem", "UpdateItem")
    send.uses_table(FeedbackBlock, "BatchGetItem", "UpdateItem", "DeleteItem")
    send.uses_table(OptOut, "BatchGetItem")
    send.uses_table(Suppression, "BatchGetItem")
    send.uses_table(TurnBook, "GetItem", "UpdateItem")
    send.uses_table(SendingStatus, "GetItem")
    send.uses_table(MailCount, "UpdateItem", "PutItem")

    track = invite.track
    track.reads_clients()
    track.uses_table(Invitation, "BatchGetItem", "UpdateItem")
    track.uses_table(FeedbackBlock, "UpdateItem", "DeleteItem")
    track.uses_table(OptOut, "PutItem")
    track.uses_table(Suppression, "PutItem")
    track.uses_table(SendingStatus, "GetItem", "PutItem", "UpdateItem")
    track.uses_table(MailCount, "PutItem", "UpdateItem", "Query")


def grant_notices(notices: ContactNotices, storage: StorageStack) -> None:
    """Let a client's contact be told of a receipt, once."""
    notify = notices.notify
    notify.reads_clients()
    notify.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
    notify.uses_bucket("UPLOAD_BUCKET", storage.upload_bucket, lists=True)
    notify.reads_objects(storage.upload_bucket, object_keys.RECEIPTS)
    notify.reads_objects(storage.config_bucket, object_keys.SENDING)
    notify.uses_table(SentNotice, "GetItem", "PutItem", "UpdateItem", "DeleteItem")
    notify.uses_table(MailCount, "Query")
    notify.uses_table(Invitation, "BatchGetItem")


def grant_replies(replies: Replies, storage: StorageStack, kept: ReplyStorage) -> None:
    """Let replies be read, and people who ask for it opt out."""
    take = replies.take
    take.uses_bucket("REPLY_BUCKET", kept.bucket, lists=True)
    take.reads_objects(kept.bucket, object_keys.REPLIES)
    take.reads_clients()
    take.reads_objects(storage.config_bucket, object_keys.SENDING)
    take.reads_secret("PEPPER_SECRET", storage.pepper)
    take.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
    take.uses_table(Invitation, "BatchGetItem", "UpdateItem")
    take.uses_table(OptOut, "PutItem")
    take.listens_to(kept.work, batch=1, at_once=REPLIES_AT_ONCE)


def grant_sms(sms: SmsChannel, storage: StorageStack, answers: SmsAnswers) -> None:
    """Let SMS be sent, and people who answer STOP opt out."""
    sms.send.uses_table(Invitation, "BatchGetItem", "UpdateItem")
    sms.send.uses_table(Contact, "BatchGetItem", "UpdateItem")
    sms.send.uses_table(FeedbackBlock, "BatchGetItem", "UpdateItem", "DeleteItem")
    sms.send.uses_table(OptOut, "BatchGetItem", "PutItem")
    sms.send.uses_table(Suppression, "BatchGetItem")
    sms.send.uses_table(TurnBook, "GetItem", "UpdateItem")
    sms.send.uses_table(SendingStatus, "GetItem")
    sms.send.uses_table(MailCount, "PutItem")

    sms.take.uses_table(Invitation, "BatchGetItem", "UpdateItem")
    sms.take.uses_table(Contact, "GetItem")
    sms.take.uses_table(OptOut, "PutItem")
    sms.take.listens_to(answers.work, batch=1, at_once=REPLIES_AT_ONCE)
    sms.send.reads_secret("TOKEN_KEYS_SECRET", storage.token_keys)
    sms.take.reads_secret("PEPPER_SECRET", storage.pepper)
    for function in (sms.send, sms.take):
        function.reads_clients()


def grant_aggregate(aggregate: Aggregation, storage: StorageStack) -> None:
    """Let facts be collected from the tables' streams, and datasets, reports and figures be made of them."""
    collect, find, run = aggregate.collect, aggregate.find, aggregate.run
    collect.uses_bucket("DATA_BUCKET", storage.data_bucket)
    collect.writes_objects(storage.data_bucket, object_keys.FACTS)
    lost = storage.lost_facts.bucket
    collect.may(["s3:ListBucket"], [lost.bucket_arn])
    collect.writes_objects(lost, object_keys.LOST_FACTS)
    for model in streaming():
        collect.follows(model, batch=500, lost=lost)

    find.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
    find.reads_clients()
    find.reads_objects(storage.data_bucket, object_keys.FACTS, object_keys.CURRENT)
    # What earlier releases stored for all clients together it divides among them.
    find.writes_objects(storage.data_bucket, object_keys.FACTS, object_keys.CURRENT, deletes=True)

    run.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
    run.reads_clients()
    run.reads_objects(storage.data_bucket, object_keys.FACTS, object_keys.CURRENT, object_keys.DATASETS)
    run.writes_objects(storage.data_bucket, object_keys.CURRENT, object_keys.DATASETS, deletes=True)
    run.writes_objects(storage.data_bucket, object_keys.REPORTS, object_keys.FIGURES)
    run.reads_objects(storage.data_bucket, object_keys.PUBLIC_SCORES)
    run.writes_objects(storage.data_bucket, object_keys.PUBLIC_SCORES, deletes=True)
    run.reads_secret("SCORE_KEYS_SECRET", storage.score_keys)


def grant_dashboards(dashboards: DashboardRefreshes, storage: StorageStack) -> None:
    """Let the refresh of the dashboards see what changed, and write who may see what."""
    refresh = dashboards.refresh
    refresh.uses_bucket("DATA_BUCKET", storage.data_bucket, lists=True)
    refresh.reads_clients()
    refresh.reads_objects(storage.data_bucket, object_keys.DASHBOARDS)
    refresh.writes_objects(storage.data_bucket, object_keys.DASHBOARDS)


def grant_review_scraper(review_scraper: ReviewScraper) -> None:
    """Let reviews be kept, and what is known of their sources."""
    scrape = review_scraper.scrape
    scrape.reads_clients()
    scrape.uses_table(Review, "Query", "PutItem", "UpdateItem")
    scrape.uses_table(ReviewSourceState, "GetItem", "PutItem")
