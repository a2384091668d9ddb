"""What the stacks of a deployment are called, and what they tell of it. Needs no CDK."""

CHOSEN = "Klankbord::Choices"
"""The key, in the metadata of the storage stack's template, of what the deployment chose."""


def storage_stack(name: str) -> str:
    """Return the name of the stack that outlives the others."""
    return f"{name}Storage"


def dashboards_stack(name: str) -> str:
    """Return the name of the stack of dashboards, which is there only where it is chosen."""
    return f"{name}QuickSight"
