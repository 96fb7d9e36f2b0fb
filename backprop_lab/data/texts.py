"""Texts to learn letter by letter: tales, the characters they are made of, and batches of them."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).with_name("texts")


def text(language):
    """Load the tales of the harbour town, told in one of two languages.

    Parameters
    ----------
    language : str
        "english" or "turkish".

    Returns
    -------
    text : str
        About 17,000 characters, in which a model can find words, sentences and a refrain.

    Raises
    ------
    ValueError
        If there is no text in that language.

    References
    ----------
    Written for this course, CC BY 4.0. See texts/TEXTS.md beside this file.
    """
    languages = sorted(file.stem for file in FOLDER.glob("*.txt"))
    if language not in languages:
        raise ValueError(f"expected one of the languages {languages}, got {language!r}")
    return (FOLDER / f"{language}.txt").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Vocabulary:
    """Characters and their numbers: character `symbols[i]` has number i.

    Parameters
    ----------
    symbols : str
        All characters that there are, each of them once.
    """

    symbols: str
    _numbers: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "_numbers", {c: i for i, c in enumerate(self.symbols)})

    def __len__(self):
        return len(self.symbols)

    def encode(self, text):
        """Turn text into numbers.

        Parameters
        ----------
        text : str

        Returns
        -------
        ids : ndarray of int, shape (len(text),)

        Raises
        ------
        ValueError
            If a character of the text is not in the vocabulary.
        """
        for place, character in enumerate(text):
            if character not in self._numbers:
                raise ValueError(
                    f"{character!r} (U+{ord(character):04X}) at place {place} is not among the "
                    f"{len(self)} characters of this vocabulary: was it made from another text?"
                )
        return np.array([self._numbers[character] for character in text], dtype=np.int64)

    def decode(self, ids):
        """Turn numbers back into text.

        Parameters
        ----------
        ids : sequence of int, shape (T,)

        Returns
        -------
        text : str

        Raises
        ------
        ValueError
            If the ids are not one row of numbers from 0 to len(self) - 1.
        """
        ids = np.asarray(ids)
        if ids.ndim != 1 or (ids.size and not 0 <= ids.min() <= ids.max() < len(self)):
            raise ValueError(
                f"expected one row of numbers from 0 to {len(self) - 1}, got shape {ids.shape} "
                f"with {_extremes(ids)}: a batch is decoded row by row"
            )
        return "".join(self.symbols[i] for i in ids)


def characters(text):
    """Gather the characters of a text into a vocabulary, in the order of their code points.

    Parameters
    ----------
    text : str

    Returns
    -------
    Vocabulary

    Raises
    ------
    ValueError
        If the text is empty.

    Examples
    --------
    >>> vocabulary = characters("abracadabra")
    >>> vocabulary.symbols
    'abcdr'
    >>> vocabulary.encode("cab")
    array([2, 0, 1])
    """
    if not text:
        raise ValueError("an empty text has no characters to gather")
    return Vocabulary("".join(sorted(set(text))))


def text_batches(ids, *, length, size, rng):
    """Go once through a text in pieces of `length` characters, in random order, `size` at a time.

    Each piece is paired with itself moved on by one: at every place, what comes next is the label.
    Every pass cuts the text elsewhere, and leaves out less than one piece at either end.

    Parameters
    ----------
    ids : ndarray of int, shape (L,)
        The text, encoded.
    length : int
        Characters in a piece, T.
    size : int
        Pieces in a batch, N. The last batch holds the rest and may be smaller.
    rng : numpy.random.Generator

    Yields
    ------
    x, y : ndarray of int, shape (N, T)
        y[:, t] is the character that follows x[:, t].

    Raises
    ------
    ValueError
        If length or size is below 1, or the text is too short for one piece.
    """
    ids = np.asarray(ids)
    _check_pieces(ids, length, size)
    offset = rng.integers(min(length, len(ids) - length))
    starts = rng.permutation(np.arange(offset, len(ids) - length, length))
    for i in range(0, len(starts), size):
        places = starts[i : i + size, None] + np.arange(length)  # (N, T)
        yield ids[places], ids[places + 1]


def _check_pieces(ids, length, size):
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise ValueError(
            f"expected the text as one row of whole numbers, got {ids.dtype} of shape {ids.shape}: "
            "did you forget to encode it?"
        )
    if length < 1 or size < 1:
        raise ValueError(f"length and size are at least 1, got length={length} and size={size}")
    if len(ids) <= length:
        raise ValueError(
            f"pieces of length {length} need a text of at least {length + 1} characters, since the "
            f"last one needs a next one, got {len(ids)}"
        )


def _extremes(ids):
    return f"numbers from {ids.min()} to {ids.max()}" if ids.size else "no numbers"
