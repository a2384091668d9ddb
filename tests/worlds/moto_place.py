"""A deployment in an account of moto, as the operators' commands see it."""

from functools import partial

import boto3
from pynamodb.models import Model

from operations.deployed import Deployed
from tests.worlds.import_aws import CONFIG, DATA, UPLOADS
from tests.worlds.import_world import NOW


def moto_place(*models: type[Model]) -> Deployed:
    """Return the deployment with these tables, which `deployed_import` made."""
    return Deployed(
        region="eu-west-1",
        host=None,
        credentials={},
        config_bucket=CONFIG,
        upload_bucket=UPLOADS,
        data_bucket=DATA,
        functions={"aggregate-find": "aggregate-find", "aggregate-collect": "aggregate-collect"},
        queues={"notices": ""},
        dead_schedules={},
        lost_facts="",
        pepper_secret="pepper",
        token_keys_secret="tokens",
        survey_url="https://survey.example",
        tables={model.__name__: str(model.Meta.table_name) for model in models},
        client=partial(boto3.client, region_name="eu-west-1"),
        now=NOW,
    )
