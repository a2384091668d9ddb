"""What operations look at: a dashboard, and alarms that belong to no single queue or function."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from infra.functions import (
    AGGREGATE_FIND,
    AGGREGATE_REFRESH,
    AGGREGATE_RUN,
    CRM_IMPORT_ADMIT,
    CRM_IMPORT_CUSTOMERS,
    CRM_IMPORT_OPT_OUTS,
    CRM_IMPORT_READ,
    INVITE_DISPATCH,
    INVITE_SEND,
    INVITE_SMS,
    INVITE_TRACK,
    SURVEY,
)
from infra.service_function import METRICS_NAMESPACE, Platform, ServiceFunction
from infra.work_queue import DeadLetters, WorkQueue

IMPORT_MINUTES = 45
"""An upload that waits longer is not just being tried again."""
AGGREGATE_MINUTES = 180
"""A client that waits longer than two attempts of a run was passed over three times by the schedule."""
BOUNCES, COMPLAINTS = 2.0, 0.05
"""Per cent of a day's mail. SES reviews an account at 5 and 0.1."""
ENOUGH_MAIL = 200
"""Below so many mails a day one bounce says nothing."""
SUSPECTS = 50
"""In an hour: a mail server that tries the links of a whole import makes more, people who are odd make fewer."""
CLIENT_METRICS = {
    "Sent, per client": "ClientMails",
    "Arrived, per client": "ClientDeliveries",
    "Bounced, per client": "ClientBounces",
    "Reported as spam, per client": "ClientComplaints",
    "Answers kept apart, per client": "ClientSuspectAnswers",
}
"""Title of a graph, and the metric that functions write under the dimension `client`."""


_UNDONE = {
    "ClientsNotAggregated": "The datasets or the report of a client could not be made of its data; the others were.",
    "UnreadableFacts": "Objects under facts/ are not what facts are, and were left out.",
    "UnfinishedRuns": "A client is not done after many runs in a row; each goes on where the one before stopped.",
}
"""What a run of the aggregate left undone, by metric."""
_NOT_DIVIDED = {
    "UnreadableFacts": "Objects that an earlier release left under facts/ are not what facts are.",
    "UnfinishedRuns": "The facts of an earlier release are still being divided among the clients.",
}
"""What finding the clients left undone, by metric."""


class Monitoring(Construct):
    """The dashboard and the alarms on mail and import."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        queues: dict[str, WorkQueue],
        dead_letters: Sequence[DeadLetters],
        functions: Sequence[ServiceFunction],
        api: apigateway.RestApi,
    ) -> None:
        super().__init__(scope, construct_id)
        self._alarms = actions.SnsAction(platform.storage.alarms)
        for name in ("uploads", "chunks", "opt-outs", "customers"):
            self._age(name, queues[name], IMPORT_MINUTES)
        self._age("runs", queues["runs"], AGGREGATE_MINUTES)
        refused = "A client's file could not be used; its receipt says why."
        self._counted("UploadsRefused", "UploadsRefused", CRM_IMPORT_READ.name, refused)
        self._counted("ListsRefused", "UploadsRefused", CRM_IMPORT_OPT_OUTS.name, refused)
        self._counted("CustomerFilesRefused", "UploadsRefused", CRM_IMPORT_CUSTOMERS.name, refused)
        self._counted(
            "OptOutsNotUnderstood",
            "OptOutsNotUnderstood",
            CRM_IMPORT_OPT_OUTS.name,
            "Lines of a list of opt-outs were not understood: nobody is opted out by them. The list's receipt names "
            "them, and the client's contact has a mail; docs/deploy.md says what to do.",
        )
        self._counted(
            "RowsNotStored",
            "RowsNotStored",
            CRM_IMPORT_ADMIT.name,
            "DynamoDB refused rows for what they hold; their receipts say invalid. The log of crm-import-admit has the "
            "upload (rows_not_stored); docs/deploy.md says what to do.",
        )
        for construct_id, service in self._refusing(functions).items():
            self._counted(
                construct_id,
                "InvitationsRefused",
                service,
                "Invitations, or reminders, were refused when their message was made or handed over. Of invitations "
                "the client's contact gets a mail with the rows: nobody was asked. docs/deploy.md says what to do.",
            )
        self._counted(
            "SuspectAnswers",
            "SuspectAnswers",
            SURVEY.name,
            f"More than {SUSPECTS} answers of an hour look like a program's and are kept apart. The log of survey has "
            "client and reason (answer_kept_apart); docs/deploy.md says what to do.",
            more_than=SUSPECTS,
            period=Duration.hours(1),
        )
        self._counted(
            "UnknownDatasets",
            "UnknownDatasets",
            AGGREGATE_RUN.name,
            "Days of a dataset that this release does not know wait to be written. The log of aggregate-run names it "
            "(dataset_unknown); docs/deploy.md says what to do.",
            period=Duration.hours(1),
        )
        for metric, what in _UNDONE.items():
            self._counted(
                metric,
                metric,
                AGGREGATE_RUN.name,
                f"{what} The log of aggregate-run tells which; docs/deploy.md says what to do.",
                period=Duration.hours(1),
            )
        for metric, what in _NOT_DIVIDED.items():
            self._counted(
                f"{metric}Found",
                metric,
                AGGREGATE_FIND.name,
                f"{what} The log of aggregate-find tells which; docs/deploy.md says what to do.",
                period=Duration.hours(1),
            )
        if any(function.spec is AGGREGATE_REFRESH for function in functions):
            self._counted(
                "DashboardsNotRefreshed",
                "DashboardsNotRefreshed",
                AGGREGATE_REFRESH.name,
                "QuickSight could not copy data sets anew for an hour: the dashboards show what was there before. The "
                "log of aggregate-refresh names them (dashboard_not_refreshed); docs/deploy.md says what to do.",
                more_than=1,
                period=Duration.hours(1),
            )
        self._paused_clients()
        if not platform.deployment.local:
            # The emulator knows no alarm on a sum.
            self._mail("Bounces", "Bounce", BOUNCES)
            self._mail("Complaints", "Complaint", COMPLAINTS)
        self._dashboard(queues, dead_letters, functions, api)

    def _age(self, name: str, work: WorkQueue, minutes: int) -> None:
        alarm = cloudwatch.Alarm(
            self,
            f"Age{name.title().replace('-', '')}",
            alarm_description=f"The oldest of the {name} has waited more than {minutes} minutes.",
            metric=work.queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), statistic="Maximum"),
            threshold=minutes * 60,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._alarms)

    def _refusing(self, functions: Sequence[ServiceFunction]) -> dict[str, str]:
        """Return the functions by which an invitation can be refused, by their alarms' construct ids."""
        alarms = {
            INVITE_SEND.name: "InvitationsRefused",
            INVITE_TRACK.name: "InvitationsRejected",
            INVITE_SMS.name: "TextsRefused",
        }
        deployed = {function.spec.name for function in functions}
        return {construct_id: service for service, construct_id in alarms.items() if service in deployed}

    def _counted(
        self,
        construct_id: str,
        metric: str,
        service: str,
        description: str,
        more_than: int = 0,
        period: Duration | None = None,
    ) -> None:
        """Tell of every period, by default five minutes, in which a function counted more than so many."""
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=description,
            metric=cloudwatch.Metric(
                namespace=METRICS_NAMESPACE,
                metric_name=metric,
                dimensions_map={"service": service},
                statistic="Sum",
                period=period or Duration.minutes(5),
            ),
            threshold=more_than,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._alarms)

    def _paused_clients(self) -> None:
        """Tell of every client, also of one that was not there at the deploy, for as long as it is paused."""
        alarm = cloudwatch.Alarm(
            self,
            "ClientsPaused",
            alarm_description="The sending of a client is paused: too many of its mails of a day bounced or were "
            "reported as spam. The log of invite-dispatch names it (clients_paused); docs/deploy.md says what to do.",
            metric=_clients_paused(),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._alarms)

    def _mail(self, construct_id: str, metric: str, limit: float) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=f"More than {limit} % of a day's mails: {construct_id.lower()}. SES pauses accounts that "
            "go on like this.",
            metric=cloudwatch.MathExpression(
                expression=f"IF(sent >= {ENOUGH_MAIL}, 100 * bad / sent, 0)",
                using_metrics={"sent": _ses("Send"), "bad": _ses(metric)},
                period=Duration.days(1),
                label=f"{construct_id} in per cent",
            ),
            threshold=limit,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._alarms)

    def _dashboard(
        self,
        queues: dict[str, WorkQueue],
        dead_letters: Sequence[DeadLetters],
        functions: Sequence[ServiceFunction],
        api: apigateway.RestApi,
    ) -> None:
        five = Duration.minutes(5)
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(1))
        dashboard.add_widgets(
            _graph(
                "Waiting work",
                [w.queue.metric_approximate_number_of_messages_visible(label=n) for n, w in queues.items()],
            ),
            _graph(
                "Age of the oldest message",
                [w.queue.metric_approximate_age_of_oldest_message(label=n) for n, w in queues.items()],
            ),
            _graph(
                "Dead letters",
                [
                    letters.queue.metric_approximate_number_of_messages_visible(label=letters.subject)
                    for letters in dead_letters
                ],
            ),
        )
        dashboard.add_widgets(
            _graph("Errors", [f.function.metric_errors(label=f.spec.name, period=five) for f in functions]),
            _graph(
                "Slowest call",
                [f.function.metric_duration(label=f.spec.name, period=five, statistic="Maximum") for f in functions],
            ),
            _graph("Calls", [f.function.metric_invocations(label=f.spec.name, period=five) for f in functions]),
        )
        dashboard.add_widgets(
            _graph("Mail", [_ses(name) for name in ("Send", "Delivery", "Bounce", "Complaint", "Reject")]),
            _graph("Survey: requests", [api.metric_count(), api.metric_client_error(), api.metric_server_error()]),
            _graph(
                "Survey: milliseconds",
                [api.metric_latency(statistic=statistic, label=statistic) for statistic in ("p50", "p95", "p99")],
            ),
        )
        dashboard.add_widgets(
            *(_per_client(title, metric) for title, metric in CLIENT_METRICS.items()),
            _graph("Clients that are paused", [_clients_paused()], width=4),
        )


def _clients_paused() -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name="ClientsPaused",
        dimensions_map={"service": INVITE_DISPATCH.name},
        statistic="Maximum",
        period=Duration.minutes(5),
    )


def _per_client(title: str, metric: str) -> cloudwatch.GraphWidget:
    """Return a graph with a line for every client that ever sent: the search finds them when it is looked at."""
    hour = Duration.hours(1)
    lines = cloudwatch.SearchExpression(
        expression=f"SEARCH('{{{METRICS_NAMESPACE},client}} MetricName=\"{metric}\"', 'Sum', {hour.to_seconds():.0f})",
        label="${PROP('Dim.client')}",
        period=hour,
    )
    return _graph(title, [lines], width=5)


def _ses(name: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/SES", metric_name=name, statistic="Sum", period=Duration.minutes(5), label=name
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], width: int = 8) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, height=6)
