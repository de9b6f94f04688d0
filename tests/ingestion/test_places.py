"""Country and region: of people who agree and of nobody else, and no address anywhere."""

import json
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from config import env
from config.lib.redis import client as redis_client
from ingestion import doors, keys, places, sinks, spool
from ingestion.models import WriteKey
from ingestion.payload import read_item
from ingestion.places import UNKNOWN, Place
from tests.services import empty_redis

from . import mmdb
from .conftest import NOW, Sender, event, statuses

pytestmark = pytest.mark.django_db
VIENNA, LONDON = "203.0.113.77", "2001:db8:1:2::99"


@pytest.fixture
def database(tmp_path, settings):
    """A file that knows two networks."""
    path = tmp_path / "places.mmdb"
    mmdb.write(
        path,
        {
            "203.0.113.0/24": {"country": {"iso_code": "AT"}, "subdivisions": [{"iso_code": "9"}]},
            "2001:db8:1::/48": {"country_code": "GB", "region_code": "GB-ENG"},
            "198.51.100.0/24": {"country": "DE"},
        },
    )
    settings.GEO_DATABASE = str(path)
    return path


@pytest.fixture
def header(settings):
    settings.GEO_COUNTRY_HEADER, settings.GEO_REGION_HEADER = "CF-IPCountry", "CF-Region-Code"


def agreeing(**more):
    return {"event_name": "post_created", "user_id": "ada", "privacy": {"consent_given": True}} | more


@pytest.fixture
def send(client, write_key):
    def send(value, address=VIENNA, **headers):
        return client.post(
            "/api/events",
            json.dumps(value),
            "application/json",
            headers={"Authorization": f"Bearer {write_key}"} | headers,
            REMOTE_ADDR=address,
        )

    return send


def where(sender):
    return sender.stored("country", "region")


class TestConsent:
    def test_whoever_agrees_in_the_event_has_a_country(self, send, sender, database):
        assert statuses(send(agreeing())) == ["accepted"]
        assert where(sender) == [("AT", "9")]

    def test_a_stored_answer_counts_as_well(self, send, sender, database):
        send({"event_name": "user_consent_update", "user_id": "ada", "properties": {"analytics": True}})
        send({"event_name": "post_created", "user_id": "ada"})
        assert where(sender) == [("AT", "9")] * 2

    @pytest.mark.parametrize("value", [event(), event(user=None), agreeing(user_id=None)])
    def test_who_was_never_asked_and_who_is_nobody_have_none(self, send, sender, database, value):
        assert statuses(send(value)) == ["accepted"]
        assert where(sender) == [(None, None)]

    def test_whoever_refused_has_none_whatever_the_event_says(self, send, sender, database):
        send({"event_name": "user_consent_update", "user_id": "ada", "properties": {"analytics": False}})
        assert statuses(send(agreeing())) == ["rejected"]
        assert where(sender) == [(None, None)]

    def test_agreeing_to_something_else_is_not_agreeing_to_this(self, send, sender, database):
        send(event(context={"consent": {"categoryPreferences": {"marketing": True}}}))
        assert where(sender) in ([(None, None)], [])

    def test_each_person_of_a_batch_for_themselves(self, send, sender, database):
        send([agreeing(), event(user="bob")])
        assert sorted(where(sender), key=str) == [("AT", "9"), (None, None)]


class TestWhere:
    def test_nothing_is_known_where_nothing_is_set_up(self, send, sender):
        send(agreeing(), **{"CF-IPCountry": "AT"})
        assert where(sender) == [(None, None)]

    @pytest.mark.parametrize(
        ("address", "place"),
        [(VIENNA, ("AT", "9")), (LONDON, ("GB", "ENG")), ("198.51.100.1", ("DE", None)), ("192.0.2.1", (None, None))],
    )
    def test_the_network_of_the_caller_is_looked_up(self, send, sender, database, address, place):
        send(agreeing(), address)
        assert where(sender) == [place]

    @pytest.mark.parametrize(
        ("country", "region", "place"),
        [
            ("AT", "9", ("AT", "9")),
            ("us", "CA", ("US", "CA")),
            ("AT", "at-9", ("AT", "9")),
            ("XX", "9", (None, None)),
            ("T1", "", (None, None)),
            ("Austria", "9", (None, None)),
            ("AT", "<script>", ("AT", None)),
        ],
    )
    def test_the_header_of_the_proxy_is_believed_where_it_is_named(self, send, sender, header, country, region, place):
        send(agreeing(), **{"CF-IPCountry": country, "CF-Region-Code": region})
        assert where(sender) == [place]

    def test_the_database_is_asked_where_the_header_says_nothing(self, send, sender, header, database):
        send(agreeing(), **{"CF-IPCountry": "XX"})
        assert where(sender) == [("AT", "9")]

    def test_the_segment_door_tells_it_too(self, client, write_key, sender, database):
        consent = {"consent": {"categoryPreferences": {"analytics": True}}}
        body = {"batch": [event(context=consent)], "writeKey": write_key}
        client.post("/v1/batch", json.dumps(body), "text/plain", REMOTE_ADDR=VIENNA)
        assert where(sender) == [("AT", "9")]

    def test_a_server_key_says_whom_it_speaks_for_and_is_nowhere_itself(self, sender, database):
        factory = RequestFactory()
        server = Sender(sender.source)
        found = places.of_request(factory.post("/", REMOTE_ADDR=VIENNA), server.context)
        assert (found.country, found.region) == (None, None)
        server.send(agreeing(context={"ip": LONDON}), agreeing(event_id="2"))
        assert sorted(where(sender), key=str) == [("GB", "ENG"), (None, None)]

    def test_a_client_key_cannot_say_where_it_is(self, send, sender, database):
        send(agreeing(context={"ip": LONDON}), "192.0.2.1")
        assert where(sender) == [(None, None)]


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "kept"),
        [
            ("203.0.113.77", "203.0.113.0"),
            (" 203.0.113.77 ", "203.0.113.0"),
            ("2001:db8:1:2::99", "2001:db8:1::"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("nonsense", None),
            ("", None),
            ("fe80::1%eth0", "fe80::"),
        ],
    )
    def test_the_last_octet_and_the_last_80_bits_are_cut(self, address, kept):
        assert places.cut(address) == kept
        if kept is not None:
            assert places.cut(kept) == kept

    def test_they_are_cut_wherever_they_stand_in_the_text_of_an_event(self):
        text = b'{"context": {"ip":"203.0.113.77", "n": {"ip_address" : "x\\"y"}}, "ipAddress": "2001:db8:1:2::99"}'
        cut = places.cut_in_text(text)
        assert json.loads(cut) == {
            "context": {"ip": "203.0.113.0", "n": {"ip_address": None}},
            "ipAddress": "2001:db8:1::",
        }
        assert places.cut_in_text(cut) == cut

    def test_no_table_holds_one(self, sender, database):
        Sender(sender.source).send(agreeing(context={"ip": VIENNA, "ipAddress": VIENNA}), {"x": 1, "ip": VIENNA})
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text LIKE %s', [f"%{VIENNA}%"])
                assert cursor.fetchone() == (0,), table


class TestSpool:
    @pytest.fixture(autouse=True)
    def _empty(self):
        empty_redis()
        yield
        empty_redis()

    @pytest.mark.parametrize("scope", WriteKey.Scope.values)
    def test_what_waits_holds_no_address_and_gets_its_country_and_its_id_all_the_same(
        self, sender, database, monkeypatch, scope
    ):
        def refuse(_):
            raise OperationalError("the server closed the connection")

        source = places.of_request(
            RequestFactory().post("/", REMOTE_ADDR=VIENNA), keys.context_of(sender.source, scope)
        )
        value = agreeing(context={"ip": VIENNA}, timestamp="2026-03-02T11:00:00Z")
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [refuse])
        (answer,) = doors.take([read_item(json.dumps(value).encode())], source, NOW)
        ((_, fields),) = redis_client().xrange(spool.KEY)
        assert VIENNA.encode() not in fields[spool.FIELD]
        assert places.cut(VIENNA).encode() in fields[spool.FIELD]
        monkeypatch.setattr(sinks, "IN_TRANSACTION", [])
        doors.forget()
        spool.drain(print, patience_seconds=0)
        assert sender.stored("event_id", "country", "region") == [(answer.event_id, "AT", "9")]


class TestFile:
    def test_a_newer_file_in_its_place_is_noticed(self, database):
        assert places.of_address("203.0.113.0") == Place("AT", "9")
        mmdb.write(database, {"203.0.113.0/24": {"country": {"iso_code": "CH"}}})
        os.utime(database, (1, 1))
        places._version.cache_clear()
        assert places.of_address("203.0.113.0") == Place("CH", None)

    @pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
    def test_a_damaged_one_is_told_once_and_stops_nothing(self, database, caplog, content):
        database.write_bytes(content)
        places._version.cache_clear()
        assert places.of_address("203.0.113.0") == places.of_address("198.51.100.0") == UNKNOWN
        assert caplog.text.count("GEO_DATABASE cannot be read") == 1

    def test_one_that_is_gone_stops_nothing(self, database):
        database.unlink()
        places._version.cache_clear()
        assert places.of_address("203.0.113.0") == UNKNOWN

    def test_the_setting_must_name_a_file(self, monkeypatch, tmp_path):
        monkeypatch.setenv("GEO_DATABASE", str(tmp_path / "missing.mmdb"))
        with pytest.raises(ImproperlyConfigured, match="GEO_DATABASE"):
            env.file("GEO_DATABASE")
        monkeypatch.delenv("GEO_DATABASE")
        assert env.file("GEO_DATABASE") == ""


def test_knowing_places_costs_no_query_more(sender, database, settings):
    counts = []
    for path in (str(database), ""):
        settings.GEO_DATABASE = path
        sender.send(agreeing(event_id=f"first {path}"))
        with CaptureQueriesContext(connection) as queries:
            sender.send(*(agreeing(event_id=f"{number} {path}", user_id=f"u{number}") for number in range(50)))
        counts.append(len(queries))
    assert counts[0] == counts[1]
