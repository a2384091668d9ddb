"""The page on the deployed system: through API Gateway, the function and its tables, by people and by machines."""

import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
import urllib3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from functions.shared.adapters.tables import due_shard
from functions.shared.domain.identity import LinkKeys, sign_token
from infra.local.stack import LocalStack
from tests.worlds.survey_world import BROWSER

pytestmark = pytest.mark.stack
_WRITE, _READ = TypeSerializer(), TypeDeserializer()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
A_PERSON = 2.2
"""Seconds: who sends the page faster is taken for a machine."""


@dataclass
class Phone:
    """A browser of one customer, as far as HTTP goes."""

    stack: LocalStack
    reminder: bool = False
    """Whether one is due; who has no address must not wait for it while other tests move the clock."""
    invitation: str = field(default_factory=lambda: str(uuid.uuid4()))
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=12, retries=False, timeout=30)
    )

    def __post_init__(self) -> None:
        now = int(self.stack.now().timestamp())
        values = {
            "invitation_id": self.invitation,
            "person": f"person-{self.invitation}",
            "address_key": f"address-{self.invitation}",
            "client": "vaart",
            "touchpoint": "schade",
            "interaction_id": self.invitation,
            "upload": "survey-page",
            "occurred_at": now - 86400,
            "imported_at": now - 7200,
            "planned_at": now - 3600,
            "accepted_at": now - 3600,
            "expires_at": now + 21 * 86400,
            "keep_until": now + 800 * 86400,
            "reminders_sent": 0,
            "state": "delivered",
            "rank": 40,
            "language": "nl",
        }
        if self.reminder:
            values |= {"due_shard": due_shard(self.invitation, "mail"), "due_at": now + 5 * 86400}
        self._client.put_item(
            TableName=self.stack.outputs.tables["Invitation"],
            Item={name: _WRITE.serialize(value) for name, value in values.items()},
        )

    @property
    def link(self) -> str:
        """Return the link in the mail."""
        return f"{self.stack.outputs.survey_url}/s/{sign_token(keys(self.stack), 'answer', self.invitation)}"

    @property
    def opt_out_link(self) -> str:
        """Return the opt-out link in the mail."""
        return f"{self.stack.outputs.survey_url}/u/{sign_token(keys(self.stack), 'opt-out', self.invitation)}"

    def request(self, method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:
        """Send a request and follow nothing."""
        return self.http.request(method, url, redirect=False, **more)

    def nonce(self, url: str) -> str:
        """Open a page and return its nonce."""
        found = re.search(r'name="page-nonce" value="([^"]+)"', self.request("GET", url).data.decode())
        assert found
        return found[1]

    def post(self, url: str, **fields: Any) -> urllib3.BaseHTTPResponse:
        """Post a form as a browser does."""
        parts = urlsplit(url)
        sent = {**FORM, **BROWSER, "Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
        return self.request(
            "POST", url, body=urlencode({k.replace("_", "-"): v for k, v in fields.items()}), headers=sent
        )

    def item(self, model: str, **key: str) -> dict[str, Any] | None:
        """Return an item of a table."""
        answer = self._client.get_item(
            TableName=self.stack.outputs.tables[model],
            Key={name: _WRITE.serialize(value) for name, value in key.items()},
            ConsistentRead=True,
        )
        return {name: _READ.deserialize(value) for name, value in answer["Item"].items()} if "Item" in answer else None

    def response(self) -> dict[str, Any] | None:
        """Return what was recorded."""
        return self.item("Response", invitation_id=self.invitation)

    @property
    def _client(self) -> Any:
        return self.stack.client("dynamodb")


def keys(stack: LocalStack) -> LinkKeys:
    """Return the deployed token keys, where the function finds them."""
    described = stack.client("lambda").get_function_configuration(FunctionName=stack.outputs.functions["survey"])
    secret = described["Environment"]["Variables"]["TOKEN_KEYS_SECRET"]
    found = json.loads(stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    return LinkKeys({int(version): key.encode() for version, key in found.items()})


@pytest.fixture
def phone(stack: LocalStack) -> Phone:
    return Phone(stack)


def test_an_answer_is_given_through_the_gateway_and_ends_the_reminders(stack: LocalStack) -> None:
    phone = Phone(stack, reminder=True)
    page = phone.request("GET", phone.link + "?score=9")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'value="9" checked' in page.data.decode()
    nonce = phone.nonce(phone.link)
    time.sleep(A_PERSON)

    answer = phone.post(phone.link, page_nonce=nonce, nps=9, why="Snel, vriendelijk & één keer gebeld")

    assert answer.status == 303
    thanks = phone.request("GET", urljoin(phone.link, answer.headers["Location"]))
    assert "Hartelijk dank" in thanks.data.decode()
    kept = phone.response()
    assert kept
    assert (kept["state"], kept["score"], kept["wave"]) == ("complete", 9, "first")
    assert json.loads(kept["answers"])["why"] == "Snel, vriendelijk & één keer gebeld"
    invitation = phone.item("Invitation", invitation_id=phone.invitation)
    assert invitation
    assert invitation["state"] == "completed"
    assert not {"due_at", "due_shard"} & set(invitation)


def test_twelve_posts_at_the_same_moment_are_one_response(phone: Phone) -> None:
    nonce = phone.nonce(phone.link)
    time.sleep(A_PERSON)

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda _: phone.post(phone.link, page_nonce=nonce, nps=8).status, range(12)))

    assert statuses == [303] * 12
    kept = phone.response()
    assert kept
    assert (kept["score"], kept["state"], "history" in kept) == (8, "complete", False)


def test_different_comments_at_the_same_moment_are_all_kept(phone: Phone) -> None:
    nonce = phone.nonce(phone.link)
    time.sleep(A_PERSON)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda n: phone.post(phone.link, page_nonce=nonce, nps=8, why=f"tab {n}"), range(5)))

    kept = phone.response()
    assert kept
    said = [entry["answers"]["why"] for entry in kept.get("history", [])] + [json.loads(kept["answers"])["why"]]
    assert sorted(said) == [f"tab {n}" for n in range(5)]


def test_a_machine_that_opens_everything_and_sends_at_once_counts_for_nothing(phone: Phone) -> None:
    for score in range(11):
        phone.request("GET", f"{phone.link}?score={score}")
        phone.request("HEAD", f"{phone.link}?score={score}")
    assert phone.response() is None

    answer = phone.post(phone.link, page_nonce=phone.nonce(phone.link), nps=0)

    assert answer.status == 422
    kept = phone.response()
    assert kept
    assert (kept["state"], kept["suspicion"]) == ("suspect", "too_fast")
    invitation = phone.item("Invitation", invitation_id=phone.invitation)
    assert invitation
    assert invitation["state"] == "delivered"


def test_one_click_of_a_mail_program_opts_out_at_once_and_a_visit_does_not(phone: Phone) -> None:
    person = f"person-{phone.invitation}"
    assert phone.request("GET", phone.opt_out_link).status == 200
    assert phone.item("OptOut", person=person) is None

    answer = phone.request("POST", phone.opt_out_link, body="List-Unsubscribe=One-Click", headers=FORM)

    assert answer.status == 200
    said = phone.item("OptOut", person=person)
    assert said
    assert (said["client"], said["how"]) == ("vaart", "one_click")
    back = phone.post(phone.opt_out_link, page_nonce=phone.nonce(phone.opt_out_link), page_action="back")
    assert back.status == 303
    assert phone.item("OptOut", person=person) is None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/s/unknown", 404), ("GET", "/", 404), ("GET", "/wp-login.php", 404), ("POST", "/s/unknown", 404)],
)
def test_whatever_is_not_there_is_a_page_too(phone: Phone, method: str, path: str, status: int) -> None:
    answer = phone.request(method, phone.stack.outputs.survey_url + path)

    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "<h1>" in answer.data.decode()


def test_two_hundred_and_twenty_customers_at_once_lose_no_answer_and_leave_the_system_up(stack: LocalStack) -> None:
    with ThreadPoolExecutor(20) as pool:
        phones = list(pool.map(lambda _: Phone(stack), range(220)))
        links = list(pool.map(lambda phone: phone.link, phones))

    def answer(phone: Phone, link: str) -> int:
        """Open the page, answer it, and press the button again where the page did not come; return the attempts."""
        nonce = ""
        for attempt in range(1, 8):
            try:
                if not nonce:
                    nonce = phone.nonce(link)
                    time.sleep(A_PERSON)
                if phone.post(link, page_nonce=nonce, nps=8, why=phone.invitation).status == 303:
                    return attempt
            except (AssertionError, urllib3.exceptions.HTTPError):
                time.sleep(attempt)
        return 0

    with ThreadPoolExecutor(len(phones)) as at_once:
        attempts = list(at_once.map(answer, phones, links))

    assert all(attempts), f"{attempts.count(0)} of {len(phones)} were never served"
    with ThreadPoolExecutor(20) as pool:
        kept = list(pool.map(Phone.response, phones))
    said = [json.loads(one["answers"]).get("why") if one else None for one in kept]
    assert said == [phone.invitation for phone in phones]
    assert Phone(stack).request("GET", phones[0].link).status == 200
