"""Which stacks there are, and what stands in each."""

from aws_cdk import App, CfnOutput, DefaultStackSynthesizer, Stack, StackSynthesizer, Tags
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.aggregate import Aggregate
from infra.crm_import import CrmImport
from infra.deployment import Deployment
from infra.functions import output_name
from infra.invite import Invite
from infra.review_scraper import ReviewScraper
from infra.service_function import Platform
from infra.storage import StorageStack
from infra.survey import Survey

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
        self.survey = Survey(self, "Survey", platform=platform)
        self.invite = Invite(self, "Invite", platform=platform, survey_url=self.survey.url)
        self.aggregate = Aggregate(self, "Aggregate", platform=platform)
        self.review_scraper = ReviewScraper(self, "ReviewScraper", platform=platform)
        for name, work in (
            ("chunks", self.crm_import.chunks),
            ("mails", self.invite.mails),
            ("ses-events", self.invite.events),
        ):
            CfnOutput(self, output_name("Queue", name), value=work.queue.queue_url)


def add_stacks(app: App, deployment: Deployment) -> None:
    """Add the stacks of a deployment to the app."""
    Tags.of(app).add("application", deployment.name)
    storage = StorageStack(
        app, f"{deployment.name}Storage", deployment=deployment, synthesizer=_synthesizer(deployment)
    )
    ComputeStack(
        app, deployment.name, deployment=deployment, storage=storage, synthesizer=_synthesizer(deployment)
    )


def _synthesizer(deployment: Deployment) -> StackSynthesizer | None:
    if not deployment.local:
        return None
    return DefaultStackSynthesizer(file_assets_bucket_name=LOCAL_ASSETS, generate_bootstrap_version_rule=False)
