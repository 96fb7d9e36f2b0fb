import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_lab import data

REFRAINS = {
    "english": "And the lamp went round, and the town slept.",
    "turkish": "Fener dönmüş, kasaba uyumuş.",
}
LANGUAGES = sorted(REFRAINS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tale_has_a_title_and_ends_in_the_refrain(language):
    text, refrain = data.text(language), REFRAINS[language]
    tales = text.split(refrain)
    assert len(tales) == 27
    assert tales[-1] == "\n"
    for tale in tales[:-1]:
        title, blank, *_ = tale.strip("\n").split("\n")
        assert len(title) < 30
        assert title[-1].isalpha()
        assert blank == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_long_enough_to_learn_from_and_clean(language):
    text = data.text(language)
    assert 15_000 < len(text) < 20_000
    assert unicodedata.is_normalized("NFC", text)
    assert "\r" not in text
    assert "\n\n\n" not in text
    assert not any(line != line.strip() or "  " in line for line in text.split("\n"))
    assert text.count('"') % 2 == 0


def test_turkish_is_written_in_its_own_letters():
    found = set(data.text("turkish"))
    assert set("çğıöşüÇİÖÜ") <= found
    assert not set("qwxQWX") & found
    assert set(data.text("english")) <= set(map(chr, range(128)))


def test_an_unknown_language_is_named_with_those_there_are():
    with pytest.raises(ValueError, match=r"\['english', 'turkish'\], got 'türkçe'"):
        data.text("türkçe")
    with pytest.raises(ValueError, match="got 'TEXTS'"):
        data.text("TEXTS")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_survives_encoding_and_decoding(language):
    text = data.text(language)
    vocabulary = data.characters(text)
    ids = vocabulary.encode(text)
    assert ids.dtype == np.int64
    assert np.unique(ids).tolist() == list(range(len(vocabulary)))
    assert vocabulary.decode(ids) == text


@given(st.text(min_size=1))
def test_any_text_survives_encoding_and_decoding(text):
    vocabulary = data.characters(text)
    assert vocabulary.decode(vocabulary.encode(text)) == text
    assert list(vocabulary.symbols) == sorted(set(text))


def test_vocabularies_of_the_same_characters_are_equal():
    assert data.characters("ab") == data.characters("bbba") != data.characters("abc")


def test_an_empty_text_encodes_to_nothing_but_has_no_characters():
    vocabulary = data.characters("ab")
    assert vocabulary.decode(vocabulary.encode("")) == ""
    with pytest.raises(ValueError, match="empty text"):
        data.characters("")


def test_an_unknown_character_is_named():
    with pytest.raises(ValueError, match=r"'ş' \(U\+015F\) at place 2 .* 2 characters"):
        data.characters("ab").encode("abş")


@pytest.mark.parametrize("ids", [[0, 2], [-1], [[0, 1], [1, 0]], 0], ids=str)
def test_numbers_outside_the_vocabulary_are_refused(ids):
    with pytest.raises(ValueError, match="one row of numbers from 0 to 1"):
        data.characters("ab").decode(ids)


@given(st.integers(2, 60), st.integers(1, 20), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_pieces_are_disjoint_and_labels_are_what_comes_next(n, length, size, seed):
    length = min(length, n - 1)
    batches = list(
        data.text_batches(np.arange(n), length=length, size=size, rng=np.random.default_rng(seed))
    )
    x, y = (np.concatenate(part) for part in zip(*batches))
    np.testing.assert_array_equal(y, x + 1)
    np.testing.assert_array_equal(np.diff(x, axis=1), 1)
    assert len(np.unique(x)) == x.size
    assert y.max() < n
    left_out = n - 1 - x.size
    assert left_out < 2 * length
    assert [len(part) for part, _ in batches[:-1]] == [size] * (len(batches) - 1)


def test_every_pass_cuts_elsewhere_and_in_another_order(rng):
    first, second = (
        np.concatenate(
            [x[:, 0] for x, _ in data.text_batches(np.arange(999), length=50, size=4, rng=rng)]
        )
        for _ in range(2)
    )
    assert first[0] % 50 != second[0] % 50
    assert (np.diff(first) != 50).any()


@pytest.mark.parametrize(
    ("ids", "length", "size", "says"),
    [
        (np.arange(10), 10, 2, "at least 11 characters.*got 10"),
        (np.arange(10), 0, 2, "length=0"),
        (np.arange(10), 3, 0, "size=0"),
        (np.zeros((2, 5), int), 3, 2, r"shape \(2, 5\)"),
        (np.array(list("abcdef")), 3, 2, "did you forget to encode it"),
    ],
)
def test_pieces_that_cannot_be_cut_are_refused(ids, length, size, says, rng):
    with pytest.raises(ValueError, match=says):
        next(data.text_batches(ids, length=length, size=size, rng=rng))
