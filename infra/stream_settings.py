"""How every configuration set is set up: the shared one of the stack, and those that onboarding makes for clients."""

EVENT_TYPES = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY", "RENDERING_FAILURE"]
"""No OPEN, no CLICK: nobody is followed."""
TLS_POLICY = "REQUIRE"
SUPPRESSED_REASONS = ["BOUNCE", "COMPLAINT"]


def event_bus(partition: str, region: str, account: str) -> str:
    """Return the ARN of the bus that reports go to; SES knows no other than the default one."""
    return f"arn:{partition}:events:{region}:{account}:event-bus/default"
