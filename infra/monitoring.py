"""What operations look at: a dashboard, and alarms that belong to no single queue or function."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import RunbookPage, add_alarm
from infra.functions import AGGREGATE_COLLECT, INVITE_DISPATCH, INVITE_SEND, SURVEY, FunctionSpec
from infra.service_function import Platform, ServiceFunction
from infra.survey import THROTTLED_REQUESTS
from infra.watched_counts import WATCHED, WatchedCount
from infra.work_queue import DeadLetters, WorkQueue

WAITING_MINUTES = {
    **dict.fromkeys(("uploads", "chunks", "opt-outs", "customers"), 45),
    # A client that waits longer than two attempts of a run was passed over three times by the schedule.
    "runs": 180,
    # The queue of mails holds what may leave in two minutes, and a message waits at most half a minute for its slot.
    **dict.fromkeys(("mails", "sms", "ses-events"), 30),
    **dict.fromkeys(("notices", "replies", "sms-replies"), 60),
}
"""By queue: work that waits longer is not just being tried again."""
STREAM_MINUTES = 60
"""Of the 24 hours that a record of a stream lives."""
BOUNCES, COMPLAINTS = 2.0, 0.05
"""Per cent of a day's mail. SES reviews an account at 5 and 0.1."""
ENOUGH_MAIL = 200
"""Below so many mails a day one bounce says nothing."""
CLIENT_METRICS = {
    "Sent, per client": "ClientMails",
    "Arrived, per client": "ClientDeliveries",
    "Bounced, per client": "ClientBounces",
    "Reported as spam, per client": "ClientComplaints",
    "Answers kept apart, per client": "ClientSuspectAnswers",
}
"""Title of a graph, and the metric that functions write under the dimension `client`."""


THROTTLES = 100
"""In five minutes: a few are tried again, and nobody notices."""
REFUSED = 5.0
"""Per cent of an hour's mails: single addresses that SES does not take stay below it."""


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
        self._topic = platform.storage.alarms
        self._namespace = platform.metrics_namespace
        for name, work in queues.items():
            self._age(name, work)
        deployed = {function.spec.name: function for function in functions}
        for watch in WATCHED:
            needed = {watch.service.name, *([watch.only_with.name] if watch.only_with else [])}
            if needed <= deployed.keys():
                self._counted(watch)
        self._function_limits(deployed)
        self._survey(api)
        if not platform.deployment.local:
            # The emulator knows no alarm on a sum.
            self._mail("Bounces", "Bounce", BOUNCES)
            self._mail("Complaints", "Complaint", COMPLAINTS)
            self._refused_share()
        self._dashboard(queues, dead_letters, functions, api)

    def _age(self, name: str, work: WorkQueue) -> None:
        minutes = WAITING_MINUTES[name]
        add_alarm(
            self,
            f"Age{name.title().replace('-', '')}",
            topic=self._topic,
            metric=work.queue.metric_approximate_age_of_oldest_message(period=Duration.minutes(5), statistic="Maximum"),
            page=RunbookPage.WAITING_WORK,
            says=f"The oldest of the {name} has waited more than {minutes} minutes.",
            above=minutes * 60,
        )

    def _counted(self, watch: WatchedCount) -> None:
        """Tell of what a function counts of itself."""
        add_alarm(
            self,
            watch.id or watch.metric,
            topic=self._topic,
            metric=_own(self._namespace, watch.metric, watch.service, watch.statistic, watch.period),
            page=watch.page,
            says=watch.says,
            above=watch.above,
            periods=watch.periods,
        )

    def _function_limits(self, functions: dict[str, ServiceFunction]) -> None:
        """Tell of streams that are followed too slowly, and of calls that the account's limit refused."""
        add_alarm(
            self,
            "StreamLag",
            topic=self._topic,
            metric=functions[AGGREGATE_COLLECT.name].function.metric(
                "IteratorAge", period=Duration.minutes(5), statistic="Maximum"
            ),
            page=RunbookPage.STREAM_LAG,
            says=f"Facts are collected more than {STREAM_MINUTES} minutes after what they tell of; after 24 hours they "
            "are missing, until they are told again.",
            above=STREAM_MINUTES * 60_000,
        )
        for spec in (SURVEY, INVITE_DISPATCH):
            add_alarm(
                self,
                f"Throttled{spec.name.title().replace('-', '')}",
                topic=self._topic,
                metric=functions[spec.name].function.metric_throttles(period=Duration.minutes(5), statistic="Sum"),
                page=RunbookPage.THROTTLES,
                says=f"Calls of {spec.name} were refused: the account's functions run at their limit.",
            )
        add_alarm(
            self,
            "ThrottledFunctions",
            topic=self._topic,
            metric=cloudwatch.Metric(
                namespace="AWS/Lambda", metric_name="Throttles", statistic="Sum", period=Duration.minutes(5)
            ),
            page=RunbookPage.THROTTLES,
            says=f"More than {THROTTLES} calls of functions of this account were refused in each of three times five "
            "minutes: its functions run at their limit.",
            above=THROTTLES,
            periods=3,
        )

    def _survey(self, api: apigateway.RestApi) -> None:
        """Tell of pages that did not come, for a fault or for too many requests."""
        five = Duration.minutes(5)
        add_alarm(
            self,
            "SurveyErrors",
            topic=self._topic,
            metric=api.metric_server_error(period=five, statistic="Sum"),
            page=RunbookPage.SURVEY_ERRORS,
            says="Customers got an error (5xx) instead of a page.",
        )
        add_alarm(
            self,
            "SurveyThrottled",
            topic=self._topic,
            metric=cloudwatch.Metric(
                namespace=self._namespace,
                metric_name=THROTTLED_REQUESTS,
                dimensions_map={},
                statistic="Sum",
                period=five,
            ),
            page=RunbookPage.SURVEY_ERRORS,
            says="Customers were told to come back later (429): more requests than the survey's limit.",
        )

    def _refused_share(self) -> None:
        """Tell where more of the mails are refused than single bad addresses make."""
        refused = _own(self._namespace, "InvitationsRefused", INVITE_SEND, "Sum", Duration.hours(1))
        add_alarm(
            self,
            "RefusedShare",
            topic=self._topic,
            metric=cloudwatch.MathExpression(
                expression=f"IF(sent + refused >= {ENOUGH_MAIL}, 100 * refused / (sent + refused), 0)",
                using_metrics={
                    "sent": _own(self._namespace, "MailsSent", INVITE_SEND, "Sum", Duration.hours(1)),
                    "refused": refused,
                },
                period=Duration.hours(1),
                label="Refused in per cent",
            ),
            page=RunbookPage.REFUSED_INVITATIONS,
            says=f"More than {REFUSED} % of an hour's mails were refused.",
            above=REFUSED,
        )

    def _mail(self, construct_id: str, metric: str, limit: float) -> None:
        add_alarm(
            self,
            construct_id,
            topic=self._topic,
            metric=cloudwatch.MathExpression(
                expression=f"IF(sent >= {ENOUGH_MAIL}, 100 * bad / sent, 0)",
                using_metrics={"sent": _ses("Send"), "bad": _ses(metric)},
                period=Duration.days(1),
                label=f"{construct_id} in per cent",
            ),
            page=RunbookPage.BOUNCES_AND_COMPLAINTS,
            says=f"More than {limit} % of a day's mails: {construct_id.lower()}. SES pauses accounts that go "
            "on like this.",
            above=limit,
        )

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
            _graph("Mail that waits, by reason; minutes of the longest wait", _held(self._namespace), width=24)
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
            *(_per_client(self._namespace, title, metric) for title, metric in CLIENT_METRICS.items()),
            _graph(
                "Clients that are paused",
                [_own(self._namespace, "ClientsPaused", INVITE_DISPATCH, "Maximum", Duration.minutes(5))],
                width=4,
            ),
        )


def _own(namespace: str, name: str, service: FunctionSpec, statistic: str, period: Duration) -> cloudwatch.Metric:
    """Return what a function counts of itself."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map={"service": service.name},
        statistic=statistic,
        period=period,
    )


def _held(namespace: str) -> list[cloudwatch.IMetric]:
    """Return what is not sent now, by reason."""
    five = Duration.minutes(5)
    return [
        *(
            _own(namespace, f"Mails{reason}", INVITE_SEND, "Sum", five)
            for reason in ("Held", "NotTaken", "Unknown", "Stopped")
        ),
        _own(namespace, "MailsOverdueMinutes", INVITE_DISPATCH, "Maximum", five),
    ]


def _per_client(namespace: str, title: str, metric: str) -> cloudwatch.GraphWidget:
    """Return a graph with a line for every client that ever sent: the search finds them when it is looked at."""
    hour = Duration.hours(1)
    lines = cloudwatch.SearchExpression(
        expression=f"SEARCH('{{{namespace},client}} MetricName=\"{metric}\"', 'Sum', {hour.to_seconds():.0f})",
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
