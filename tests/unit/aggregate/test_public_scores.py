"""Published scores: what they say, how they are signed and chained, and who is not told of."""

import base64
import json
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from functions.aggregate.public_scores import ScorePublication, release_key
from functions.shared.adapters.score_signatures import BadSignature, ScoreKeys, verified
from functions.shared.domain import object_keys
from functions.shared.domain.public_score import WHOLE, release_hash
from operations.verify_score import NotVerified, main, read_keys, verify
from tests.worlds.aggregate_world import NOW, Clients, World, bundle

WEEK = timedelta(weeks=1)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "room", bundle(public_score=True))
    answered(world, "a", 30)
    return world


def answered(world, prefix, n, touchpoint="claims", day="2026-11-12", score=None):
    world.put(
        *(
            world.invitation(f"{prefix}{number}", "2026-10-20T10:00", touchpoint=touchpoint, delivered_at=1)
            for number in range(n)
        )
    )
    world.put(
        *(
            world.response(
                f"{prefix}{number}",
                (10 if number % 3 else 4) if score is None else score,
                f"{day}T10:00",
                touchpoint=touchpoint,
            )
            for number in range(n)
        )
    )


def released(world, place=WHOLE):
    prefix = object_keys.public_score("acme", place, "release-")
    return [json.loads(body)["score"] for _, body in sorted(world.bucket.under(prefix).items())]


def file(world, name, place=WHOLE):
    return world.bucket.objects[object_keys.public_score("acme", place, name)][0].decode()


def with_touchpoint(own, **places):
    return own.model_copy(
        update={
            "touchpoints": {
                name: touchpoint.model_copy(update={"public_score": places.get(name, False)})
                for name, touchpoint in own.touchpoints.items()
            }
        }
    )


def test_a_score_is_published_with_its_interval_period_and_response(world):
    world.run()

    (score,) = released(world)
    assert score["nps"] == {"score": 33, "interval": {"confidence": 0.95, "low": -1, "high": 62}}
    assert (score["answers"], score["response"]) == (30, {"completed": 30, "delivered": 30})
    assert score["period"] == {"first_day": "2025-11-16", "last_day": "2026-11-15", "time_zone": "Europe/Amsterdam"}
    assert (score["release"], score["previous"], score["touchpoint"]) == (1, "", None)
    assert json.loads(file(world, "latest.json"))["score"] == score


def test_a_week_has_one_release_and_each_names_the_one_before(world):
    world.run(report=True)
    world.run(report=True, now=NOW + timedelta(hours=3))
    assert len(released(world)) == 1

    answered(world, "b", 12, day="2026-11-18", score=9)
    world.run(now=NOW + WEEK)

    first, second = released(world)
    assert (second["release"], second["answers"], second["period"]["last_day"]) == (2, 42, "2026-11-22")
    payload = json.loads(world.bucket.objects[release_key("acme", WHOLE, 1)][0])["payload"]
    assert second["previous"] == release_hash(base64.urlsafe_b64decode(payload + "=="))
    assert first["answers"] == 30


def test_what_was_published_never_changes(world):
    world.run()
    before = world.bucket.objects[release_key("acme", WHOLE, 1)]
    answered(world, "b", 12, day="2026-11-10", score=0)

    world.run(report=True, now=NOW + timedelta(hours=3))

    assert world.bucket.objects[release_key("acme", WHOLE, 1)] == before


def test_nothing_is_published_unasked_or_of_too_few(tmp_path):
    unasked = World(tmp_path / "unasked", bundle())
    few = World(tmp_path / "few", bundle(public_score=True))
    answered(unasked, "a", 30)
    answered(few, "a", 9)

    unasked.run()
    few.run()

    assert not unasked.bucket.under(object_keys.PUBLIC_SCORES)
    assert not few.bucket.under(object_keys.PUBLIC_SCORES)


def test_a_touchpoint_is_published_by_itself_and_taken_back(world):
    answered(world, "s", 20, "service", score=9)
    world.clients = Clients(with_touchpoint(bundle(version="2"), service=True))
    world.run()

    (score,) = released(world, "service")
    assert (score["touchpoint"], score["answers"]) == ({"id": "service", "name": "Klantenservice"}, 20)
    assert not released(world)

    world.clients = Clients(bundle(version="3"))
    world.run(now=NOW + timedelta(minutes=9))

    assert set(world.bucket.under(f"{object_keys.PUBLIC_SCORES}acme/")) == {release_key("acme", "service", 1)}


def test_a_rate_that_would_tell_of_a_small_rest_is_left_out(world):
    answered(world, "s", 2, "service")
    world.clients = Clients(with_touchpoint(bundle(version="2", public_score=True), claims=True))

    world.run()

    (claims,), (whole,) = released(world, "claims"), released(world)
    assert claims["response"] == {"completed": 0, "delivered": 0}
    assert whole["response"]["delivered"] == 32
    assert whole["answers"] == claims["answers"] == 30, "Two wait for others: subtraction finds nobody."


def test_the_page_and_the_badge_say_what_was_signed(world):
    world.run()

    page, badge = file(world, "index.html"), file(world, "badge.svg")
    assert "+33" in page
    assert "30 antwoorden van 16 november 2025 tot en met 15 november 2026" in page
    (data,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    rating = json.loads(data)["aggregateRating"]
    assert (rating["ratingValue"], rating["bestRating"], rating["worstRating"], rating["ratingCount"]) == (
        33,
        100,
        -100,
        30,
    )
    drawn = ET.fromstring(badge)  # noqa: S314  (our own)
    assert drawn.attrib["role"] == "img"
    assert "+33" in drawn.attrib["aria-label"]


def test_a_name_is_text_wherever_it_stands(tmp_path):
    world = World(tmp_path / "room", bundle(public_score=True, name='<b>"A&B"</b></script>'))
    answered(world, "a", 30)

    world.run()

    page = file(world, "index.html")
    assert "<b>" not in page
    assert page.count("</script>") == 1
    ET.fromstring(file(world, "badge.svg"))  # noqa: S314  (our own)


def test_a_run_that_broke_off_after_the_release_shows_it_the_next_time(world):
    world.run()
    for name in ("index.html", "badge.svg", "latest.json"):
        world.bucket.delete([object_keys.public_score("acme", WHOLE, name)])

    world.run(report=True, now=NOW + timedelta(hours=1))

    assert len(released(world)) == 1
    assert json.loads(file(world, "latest.json"))["score"]["release"] == 1


# --- signatures


def signed_twice(world):
    world.run()
    answered(world, "b", 12, day="2026-11-18", score=9)
    world.run(now=NOW + WEEK)


class Site:
    """A site that serves a bucket, perhaps not as it was."""

    def __init__(self, world, **changed):
        self._world = world
        self._changed = changed

    def figures(self, release=None):
        number = release or len(released(self._world))
        body = self._world.bucket.objects[release_key("acme", WHOLE, number)][0]
        return self._changed.get(f"release_{number}", lambda text: text)(body)


def keys_of(world):
    return read_keys(world.bucket.objects[object_keys.score_keys()][0])


def test_a_score_is_verified_with_nothing_but_its_public_key(world):
    signed_twice(world)

    releases = verify(Site(world), keys_of(world))

    assert [one["release"] for one in releases] == [2, 1]


def test_any_jose_library_can_check_it(world):
    """As RFC 7515 and RFC 8037 say, without our code."""
    world.run()
    told = json.loads(file(world, "latest.json"))
    decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))  # noqa: E731
    (key,) = json.loads(world.bucket.objects[object_keys.score_keys()][0])["keys"]

    assert json.loads(decode(told["protected"])) == {"alg": "EdDSA", "kid": key["kid"]}
    Ed25519PublicKey.from_public_bytes(decode(key["x"])).verify(
        decode(told["signature"]), f"{told['protected']}.{told['payload']}".encode()
    )
    assert json.loads(decode(told["payload"])) == told["score"]


def changed(body, **values):
    told = json.loads(body)
    return json.dumps(told | values).encode()


@pytest.mark.parametrize(
    ("release", "change", "why"),
    [
        ("release_2", lambda body: changed(body, score={**json.loads(body)["score"], "answers": 9}), "beside"),
        ("release_2", lambda body: changed(body, payload=json.loads(body)["payload"][:-4] + "AAAA"), "signature"),
        ("release_2", lambda body: changed(body, signature="AAAA"), "signature"),
        ("release_2", lambda _: b"<html>", "no signed score"),
        ("release_2", lambda body: changed(body, protected=_header({"alg": "none", "kid": "x"})), "Ed25519"),
        ("release_2", lambda body: changed(body, protected=_header({"alg": "EdDSA", "kid": "x"})), "not among"),
    ],
)
def test_what_was_changed_is_not_verified(world, release, change, why):
    signed_twice(world)

    with pytest.raises(BadSignature, match=why):
        verify(Site(world, **{release: change}), keys_of(world))


def _header(header):
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


def test_an_earlier_release_cannot_be_exchanged(world):
    """Even by who has the key."""
    signed_twice(world)
    score = released(world)[0]
    payload = json.dumps(score | {"answers": 300}, sort_keys=True, separators=(",", ":")).encode()
    forged = world.score_keys.sign(payload).to_json()

    with pytest.raises(NotVerified, match="was changed"):
        verify(Site(world, release_1=lambda _: forged), keys_of(world))


def test_another_key_is_not_trusted_and_an_earlier_one_still_is(world):
    signed_twice(world)
    rotated = ScoreKeys({1: b"secret", 2: b"newer"})
    answered(world, "c", 12, day="2026-11-25", score=9)
    world.score_keys = rotated
    world.run(now=NOW + 2 * WEEK)

    assert [one["release"] for one in verify(Site(world), keys_of(world))] == [3, 2, 1]
    with pytest.raises(BadSignature, match="not among"):
        verified(file(world, "latest.json").encode(), read_keys(ScoreKeys({1: b"other"}).key_set()))


def test_two_runs_at_once_release_once(world):
    world.run()
    one = ScorePublication(world.bucket, world.score_keys)
    write_if, taken = world.bucket.write_if, []

    def late(key, body, etag):
        taken.append(key)
        return False

    world.bucket.write_if = late
    world.bucket.delete([release_key("acme", WHOLE, 1)])
    from functions.aggregate.public_scores import make_public_scores

    folder = world.room / "look"
    world.bucket.fetch(world.bucket.under("datasets/"), folder)
    own = world.clients.load("acme")
    assert one.publish(own, make_public_scores(own, folder, NOW), NOW) == 0
    assert taken == [release_key("acme", WHOLE, 1)]
    world.bucket.write_if = write_if


@pytest.mark.parametrize("url", ["https://acme.example/elsewhere", "ftp://acme.example/score/acme"])
def test_an_address_that_is_none_is_named(url, capsys):
    assert main([url]) == 1
    assert "is no address of a published score" in capsys.readouterr().err
