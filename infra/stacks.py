"""Which stacks there are, and what stands in each."""

from aws_cdk import App, CfnOutput, DefaultStackSynthesizer, Stack, StackSynthesizer, Tags, Validations
from aws_cdk import aws_lambda as lambda_
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from infra import grants
from infra.aggregate import Aggregation
from infra.crm_import import CrmImport
from infra.dashboards import DashboardRefreshes
from infra.datasets import Datasets
from infra.deployment import Deployment
from infra.functions import output_name
from infra.invite import Invite
from infra.monitoring import Monitoring
from infra.notices import ContactNotices
from infra.quicksight import QuickSightStack
from infra.replies import Replies
from infra.review_scraper import ReviewScraper
from infra.service_function import Platform, ServiceFunction
from infra.sms import SmsChannel
from infra.stack_names import dashboards_stack, storage_stack
from infra.storage import StorageStack
from infra.survey import SurveyApi
from infra.work_queue import WorkQueue

LOCAL_ASSETS = "klankbord-assets"
"""Bucket on the emulator that holds the assets; there is no bootstrap stack."""


class ComputeStack(Stack):
    """Everything that can be thrown away and deployed again."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        storage: StorageStack,
        synthesizer: StackSynthesizer | None,
    ) -> None:
        super().__init__(
            scope, construct_id, synthesizer=synthesizer, description="Klankbord: functions, queues, schedules, API."
        )
        platform = Platform(deployment, storage, lambda_.Code.from_asset(str(deployment.asset)))
        self.crm_import = CrmImport(self, "CrmImport", platform=platform)
        self.survey = SurveyApi(self, "Survey", platform=platform)
        self.invite = Invite(self, "Invite", platform=platform, survey_url=self.survey.url)
        self.notices = ContactNotices(
            self,
            "Notices",
            platform=platform,
            configuration_set=self.invite.configuration_set,
            survey_url=self.survey.url,
        )
        self.invite.may_send(self.notices.notify)
        self.notices.accepts_from(
            *(self.crm_import.read, self.crm_import.admit, self.crm_import.opt_outs, self.crm_import.customers),
            *(self.invite.send, self.invite.track, self.notices.notify),
        )
        self.replies = self._add_replies(platform)
        self.sms = self._add_sms(platform)
        self.dashboards = self._add_dashboards(platform)
        self.aggregate = Aggregation(self, "Aggregate", platform=platform)
        self.notices.accepts_from(self.aggregate.run)
        self.review_scraper = ReviewScraper(self, "ReviewScraper", platform=platform)
        self._grant(storage)
        self.datasets = Datasets(
            self, "Datasets", deployment=deployment, data=storage.data_bucket, results=storage.query_results
        )
        for name, work in self._own_queues().items():
            CfnOutput(self, output_name("Queue", name), value=work.queue.queue_url)
        queues = {**self._own_queues(), **self._queues_of(storage)}
        functions = self._functions()
        letters = [work.dead_letters for work in queues.values()] + [storage.lost_facts.letters]
        Monitoring(
            self,
            "Operations",
            platform=platform,
            queues=queues,
            dead_letters=letters + [f.dead_letters for f in functions if f.dead_letters],
            functions=functions,
            api=self.survey.api,
        )

    def _add_replies(self, platform: Platform) -> Replies | None:
        """Read replies to mails, where the deployment has a domain for them."""
        storage, domain = platform.storage, platform.deployment.choices.replies
        if not domain:
            return None
        replies = Replies(
            self,
            "Replies",
            platform=platform,
            kept=storage.replies,
            domain=domain,
            configuration_set=self.invite.configuration_set,
        )
        self.invite.may_send(replies.take)
        grants.grant_replies(replies, storage, storage.replies)
        return replies

    def _add_sms(self, platform: Platform) -> SmsChannel | None:
        """Send SMS, where the deployment asks for it."""
        storage, choice = platform.storage, platform.deployment.choices.sms
        if not choice:
            return None
        sms = SmsChannel(
            self,
            "Sms",
            platform=platform,
            choice=choice,
            reports=self.invite.events,
            survey_url=self.survey.url,
        )
        sms.accepts_from(self.invite.dispatch)
        self.notices.accepts_from(sms.send)
        grants.grant_sms(sms, storage, storage.sms_answers)
        self.crm_import.read.has("SENDS_SMS", "1")
        return sms

    def _add_dashboards(self, platform: Platform) -> DashboardRefreshes | None:
        """Keep QuickSight's dashboards fresh, where the deployment has them."""
        choice = platform.deployment.choices.quicksight
        if not choice:
            return None
        dashboards = DashboardRefreshes(self, "Dashboards", platform=platform, owner=choice.owner)
        grants.grant_dashboards(dashboards, platform.storage)
        return dashboards

    def _own_queues(self) -> dict[str, WorkQueue]:
        queues = {"chunks": self.crm_import.chunks, "mails": self.invite.mails, "ses-events": self.invite.events}
        queues |= {"notices": self.notices.work, "runs": self.aggregate.runs}
        if self.sms:
            queues["sms"] = self.sms.due
        return queues

    def _queues_of(self, storage: StorageStack) -> dict[str, WorkQueue]:
        """Return the queues of what comes in that somebody reads; they live with what they tell of."""
        queues = {"uploads": storage.uploads, "opt-outs": storage.opt_out_lists, "customers": storage.customer_files}
        if self.replies:
            queues["replies"] = storage.replies.work
        if self.sms:
            queues["sms-replies"] = storage.sms_answers.work
        return queues

    def _functions(self) -> list[ServiceFunction]:
        return [
            *(self.crm_import.read, self.crm_import.admit, self.crm_import.opt_outs, self.crm_import.customers),
            self.survey.function,
            *(self.invite.dispatch, self.invite.send, self.invite.track, self.notices.notify),
            *(self.aggregate.collect, self.aggregate.find, self.aggregate.run, self.review_scraper.scrape),
            *([self.replies.take] if self.replies else []),
            *([self.sms.send, self.sms.take] if self.sms else []),
            *([self.dashboards.refresh] if self.dashboards else []),
        ]

    def _grant(self, storage: StorageStack) -> None:
        """Give every function that is always there what it needs of the data."""
        grants.grant_crm_import(self.crm_import, storage)
        grants.grant_survey(self.survey, storage)
        grants.grant_invite(self.invite, storage)
        grants.grant_notices(self.notices, storage)
        grants.grant_aggregate(self.aggregate, storage)
        grants.grant_review_scraper(self.review_scraper)


def add_stacks(app: App, deployment: Deployment) -> None:
    """Add the stacks of a deployment to the app."""
    Tags.of(app).add("application", deployment.name)
    if not deployment.local:
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    storage = StorageStack(
        app, storage_stack(deployment.name), deployment=deployment, synthesizer=_synthesizer(deployment)
    )
    compute = ComputeStack(
        app, deployment.name, deployment=deployment, storage=storage, synthesizer=_synthesizer(deployment)
    )
    if deployment.choices.quicksight:
        dashboards = QuickSightStack(
            app,
            dashboards_stack(deployment.name),
            deployment=deployment,
            storage=storage,
            choice=deployment.choices.quicksight,
        )
        # The tables and the workgroup are named, not referred to.
        dashboards.add_stack_dependency(compute)


def _synthesizer(deployment: Deployment) -> StackSynthesizer | None:
    if not deployment.local:
        return None
    return DefaultStackSynthesizer(file_assets_bucket_name=LOCAL_ASSETS, generate_bootstrap_version_rule=False)
