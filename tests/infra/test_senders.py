"""How many senders of mail run at once is a choice of the deployment."""

import pytest

from infra.deployment import SENDERS, BadContext, Deployment
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


@pytest.mark.parametrize("senders", ["1", "1001", "-3", "many"])
def test_a_number_of_senders_that_lambda_does_not_take_is_refused(senders: str) -> None:
    with pytest.raises(BadContext, match="from 2 to 1000"):
        Deployment.read({"asset": __file__, "senders": senders}.get)


def test_more_senders_can_be_asked_for() -> None:
    assert Deployment.read({"asset": __file__, "senders": 21}.get).senders == 21
