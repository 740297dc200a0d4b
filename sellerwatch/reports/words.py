"""The different cells of a column, each looked at once however often it stands there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sellerwatch.reports.casting import NOT_AVAILABLE, Plain


@dataclass(frozen=True, slots=True)
class Words:
    """A column of text as its different cells, without the spaces around them, and which of them stands in each row."""

    words: pa.Array
    places: pa.Array

    @classmethod
    def of(cls, text: pa.Array) -> Words:
        """Return the column's words; blank cells, and the sign for a missing value, are null."""
        bare = pc.utf8_trim_whitespace(text)
        is_blank = pc.is_in(bare, pa.array(["", NOT_AVAILABLE]))
        encoded = pc.if_else(is_blank, pa.scalar(None, pa.string()), bare).dictionary_encode()
        return cls(encoded.dictionary, encoded.indices)

    def plain(self, words: pa.Array, refused: np.ndarray, reason: str) -> Plain:
        """Return the column with each word in its plain form, the refused ones empty and their rows named."""
        kept = pc.if_else(pa.array(refused), pa.scalar(None, pa.string()), words)
        return Plain(kept.take(self.places), dict.fromkeys(self.rows(refused), reason))

    def rows(self, chosen: np.ndarray) -> list[int]:
        """Return the rows in which one of the chosen words stands."""
        if not chosen.any():
            return []
        is_chosen = pc.fill_null(pa.array(chosen).take(self.places), fill_value=False)
        found: list[int] = pc.indices_nonzero(is_chosen).to_pylist()
        return found


def mask(chosen: pa.Array) -> np.ndarray:
    """Return an Arrow mask as numpy's; null is not chosen."""
    return np.asarray(pc.fill_null(chosen, fill_value=False).to_numpy(zero_copy_only=False), bool)
