"""A customer file on the deployed system: what it says goes with the invitations that follow."""

import json
import uuid
from datetime import timedelta

import pytest

from functions.shared.adapters.tables import Invitation
from infra.local.stack import LocalStack

pytestmark = pytest.mark.stack


def test_what_is_known_of_a_customer_goes_with_the_invitation(stack: LocalStack) -> None:
    number, now = uuid.uuid4().hex[:10], stack.now()
    day, before = f"{now:%d-%m-%Y}", f"{now - timedelta(days=40):%d-%m-%Y}"
    name = f"{uuid.uuid4().hex}.csv"
    text = f"Relatienr.;Peildatum;Klant sinds;Nieuwsbrief\r\n{number};{before};01-02-2024;J\r\n"
    stack.upload_customers("vaart", name, text.encode("cp1252"))
    receipt, (line,) = stack.receipt("vaart", "customers", name)
    assert (receipt["state"], line["outcome"]) == ("complete", "kept")

    address = f"success+{number}@simulator.amazonses.com"
    rows = f"E-mailadres;Klantnr.;Datum contact;Product\r\n{address};{number};{day};Autoverzekering\r\n"
    stack.upload("vaart", "klantenservice", name, rows.encode())
    _, (line,) = stack.receipt("vaart", "klantenservice", name)
    assert line["outcome"] == "invited"

    table = stack.outputs.tables[Invitation.__name__]
    asked = {"TableName": table, "FilterExpression": "interaction_id = :id"}
    values = {":id": {"S": line["interaction_id"]}}
    found = stack.client("dynamodb").get_paginator("scan").paginate(**asked, ExpressionAttributeValues=values)
    (item,) = [item for page in found for item in page["Items"]]
    assert json.loads(item["dimensions"]["S"]) == {
        "insurance": "car",
        "cover": "unknown",
        "customer_for": "2_to_6",
        "newsletter": "gets",
    }
