"""What a model writes, as HTML that can do no harm."""

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatterkeep.domain.markdown import MAX_EFFORT
from chatterkeep.web.richtext import TAGS, render
from tests.growth import STEEP, growth
from tests.xss import CARRIERS, PAYLOADS, carriers

VOID = {"br", "hr"}
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}}
REL = ' rel="noopener noreferrer nofollow"'
LARGEST = 16 * 1024


class Reader(HTMLParser):
    """Reads HTML and fails where a tag is not closed, or closed twice; keeps what it saw."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def read(markdown: str) -> Reader:
    """Render a text and check everything that must hold for all of them."""
    reader = Reader(str(render(markdown)))
    for tag, attributes in reader.seen:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set())
        if tag == "a":
            assert urlsplit(attributes["href"] or "").scheme in ("http", "https", "mailto")
            assert attributes["rel"] == "noopener noreferrer nofollow"
    return reader


def shown(markdown: str) -> str:
    """The rendered text without what every link has."""
    return str(render(markdown)).replace(REL, "")


def test_there_are_payloads_enough_and_no_two_alike() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 200
    assert len(set(CARRIERS)) == len(CARRIERS) >= 30


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_becomes_more_than_text_and_plain_links(payload: str) -> None:
    read(payload)
    read(f"Words before\n\n{payload}\n\n*and* after.")


@pytest.mark.parametrize("carrier", carriers("evil.example"))
def test_no_carrier_makes_a_browser_ask_for_anything_by_itself(carrier: str) -> None:
    for _, attributes in read(carrier).seen:
        assert not {"src", "srcset", "style", "ping", "background", "poster", "data", "action"} & set(attributes)


@pytest.mark.parametrize("carrier", carriers("evil.example"))
def test_every_link_names_the_host_it_leads_to(carrier: str) -> None:
    reader = read(carrier)
    links = [attributes for tag, attributes in reader.seen if tag == "a"]
    assert reader.words.count("evil.example") >= len(links)


@given(st.text() | st.text("[](){}<>!*_~`#|\\-+.:/@&;\"'=\n\t \x00ab1\u00e4\U0001f600", max_size=200))
def test_any_text_becomes_safe_and_balanced_html(text: str) -> None:
    read(text)


@given(st.lists(st.sampled_from(PAYLOADS), min_size=2, max_size=4), st.sampled_from(["", "\n", "\n\n", "*", "`", "["]))
def test_payloads_put_together_are_as_harmless(payloads: list[str], glue: str) -> None:
    read(glue.join(payloads))


def test_half_a_surrogate_pair_is_shown_as_a_question_mark() -> None:
    assert shown("a\ud800b") == "<p>a?b</p>\n"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>\n"),
        ("**a** *b* ~~c~~ `d<`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d&lt;</code></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n'),
        ("```py\nx < y\n```", "<pre><code>x &lt; y\n</code></pre>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("a\n\n---", "<p>a</p>\n<hr>\n"),
        ("# Big *x*\ntext", "<p><strong>Big <em>x</em></strong></p>\n<p>text</p>\n"),
        ("x < y & z <b>", "<p>x &lt; y &amp; z &lt;b&gt;</p>\n"),
        ("`https://a.example`", "<p><code>https://a.example</code></p>\n"),
        ("https://m\u00fcnchen.example http:// b@c", "<p>https://m\u00fcnchen.example http:// b@c</p>\n"),
        ("", ""),
    ],
)
def test_markdown_is_shown_as_it_is_meant(markdown: str, html: str) -> None:
    assert shown(markdown) == html


def test_a_table_is_a_table() -> None:
    tags = [tag for tag, _ in read("|a|b|\n|-|:-:|\n|1|2|").seen]
    assert tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]


@pytest.mark.parametrize(
    ("markdown", "href", "words"),
    [
        ("See https://a.example/hours.", "https://a.example/hours", "See https://a.example/hours."),
        ("(https://a.example/b_(c))!", "https://a.example/b_(c)", "(https://a.example/b_(c))!"),
        ("**https://a.example/?b=1&c=2**", "https://a.example/?b=1&c=2", "https://a.example/?b=1&c=2"),
        ("https://a.example[1]", "https://a.example", "https://a.example[1]"),
        ("\u8bf7\u770bhttps://a.example\u3002", "https://a.example", "\u8bf7\u770bhttps://a.example\u3002"),
        ("https://bank.example@evil.example/", "https://bank.example@evil.example/", None),
        ("Write to ann@a.example.", "mailto:ann@a.example", "Write to ann@a.example."),
        ("[click](https://evil.example/x)", "https://evil.example/x", "click (evil.example)"),
        ("[https://a.example/x](https://a.example/x)", "https://a.example/x", "https://a.example/x"),
        ("<https://a.example/x?y=1>", "https://a.example/x?y=1", "https://a.example/x?y=1"),
        ("[a.example](https://a.example/x)", "https://a.example/x", "a.example"),
        ("[A.example/help](https://a.example/x)", "https://a.example/x", "A.example/help"),
        ("[bank.example](https://evil.example)", "https://evil.example", "bank.example (evil.example)"),
        ("[a.example](https://a.example.evil.example)", "https://a.example.evil.example", None),
        ("[](https://a.example/x)", "https://a.example/x", "a.example"),
        ("[*a* `b`](https://a.example:8080/)", "https://a.example:8080/", "a b (a.example)"),
        ("[x](https://bank.example@evil.example/)", "https://bank.example@evil.example/", "x (evil.example)"),
        ("<https://bank.example@evil.example>", "https://bank.example@evil.example", None),
        ("[x](https://b\u0430nk.example)", "https://xn--bnk-6cd.example", "x (xn--bnk-6cd.example)"),
        ("[b\u0430nk.example](https://b\u0430nk.example)", "https://xn--bnk-6cd.example", None),
        ("<https://xn--bnk-6cd.example>", "https://xn--bnk-6cd.example", "https://xn--bnk-6cd.example"),
        ("[x](http://[::1]:80/)", "http://[::1]:80/", "x ([::1])"),
        ("<ann@a.example>", "mailto:ann@a.example", "ann@a.example"),
        ("[write](mailto:ann@a.example?subject=x)", "mailto:ann@a.example?subject=x", "write (ann@a.example)"),
        ("![a *cat*](https://a.example/x.png)", "https://a.example/x.png", "a cat (a.example)"),
        ("![](https://a.example/x.png)", "https://a.example/x.png", "a.example"),
        ("[![cat](https://b.example/x)](https://a.example)", "https://a.example", "cat (a.example)"),
        ("[x][r]\n\n[r]: https://a.example", "https://a.example", "x (a.example)"),
        ("[\u202ex](https://a.example)", "https://a.example", "x (a.example)"),
    ],
)
def test_a_link_shows_where_it_leads(markdown: str, href: str, words: str | None) -> None:
    reader = read(markdown)
    assert [attributes["href"] for tag, attributes in reader.seen if tag == "a"] == [href]
    host = urlsplit(href).hostname
    assert reader.words.strip() == words if words else reader.words.strip().endswith(f"({host})")


@pytest.mark.parametrize("target", ["/admin", "//a.example", "ftp://a.example", "tel:+14155550123", "#top", "x", ""])
def test_a_link_to_anywhere_else_is_its_words(target: str) -> None:
    assert shown(f"[words](<{target}>) ![alt](<{target}>)") == "<p>words alt</p>\n"


@pytest.mark.parametrize(
    "target", [r"https://evil.example%2f@b.example", r"https://a%2eb.example", "https:evil.example"]
)
def test_a_host_that_could_be_read_two_ways_is_no_link(target: str) -> None:
    links = [attributes["href"] for tag, attributes in read(f"[x]({target})").seen if tag == "a"]
    assert all(urlsplit(str(link)).hostname == "b.example" for link in links)


@pytest.mark.parametrize(
    "deep",
    [
        ">" * 3000 + " deep",
        "> " * 3000 + "deep",
        "- " * 500 + "deep",
        "\n".join("  " * level + "- deep" for level in range(40)),
        "[" * 5000 + "deep" + "]" * 5000,
    ],
)
def test_what_is_nested_too_deep_is_shown_as_it_was_written(deep: str) -> None:
    assert "".join(read(deep).words.split()) == "".join(deep.split())


def test_nothing_of_a_list_in_a_list_in_a_list_is_lost() -> None:
    reader = read("\n".join("  " * level + f"- level{level}" for level in range(8)))
    assert [tag for tag, _ in reader.seen] == ["ul", "li"] * 8
    assert all(f"level{level}" in reader.words for level in range(8))


def test_a_text_that_is_all_markup_keeps_its_lines_and_paragraphs() -> None:
    stars = "*" * 2 * MAX_EFFORT
    assert shown(f"a <b>\r\n\r\n{stars}\r\nc\0") == f"<p>a &lt;b&gt;</p>\n<p>{stars}<br>c\ufffd</p>"


@pytest.mark.parametrize(
    "piece",
    [
        *("> ", "- ", "[", "![", "[a](", "[a](<b", "`", "``` ", "*", "**a ", "*a_ ", "a**b", "~~a", "<", "<a:", "&"),
        *("\\", "[a](https://b.example)", "[a][", "[[]", "1. ", "![[]()", "*_", "|", "|a\n|-\n", "- a\n", "> - 1. "),
        *("https://a.b ", "https://", "https://a)", "a@b.c ", "a@", "a.", "a-@b-"),
        *("# a\n", "a  \n", "\n", "\\\n", "[a]: x\n", '[a]("', "<!--", "a@b ", "[a@b ", "[a]: <_a !['"),
    ],
)
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    read((piece * LARGEST)[:LARGEST])
    for largest in (MAX_EFFORT, LARGEST):
        assert growth(render, piece, largest // 4) < STEEP


def test_threads_share_the_renderer() -> None:
    texts = PAYLOADS * 5
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(render, texts)) == [render(text) for text in texts]


def test_a_long_rich_answer_is_still_rendered() -> None:
    part = (
        "1. Open **Your orders**, see [help](https://a.example/x).\n2. Press *Return*.\n\n|a|b|\n|---|---|\n|1|2|\n\n"
    )
    text = (part + "It takes three to five days until you have your money back. " * 4 + "\n\n") * 60
    assert len(text) > LARGEST
    assert read(text[:LARGEST]).seen.count(("strong", {})) > 30
