"""cdc_sql prints SQL for the team's own database, and what that does there."""

import json
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command

from ingestion import cdc

from .team import script

# Only the tests that ask for the team's database need one.


def test_rows_inserted_updated_and_deleted_become_events_in_their_order(team):
    team.follow("posts", "--event-name", "post", "--key", "id", "--person", "author_id")
    team.run("INSERT INTO posts (author_id, title, score) VALUES (7, 'Hello', 1.5)")
    team.run("UPDATE posts SET title = 'Hi', score = NULL")
    team.run("DELETE FROM posts")
    assert team.waiting("event_name", "user_id", "properties") == [
        ("post_created", "7", {"id": 1, "author_id": 7, "title": "Hello", "score": 1.5, "object_id": "1"}),
        ("post_updated", "7", {"id": 1, "author_id": 7, "title": "Hi", "object_id": "1"}),
        ("post_deleted", "7", {"id": 1, "author_id": 7, "title": "Hi", "object_id": "1"}),
    ]
    library = {"name": "agora.outbox", "table": "public.posts"}
    assert [context for (context,) in team.waiting("context")] == [
        {"library": library},
        {"library": library, "changed": ["score", "title"]},
        {"library": library},
    ]
    ids = {event_id for (event_id,) in team.waiting("event_id")}
    assert len(ids) == 3


def test_an_event_is_there_only_if_its_row_is(team):
    team.follow()
    with team.connection.transaction(force_rollback=True):
        team.run("INSERT INTO posts (title) VALUES ('never')")
        assert len(team.waiting()) == 1
    assert team.waiting() == []


def test_an_update_that_changes_nothing_that_is_taken_is_no_event(team):
    team.follow("posts", "--columns", "id", "title")
    team.run("INSERT INTO posts (title) VALUES ('a')")
    team.run("UPDATE posts SET score = 3")
    team.run("UPDATE posts SET title = title")
    assert team.waiting() == [("posts_created",)]


def test_the_script_may_be_run_again_and_again(team):
    for _ in range(3):
        team.follow()
    team.run("INSERT INTO posts (title) VALUES ('a')")
    team.follow("posts", "--event-name", "article")
    team.run("INSERT INTO posts (title) VALUES ('b')")
    assert team.waiting() == [("posts_created",), ("article_created",)]


def test_several_tables_share_one_outbox_in_order(team):
    team.run("CREATE TABLE likes (post_id bigint)")
    team.follow("posts")
    team.follow("likes", "--event-name", "like")
    team.run("INSERT INTO posts (title) VALUES ('a')")
    team.run("INSERT INTO likes VALUES (1)")
    team.run("UPDATE posts SET title = 'b'")
    assert team.waiting() == [("posts_created",), ("like_created",), ("posts_updated",)]


class TestPersonalData:
    def test_columns_that_look_like_it_are_left_out_also_those_that_come_later(self, team):
        team.follow()
        team.run('ALTER TABLE posts ADD phone_number text, ADD "emailAddress" text, ADD ip text, ADD shipped int')
        team.run(
            'INSERT INTO posts (title, email, phone_number, "emailAddress", ip, shipped)'
            " VALUES ('a', 'ada@example.com', '1', 'ada@example.com', '192.0.2.1', 1)"
        )
        assert team.waiting("properties") == [({"id": 1, "title": "a", "shipped": 1},)]

    def test_excluded_columns_are_left_out_as_well(self, team):
        team.follow("posts", "--exclude", "title", "score")
        team.run("INSERT INTO posts (author_id, title, score, email) VALUES (7, 'a', 1, 'ada@example.com')")
        assert team.waiting("properties") == [({"id": 1, "author_id": 7},)]

    def test_named_columns_are_taken_and_the_command_warns_of_those_that_look_personal(self, team):
        errors = StringIO()
        call_command("cdc_sql", "posts", "--columns", "id", "email", stdout=StringIO(), stderr=errors)
        assert "email" in errors.getvalue()
        team.follow("posts", "--columns", "id", "email")
        team.run("INSERT INTO posts (title, email) VALUES ('a', 'ada@example.com')")
        assert team.waiting("properties") == [({"id": 1, "email": "ada@example.com"},)]

    @pytest.mark.parametrize(
        "column", ["email", "Email", "user_e_mail", "password_hash", "api_token", "first_name", "ip", "last_ip", "dob"]
    )
    def test_what_counts_as_personal(self, column):
        assert cdc.personal([column]) == [column]

    @pytest.mark.parametrize("column", ["id", "title", "name", "shipped", "description", "created_at", "tip"])
    def test_what_does_not(self, column):
        assert cdc.personal([column]) == []


class TestNames:
    """Every name goes through the quoting of psycopg."""

    def test_the_oddest_names_are_followed_and_do_no_harm(self, team):
        team.follow(
            "it's; DROP",
            *("--schema", 'Odd "fine" place', "--event-name", "it's\\ $capture$ 'x'"),
            *("--key", "Id'", "part", "--person", 'a "b" c'),
        )
        team.run('INSERT INTO "Odd ""fine"" place"."it\'s; DROP" VALUES (1, \'me\', 2)')
        assert team.waiting("event_name", "user_id", "properties") == [
            ("it's\\ $capture$ 'x'_created", "me", {"Id'": 1, 'a "b" c': "me", "part": 2, "object_id": "1:2"})
        ]

    @pytest.mark.parametrize(
        ("words", "place"),
        [
            (["posts"], '"public"."posts"'),
            (["forum.posts"], '"forum"."posts"'),
            (["forum.posts", "--schema", "public"], '"public"."forum.posts"'),
        ],
        ids=["table", "schema and table", "dot in the name"],
    )
    def test_a_table_is_named_with_its_schema_or_without(self, words, place):
        assert f"ON {place}\n" in script(*words)
        assert script(*words, "--remove").count(place) == 1

    @pytest.mark.parametrize("words", [[".posts"], ["forum."]])
    def test_half_a_name_is_refused(self, words):
        with pytest.raises(CommandError, match="a name and a schema"):
            script(*words)

    def test_the_script_that_removes_takes_the_trigger_alone(self, team):
        team.follow()
        team.run("INSERT INTO posts (title) VALUES ('a')")
        team.run(script("posts", "--remove"))
        team.run("INSERT INTO posts (title) VALUES ('b')")
        assert team.waiting() == [("posts_created",)]

    @pytest.mark.parametrize(
        "words",
        [
            ["x" * 64],
            ["a\x00b"],
            [""],
            ["posts", "--schema", "ä" * 32],
            ["posts", "--role", "x" * 64],
            ["posts", "--columns", "y" * 64],
            ["posts", "--event-name", "e" * 193],
            ["posts", "--columns", "id", "title", "--exclude", "id"],
        ],
    )
    def test_a_name_that_postgresql_would_cut_or_misread_is_refused(self, words):
        with pytest.raises(CommandError):
            script(*words)


class TestRights:
    def test_whoever_writes_the_table_needs_no_right_on_the_outbox(self, team):
        team.follow()
        team.run("CREATE ROLE agora_test_app; GRANT INSERT ON posts TO agora_test_app")
        try:
            team.run("SET ROLE agora_test_app")
            team.run("INSERT INTO posts (title) VALUES ('a')")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                team.waiting()
        finally:
            team.run("RESET ROLE; DROP OWNED BY agora_test_app; DROP ROLE agora_test_app")
        assert team.waiting() == [("posts_created",)]

    def test_the_role_of_agora_may_lock_and_delete_in_the_outbox_and_nothing_else(self, team):
        team.run('CREATE ROLE "agora test reader"')
        try:
            team.follow("posts", "--role", "agora test reader")
            team.run("INSERT INTO posts (title) VALUES ('a')")
            team.run('SET ROLE "agora test reader"')
            assert team.run("SELECT event_name FROM agora.outbox FOR UPDATE SKIP LOCKED") == [("posts_created",)]
            team.run("DELETE FROM agora.outbox")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                team.run("SELECT * FROM posts")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                team.put()
        finally:
            team.run('RESET ROLE; DROP OWNED BY "agora test reader"; DROP ROLE "agora test reader"')


@pytest.mark.parametrize("column", ["json", "point", "bytea", "int[]", "tsvector", "timestamptz", "float8"])
def test_columns_of_any_type_are_followed(team, column):
    """Types without an equality of their own, too."""
    team.run(f"ALTER TABLE posts ADD extra {column}")
    team.follow("posts", "--columns", "extra")
    value = {"json": '{"a": 1}', "point": "(1,2)", "int[]": "{1,2}", "timestamptz": "infinity", "float8": "NaN"}
    team.run("INSERT INTO posts (extra) VALUES (%s)", value.get(column, "x"))
    team.run("UPDATE posts SET title = 'b'")
    ((properties,),) = team.waiting("properties")
    assert "extra" in properties
    assert json.dumps(properties)
