"""What only one machine has stays there."""

from tests.worlds.templates import Templates


def test_the_templates_for_the_cloud_have_no_trace_of_one_machine(cloud: Templates, local: Templates) -> None:
    for trace in ("KLANKBORD_", "_aws/execute-api", "klankbord-assets", "127.0.0.1", "localhost:"):
        assert trace not in cloud.text()
    assert "Endpoint" in local.stacks["Klankbord"]["Parameters"]
    assert "Endpoint" not in cloud.stacks["Klankbord"]["Parameters"]


def test_one_machine_leaves_out_what_the_emulator_cannot_hold_and_nothing_else(
    plain: Templates, local: Templates
) -> None:
    left_out = {"AWS::WAFv2::WebACL", "AWS::WAFv2::WebACLAssociation", "AWS::Logs::MetricFilter"}
    kinds = {r["Type"] for template in plain.stacks.values() for r in template["Resources"].values()}
    found = {r["Type"] for template in local.stacks.values() for r in template["Resources"].values()}

    assert kinds - found == left_out
    assert not [a for a in local.resources("AWS::CloudWatch::Alarm").values() if "Metrics" in a]
