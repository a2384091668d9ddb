"""DynamoDB tables, built from the models that describe them: keys, indexes, stream, time to live."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct
from pynamodb.attributes import TTLAttribute
from pynamodb.indexes import GlobalSecondaryIndex, Index
from pynamodb.models import Model

from functions.shared.adapters.tables import Contact, Response, streaming

PERSONAL: tuple[type[Model], ...] = (Contact, Response)
"""Tables with what a person is or said: encrypted with the customer's own key."""
_TYPES = {"S": dynamodb.AttributeType.STRING, "N": dynamodb.AttributeType.NUMBER, "B": dynamodb.AttributeType.BINARY}


def make_table(scope: Construct, model: type[Model], *, key: kms.IKey) -> dynamodb.Table:
    """Make the table of a model; `key` encrypts what is personal."""
    attributes = model.get_attributes().values()
    hash_key = next(a for a in attributes if a.is_hash_key)
    range_key = next((a for a in attributes if a.is_range_key), None)
    ttl = next((a for a in attributes if isinstance(a, TTLAttribute)), None)
    table = dynamodb.Table(
        scope,
        model.__name__,
        partition_key=_attribute(hash_key),
        sort_key=_attribute(range_key) if range_key else None,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute=ttl.attr_name if ttl else None,
        stream=dynamodb.StreamViewType.NEW_IMAGE if model in streaming() else None,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED if model in PERSONAL else None,
        encryption_key=key if model in PERSONAL else None,
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    for index in (value for value in vars(model).values() if isinstance(value, Index)):
        if not isinstance(index, GlobalSecondaryIndex):
            raise TypeError(f"{model.__name__} has a local index; only global ones are built.")
        keys = list(index.Meta.attributes.values())
        ranges = [a for a in keys if a.is_range_key]
        projection = index.Meta.projection
        table.add_global_secondary_index(
            index_name=index.Meta.index_name,
            partition_key=_attribute(next(a for a in keys if a.is_hash_key)),
            sort_key=_attribute(ranges[0]) if ranges else None,
            projection_type=dynamodb.ProjectionType[projection.projection_type],
            non_key_attributes=projection.non_key_attributes or None,
        )
    return table


def _attribute(attribute: object) -> dynamodb.Attribute:
    name, kind = attribute.attr_name, attribute.attr_type  # type: ignore[attr-defined]
    return dynamodb.Attribute(name=name, type=_TYPES[kind])
