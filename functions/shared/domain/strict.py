"""What every part of a client's configuration has in common."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen, and an unknown key is a mistake rather than a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
