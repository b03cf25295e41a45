import pytest

from transforms.clean.urls import canonical, is_official


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (
            "https://Example.com:443/a//b/?utm_source=x&b=2&a=1#part",
            "https://example.com/a/b?a=1&b=2",
        ),
        ("http://m.news.example/view.php?uid=123", "http://news.example/view.php?uid=123"),
        ("https://amp.example.com/amp/story/index.html", "https://example.com/story"),
        ("https://example.com/story/amp/", "https://example.com/story"),
        ("https://example.com/story.amp", "https://example.com/story"),
        ("https://user:secret@example.com/x?fbclid=1&gclid=2", "https://example.com/x"),
        ("https://example.com/index.php?id=5", "https://example.com/index.php?id=5"),
        ("https://example.com/", "https://example.com"),
        ("https://example.com:8080/a", "https://example.com:8080/a"),
        ("https://example.com/a?x=&y=1", "https://example.com/a?x=&y=1"),
        ("https://example.com/#!/story/1", "https://example.com#!/story/1"),
        ("http://xn--e1aybc.xn--p1ai/a", "http://тест.рф/a"),
        ("  https://example.com/a\n", "https://example.com/a"),
        ("https://m.com/a", "https://m.com/a"),
        ("https://example.com/amplify/camp", "https://example.com/amplify/camp"),
        ("ftp://example.com/a", None),
        ("javascript:alert(1)", None),
        ("https://example.com:port/", None),
        ("not an address", None),
        ("", None),
    ],
)
def test_one_page_has_one_address(received: str, expected: str | None) -> None:
    assert canonical(received) == expected
    assert expected is None or canonical(expected) == expected


def test_article_numbers_in_the_query_are_kept() -> None:
    numbers = {
        canonical(f"https://news.example/view?{k}={n}") for k in ("uid", "cid") for n in "12"
    }
    assert len(numbers) == 4


def test_a_list_publishers_own_page_is_a_notice() -> None:
    assert is_official("https://home.treasury.gov/news/press-releases/x")
    assert is_official("https://www.gov.uk/government/news/x")
    assert not is_official("https://treasury.gov.example.com/x")
    assert not is_official(None)
