"""The code to paste: in which of it a key stands, on the page of a source and in docs/howto."""

import re

import pytest

from config.models import Role
from ingestion import snippets
from ingestion.snippets import CLIENT, SENDERS, SERVER
from tests.factories.config import MemberFactory
from tests.factories.ingestion import SourceFactory
from tests.house.conftest import ROOT
from tests.pages import confirm, log_in, url

PAGES = {path.name: path.read_text() for path in sorted((ROOT / "docs" / "howto").glob("send-*.md"))}
senders = pytest.mark.parametrize("sender", SENDERS, ids=lambda sender: sender.name)


@senders
@pytest.mark.parametrize("address", ["https://agora.example", "http://localhost:8000/"])
def test_the_address_and_the_key_stand_in_it(sender, address):
    snippet = snippets.render(sender, address, "awk_the-key")
    assert '"awk_the-key"' in snippet.code or "Bearer awk_the-key" in snippet.code
    assert snippet.placeholder == ""
    assert address.rstrip("/") in snippet.code
    assert not re.search(r"YOUR_|&\w+;|example//|8000//|\{\{", snippet.code)


@senders
def test_without_a_key_a_placeholder_stands_in_its_place(sender):
    snippet = snippets.render(sender, "https://agora.example")
    assert snippet.placeholder == {"server": "YOUR_SERVER_KEY", "client": "YOUR_CLIENT_KEY"}[sender.scope]
    assert snippet.placeholder in snippet.code


@pytest.mark.parametrize(
    ("scope", "filled"),
    [(CLIENT, {"browser", "react-native", "curl"}), (SERVER, {"python", "node", "curl"}), ("", set())],
)
def test_a_server_key_stands_in_no_page_and_no_app(scope, filled):
    key = "ask_secret" if scope else ""
    found = list(snippets.of_source("https://agora.example", scope, key))
    assert len(found) == len(SENDERS)
    assert {snippet.sender.name for snippet in found if not snippet.placeholder} == filled
    assert {snippet.sender.name for snippet in found if "ask_secret" in snippet.code} == filled


def test_an_address_that_is_not_encrypted_is_allowed_in_the_app_for_development_only():
    sender = next(sender for sender in SENDERS if sender.name == "react-native")
    assert "allowInsecureProxy" in snippets.render(sender, "http://localhost:8000").code
    assert "allowInsecureProxy" not in snippets.render(sender, "https://agora.example").code


class TestPages:
    @senders
    def test_each_has_a_page_with_what_the_template_says(self, sender):
        code = snippets.render(sender, snippets.EXAMPLE_URL).code
        holding = [name for name, page in PAGES.items() if f"\n{code}\n```\n" in page]
        assert len(holding) == 1
        assert sender.install in PAGES[holding[0]]

    def test_a_block_is_filled_and_nothing_else_is_touched(self):
        mark = "<!-- templates/snippets/curl.txt, by `manage.py reference` -->"
        page = f"# A\n\n{mark}\n```sh\nold\n```\n\n```sh\nmine\n```\n"
        filled = snippets.filled(page)
        assert "old" not in filled
        assert "curl https://agora.example/api/events" in filled
        assert filled.endswith("\n```\n\n```sh\nmine\n```\n")
        assert snippets.filled(filled) == filled
        assert [name for name, text in PAGES.items() if snippets.filled(text) != text] == []

    def test_a_page_that_names_no_snippet_stays_as_it_is(self):
        assert snippets.filled("# A\n\n```sh\nmine\n```\n") == "# A\n\n```sh\nmine\n```\n"


@pytest.mark.django_db
class TestAdmin:
    @pytest.fixture
    def member(self):
        return MemberFactory(role=Role.ADMIN)

    @pytest.fixture
    def source(self, member):
        return SourceFactory(workspace=member.workspace)

    def test_the_page_of_a_source_shows_all_of_them_with_its_address_and_no_key(self, member, source):
        page = log_in(member.user).get(url(source, "change"), headers={"Host": "localhost:8000"})
        assert [snippet.sender.title for snippet in page.context["snippets"]] == [sender.title for sender in SENDERS]
        text = page.content.decode()
        assert "host=&quot;http://localhost:8000&quot;" in text
        assert "YOUR_SERVER_KEY</code>: keys are not kept" in text
        assert "<q>New server key</q>, above" in text
        assert "Pages of every site may send" in text

    def test_somebody_who_may_make_no_keys_is_told_whom_to_ask(self, member, source):
        viewer = MemberFactory(workspace=member.workspace, role=Role.ANALYST)
        text = log_in(viewer.user).get(url(source, "change")).content.decode()
        assert "YOUR_SERVER_KEY" in text
        assert "Ask an administrator" in text
        assert "<q>New server key</q>" not in text

    def test_sites_that_may_send_are_named(self, member, source):
        source.allowed_origins = ["https://app.example"]
        source.save()
        assert (
            "Pages of https://app.example may send" in log_in(member.user).get(url(source, "change")).content.decode()
        )

    def test_a_source_that_is_only_being_added_has_none(self, member):
        page = log_in(member.user).get("/admin/ingestion/source/add/")
        assert page.status_code == 200
        assert "YOUR_SERVER_KEY" not in page.content.decode()

    @pytest.mark.parametrize(("action", "opened"), [("new_client_key", "browser"), ("new_server_key", "python")])
    def test_a_key_that_was_just_made_stands_in_the_code_of_its_scope(self, member, source, action, opened):
        answer = confirm(log_in(member.user), source, action)
        text = answer.content.decode()
        assert answer.context["opened"].sender.name == opened
        assert answer.context_data["key"] in answer.context["opened"].code
        assert text.count('hx-swap-oob="true"') == 1
        assert answer.context["opened"].placeholder == ""
