"""Without a model, documents answer: the passage that fits, and its source; else the truth."""

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from chatterkeep.answerers.documents import UNKNOWN
from chatterkeep.domain.inbox import Filters
from chatterkeep.domain.outcome import Outcome
from chatterkeep.domain.search import read_query
from chatterkeep.services.wiring import Services
from chatterkeep.settings import Settings
from tests import databases
from tests.documents import ADA, add_document
from tests.make import NOW, make_inbound, make_settings
from tests.services.test_replies import ended, lines_of

pytestmark = databases.both


@pytest.fixture
def settings(data_dir: Path, database_url: str) -> Settings:
    return make_settings(data_dir=data_dir, database_url=database_url, flow="assistant")


def ask(services: Services, question: str) -> Outcome:
    return services.turns.receive(make_inbound(text=question), NOW)


def test_a_passage_answers_and_is_named_as_the_source(services: Services) -> None:
    add_document(services)
    outcome = ask(services, "Are you open on Sundays?")
    assert ended(services, outcome).failure is None
    answer = lines_of(services, outcome)[-1]
    assert answer.text == (
        "> The shop in Harbour Street is open Monday to Friday from 9 to 18, and on Saturday from 10 to 14. "
        "We are closed on Sundays and on public holidays. [1]"
    )
    assert [(source.number, source.title) for source in answer.basis.sources] == [(1, "Opening hours")]
    assert services.knowledge.passage(answer.basis.sources[0].passage_id).label == "Opening hours"


def test_what_the_documents_do_not_say_is_not_made_up(services: Services) -> None:
    add_document(services)
    outcome = ask(services, "Do you sell pizza?")
    ended(services, outcome)
    assert lines_of(services, outcome)[-1].text == f"{UNKNOWN}\n\nI can tell you about: Opening hours."
    assert not lines_of(services, outcome)[-1].basis


def test_without_documents_the_flow_says_its_own_text_at_once(services: Services) -> None:
    outcome = ask(services, "Are you open on Sundays?")
    assert [line.text for line in lines_of(services, outcome)][-1].startswith("No language model is connected here")


def test_a_document_added_while_it_runs_is_used_from_then_on(services: Services) -> None:
    ask(services, "Are you open on Sundays?")
    add_document(services)
    outcome = ask(services, "Are you open on Sundays?")
    ended(services, outcome)
    assert lines_of(services, outcome)[-1].basis.sources


def test_markdown_is_quoted_as_it_is_written(services: Services) -> None:
    table = "| Drink | Price |\n|---|---|\n| **Coffee** | 4 dollars |"
    add_document(
        services, title="Menu", origin="menu.md", text=f"# Menu\n\nPrices in [dollars](https://a.example):\n\n{table}\n"
    )
    outcome = ask(services, "coffee?")
    ended(services, outcome)
    quoted = table.replace("\n", "\n> ")
    assert lines_of(services, outcome)[-1].text == (
        f"> Prices in [dollars](https://a.example):\n>\n> {quoted}\n>\n> [1]"
    )


def test_where_nothing_shows_markdown_the_answer_is_plain(services: Services) -> None:
    text = (
        "Vouchers are valid for two years! Order at shop_orders@cafe.example - or at https://cafe.example/gift_vouchers"
    )
    add_document(services, title="Vouchers", origin="vouchers.txt", text=text)
    ended(services, ask(services, "How long are vouchers valid?"))
    told = services.turns.receive(make_inbound(text="How long are vouchers valid?"), NOW)
    answered = replace(told, generated=ended(services, told))
    assert answered.reply == f"> {text} [1]"
    assert answered.plain_reply == f"{text} [1]\n\n[1] Vouchers"


def test_staff_read_in_lists_what_it_says_without_the_marks(services: Services) -> None:
    add_document(services, title="Coffee", origin="coffee.md", text="Our **coffee** costs *4 dollars* at shop_b.")
    ended(services, ask(services, "coffee?"))
    (item,) = services.history.browse(Filters(), None, ADA, NOW).items
    assert item.text == "Our coffee costs 4 dollars at shop_b. [1]"
    found = services.search.find(read_query("dollars"), None, ADA, NOW)
    assert [hit.text for hit in found.hits.hits] == [item.text]


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("What can you do?", "Ask me in your own words."),
        ("hello", "Hello! What would you like to know?"),
        ("Thanks a lot!!", "You are welcome."),
        ("Who are you?", "I am a bot."),
        ("Can I speak to a human?", "I am a bot, and cannot call a person."),
    ],
)
def test_what_is_no_question_is_answered_at_once(services: Services, said: str, answer: str) -> None:
    add_document(services)
    outcome = ask(services, said)
    assert outcome.generated is None
    assert lines_of(services, outcome)[-1].text.startswith(answer)


def test_what_is_found_and_what_is_not_is_counted(services: Services) -> None:
    def counted(result: str) -> float:
        return REGISTRY.get_sample_value("chatterkeep_quotes_total", {"result": result}) or 0.0

    add_document(services)
    found, nothing = counted("found"), counted("nothing")
    ended(services, ask(services, "Are you open on Sundays?"))
    ended(services, ask(services, "Do you sell pizza?"))
    assert (counted("found"), counted("nothing")) == (found + 1, nothing + 1)
