"""From the models of the tables to the deployed tables: their names come from the environment."""

import os
from typing import ClassVar

from pynamodb.models import Model

from functions.shared.adapters.environment import required_all
from functions.shared.adapters.pynamodb_connection import share_connection


class Names:
    """The environment variables that carry the tables' deployed names."""

    prefix: ClassVar[str] = "TABLE_"

    @classmethod
    def variable(cls, model: type[Model]) -> str:
        """Return the variable that names a model's table, such as TABLE_INVITATION."""
        return cls.prefix + "".join(f"_{c}" if c.isupper() else c.upper() for c in model.__name__).lstrip("_").upper()


def bind(*models: type[Model]) -> None:
    """Give models the table names and the region of this deployment, and one connection. Once, at the start."""
    names = required_all(Names.variable(model) for model in models)
    for model in models:
        _bind(model, names[Names.variable(model)])
    share_connection(*models)


def _bind(model: type[Model], name: str) -> None:
    meta = model.Meta
    meta.table_name = name
    meta.region = os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]
