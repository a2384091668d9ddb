"""Files as people really have them, rehearsed on the deployed system: each receipt says what it has to."""

import uuid
from datetime import timedelta

import pytest

from infra.local.stack import LocalStack
from tests.worlds.cases import UPLOADS, case_file

pytestmark = pytest.mark.stack
PLACE = ("pebble", "install")


def test_a_rehearsal_of_each_case_gives_the_receipt_that_it_has_to(stack: LocalStack) -> None:
    mark = uuid.uuid4().hex[:6]
    yesterday = (stack.now() - timedelta(days=1)).date()
    for name in UPLOADS:
        stack.upload(*PLACE, f"{mark}-{name}", case_file(name, mark, yesterday), rehearse=True)

    receipts = {name: stack.receipt(*PLACE, f"{mark}-{name}", 120) for name in UPLOADS}

    assert {name: wrong for name, case in UPLOADS.items() if (wrong := case.mistakes(*receipts[name]))} == {}
