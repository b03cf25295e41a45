import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.clean.names import fold, normalised, signs, tokens

SCRIPTS = (
    "Kim's Ung-sun é ü ı ß ﬁ Ø & _ Пригожин Ґ ё й Україна 김정은 각 平壌 プーチン かが "
    "حِزْب ٱلله ۀ ـ עִבְרִית Ελλάς № ™ 🙂"
)


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("Yevgeniy Prigozhin", "Yevgeny Prigozhin"),
        ("ANDREYEV", "Andreev"),
        ("Aleksandr Lukashenko", "Alexander Lukashenko"),
        ("Muhammad Husayn", "Mohammed Hussain"),
        ("QASEMI", "Kassemi"),
        ("İSTANBUL", "Istanbul"),
        ("Straße", "STRASSE"),
        ("Владимир Путин", "Владимиром Путиным"),
        ("Сергей Лавров", "Сергею Лаврову"),
        ("Євген", "Евген"),
        ("حِزْب ٱلله", "حزب الله"),
        ("Johnson & Johnson", "JOHNSON AND JOHNSON"),
        ("김정은", unicodedata.normalize("NFD", "김정은")),
        ("Kim Ung-sun", "Kim Ung Sun"),
        ("ＡＣＭＥ", "Acme"),
    ],
)
def test_spellings_of_one_name_share_a_key(listed: str, written: str) -> None:
    assert fold(listed) == fold(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [("michael hart", "michael haik"), ("Al-Haq", "Alhaq"), ("Kim", "Kimura"), ("平壌", "平")],
)
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_every_code_point_is_a_token_of_all_three_or_of_none() -> None:
    for cp in range(sys.maxunicode + 1):
        if 0xD800 <= cp <= 0xDFFF or (0x3400 < cp < 0x9F00 and cp % 97) or cp > 0x32000:
            continue  # surrogates are no text; Han signs and planes without letters by sample
        text = f"ab{chr(cp)}cd {chr(cp)}"
        at = tokens(text)
        assert len(at) == len(fold(text).split()) == len(normalised(text).split()), hex(cp)


@given(st.text(max_size=60) | st.lists(st.sampled_from(list(SCRIPTS)), max_size=60).map("".join))
@settings(max_examples=300)
def test_tokens_of_a_text_are_the_tokens_of_its_key(text: str) -> None:
    at = tokens(text)
    words = normalised(text).split()
    assert len(at) == len(words) == len(fold(text).split())
    previous = 0
    for start, end, word in zip(at.starts, at.ends, words, strict=True):
        assert previous <= start < end <= len(text)
        assert normalised(text[start:end]) == word
        previous = end


def test_signs_are_counted_in_every_script_without_word_spaces() -> None:
    assert [signs(normalised(t)) for t in ("김정은", "平壌市", "プー", "Kim", "朝鮮 Kim")] == [
        3,
        3,
        2,
        0,
        2,
    ]
