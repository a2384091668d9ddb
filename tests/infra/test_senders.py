"""How many senders of mail run at once is a choice of the deployment."""

from infra.deployment_file import SENDERS
from infra.functions import INVITE_SEND
from tests.worlds.templates import Templates


def test_the_queue_of_mails_feeds_so_many_senders_at_once(cloud: Templates) -> None:
    mappings = [
        properties
        for properties in cloud.resources("AWS::Lambda::EventSourceMapping").values()
        if "ScalingConfig" in properties and "InviteSend" in str(properties["FunctionName"])
    ]
    assert [mapping["ScalingConfig"] for mapping in mappings] == [{"MaximumConcurrency": SENDERS}]
    assert cloud.function(INVITE_SEND.name)["Timeout"] == INVITE_SEND.timeout
