"""Every arrow between the functions is tried again, kept where it fails for good, and watched."""

import json

from functions.shared.adapters.tables import streaming
from infra.functions import FUNCTIONS
from tests.worlds.templates import Templates

BATCHES = {f"crm-import-{name}": 1 for name in ("read", "admit", "opt-outs", "customers")} | {
    "invite-send": 10,
    "invite-track": 10,
    "invite-notify": 1,
    "invite-reply": 1,
    "invite-sms": 10,
    "invite-sms-reply": 1,
    "aggregate-run": 1,
}


def dead_letter_queues(templates: Templates) -> set[str]:
    """Return the logical ids of the queues for what failed for good."""
    return {name for name in templates.resources("AWS::SQS::Queue") if "DeadLetters" in name or "Lost" in name}


def test_every_queue_tries_five_times_and_keeps_what_failed_two_weeks(cloud: Templates) -> None:
    queues = cloud.resources("AWS::SQS::Queue")
    dead = dead_letter_queues(cloud)

    assert len(set(queues) - dead) == len(BATCHES)
    for name, queue in queues.items():
        assert queue["MessageRetentionPeriod"] == 14 * 86400
        assert queue["SqsManagedSseEnabled"] is True
        if name not in dead:
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
            assert queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in dead


def test_every_dead_letter_queue_has_an_alarm_that_reaches_people(cloud: Templates) -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in cloud.resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and alarm["Threshold"] == 0
        and alarm["AlarmActions"]
    }

    assert watched == dead_letter_queues(cloud)


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_work(cloud: Templates) -> None:
    queues = cloud.resources("AWS::SQS::Queue")
    waits = sorted(queue["VisibilityTimeout"] for queue in queues.values() if "RedrivePolicy" in queue)

    assert waits == sorted(6 * spec.timeout for spec in FUNCTIONS if spec.name in BATCHES)


def test_queues_feed_their_functions_and_failed_messages_come_back_alone(cloud: Templates) -> None:
    functions = {json.dumps({"Ref": name}): f["Description"] for name, f in cloud.functions().items()}
    mappings = [m for m in cloud.resources("AWS::Lambda::EventSourceMapping").values() if "StartingPosition" not in m]

    found = {functions[json.dumps(m["FunctionName"])].removeprefix("Klankbord "): m["BatchSize"] for m in mappings}

    assert found == BATCHES
    assert all(m["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for m in mappings)


def test_so_many_workers_of_a_queue_work_at_once(cloud: Templates) -> None:
    functions = {json.dumps({"Ref": name}): f["Description"] for name, f in cloud.functions().items()}
    mappings = [m for m in cloud.resources("AWS::Lambda::EventSourceMapping").values() if "ScalingConfig" in m]

    found = {
        functions[json.dumps(m["FunctionName"])].removeprefix("Klankbord "): m["ScalingConfig"]["MaximumConcurrency"]
        for m in mappings
    }

    assert found.pop("invite-send") >= 2
    lists = {"crm-import-opt-outs": 2, "crm-import-customers": 2}
    reports = {"invite-track": 50, "invite-notify": 5, "invite-reply": 5, "invite-sms-reply": 5}
    imports = {"crm-import-read": 10, "crm-import-admit": 10}
    assert found == {**imports, **lists, **reports, "invite-sms": 2, "aggregate-run": 10}


def test_who_hands_over_to_itself_is_not_ended_by_lambda_after_sixteen_calls(cloud: Templates) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
    mappings = cloud.resources("AWS::Lambda::EventSourceMapping").values()
    fed = {(json.dumps(m["FunctionName"]), json.dumps(m["EventSourceArn"])) for m in mappings}
    names = {f["Description"].removeprefix("Klankbord "): json.dumps({"Ref": n}) for n, f in cloud.functions().items()}

    looping = {
        spec.name
        for spec in FUNCTIONS
        for action, resource in cloud.allowed(spec.name)
        if action == "sqs:SendMessage" and (names[spec.name], resource) in fed
    }

    allowed = {spec.name for spec in FUNCTIONS if cloud.function(spec.name).get("RecursiveLoop") == "Allow"}
    assert {*(f"crm-import-{name}" for name in ("read", "admit", "opt-outs", "customers")), "aggregate-run"} <= looping
    assert allowed == looping


def test_a_stream_is_read_from_its_start_and_a_bad_record_is_cut_out_and_kept(cloud: Templates) -> None:
    mappings = [m for m in cloud.resources("AWS::Lambda::EventSourceMapping").values() if "StartingPosition" in m]

    assert len(mappings) == len(streaming())
    for mapping in mappings:
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BatchSize"] == 500
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["MaximumRetryAttempts"] == 10
        # A bucket, which gets the records themselves; their keys begin with a name of Lambda's own.
        assert "LostFacts" in mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::ImportValue"]


def test_what_a_stream_lost_is_kept_whole_closed_and_told_of(cloud: Templates) -> None:
    (bucket,) = (p for n, p in cloud.resources("AWS::S3::Bucket").items() if n.startswith("LostFacts"))
    days = {r["Prefix"]: r["ExpirationInDays"] for r in bucket["LifecycleConfiguration"]["Rules"] if "Prefix" in r}
    (notice,) = bucket["NotificationConfiguration"]["QueueConfigurations"]

    # As long as the message lives that tells of it.
    assert days == {"aws/lambda/": 14}
    assert notice["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "aws/lambda/"}]
    assert "KMSMasterKeyID" in json.dumps(bucket["BucketEncryption"])
    (queue,) = (
        {"Fn::GetAtt": [name, "Arn"]} for name in cloud.resources("AWS::SQS::Queue") if "LostFactLetters" in name
    )
    assert notice["Queue"] == queue
    on_it = {
        action
        for action, resource in cloud.allowed("aggregate-collect")
        if "LostFacts" in resource and action.startswith("s3:")
    }
    # What Lambda asks of the function's role.
    assert {"s3:PutObject", "s3:ListBucket"} <= on_it
    assert "s3:GetObject" not in on_it


def test_schedules_run_and_a_run_that_fails_is_kept(cloud: Templates) -> None:
    rules = [r for r in cloud.resources("AWS::Events::Rule").values() if "ScheduleExpression" in r]
    configs = cloud.resources("AWS::Lambda::EventInvokeConfig")

    assert {r["Description"].removeprefix("Klankbord "): r["ScheduleExpression"] for r in rules} == {
        "invite-dispatch": "rate(1 minute)",
        "aggregate-find": "rate(1 hour)",
        "aggregate-refresh": "rate(15 minutes)",
        "review-scrape": "rate(6 hours)",
    }
    for rule in rules:
        assert rule["Targets"][0]["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in dead_letter_queues(cloud)
    assert len(configs) == 4
    for config in configs.values():
        assert config["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] in dead_letter_queues(cloud)


def test_ses_reports_everything_but_opens_and_clicks(cloud: Templates) -> None:
    (destination,) = cloud.resources("AWS::SES::ConfigurationSetEventDestination").values()
    (configuration_set,) = cloud.resources("AWS::SES::ConfigurationSet").values()
    event = destination["EventDestination"]

    assert set(event["MatchingEventTypes"]) == {
        *("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"),
    }
    assert "event-bus/default" in json.dumps(event["EventBridgeDestination"])
    assert configuration_set["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert "TrackingOptions" not in configuration_set


def test_only_reports_on_our_own_mail_reach_the_queue(cloud: Templates) -> None:
    (rule,) = (r for r in cloud.resources("AWS::Events::Rule").values() if "EventPattern" in r)

    assert rule["EventPattern"]["source"] == ["aws.ses"]
    assert list(rule["EventPattern"]["detail"]["mail"]["tags"]) == ["ses:configuration-set"]


def test_bounces_complaints_and_waiting_uploads_raise_an_alarm(cloud: Templates) -> None:
    alarms = cloud.resources("AWS::CloudWatch::Alarm").values()
    sums = [a for a in alarms if "Metrics" in a]
    ages = [a for a in alarms if a.get("MetricName") == "ApproximateAgeOfOldestMessage"]

    assert sorted(a["Threshold"] for a in sums) == [0.05, 2, 5]
    assert len(ages) == 11
    assert all(a["AlarmActions"] for a in (*sums, *ages))


def test_a_file_that_cannot_be_used_raises_an_alarm(cloud: Templates) -> None:
    alarms = [
        alarm
        for alarm in cloud.resources("AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "UploadsRefused"
    ]

    assert {alarm["Namespace"] for alarm in alarms} == {"Klankbord"}
    assert sorted(alarm["Dimensions"][0]["Value"] for alarm in alarms) == [
        *("crm-import-customers", "crm-import-opt-outs", "crm-import-read"),
    ]
    assert all(alarm["AlarmActions"] for alarm in alarms)


def test_operations_have_a_dashboard(cloud: Templates) -> None:
    (dashboard,) = cloud.resources("AWS::CloudWatch::Dashboard").values()

    body = json.dumps(dashboard["DashboardBody"])

    for title in ("Dead letters", "Errors", "Mail", "Survey: requests", "Age of the oldest message"):
        assert title in body
