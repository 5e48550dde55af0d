"""Pseudonymisation: identifiers become codes without meaning, the same at every partner if shared.

A code is a keyed hash (BLAKE2b, RFC 7693) of the entity, the partner (for its own pseudonyms) and
the value. Without the key no code leads back to an account number; every import draws a new key and
stores it nowhere, unless the mapping gives one.
"""

import hashlib
import secrets

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synthetic_data.arrays import Bools, Ints
from synthetic_data.codes import EVENT_BITS

#: Entities whose numbers may hold spaces and signs: NL91 ABNA 0417 is NL91ABNA0417.
_PUNCTUATED = ("account", "phone")
_PUNCTUATION = r"[\s.()/-]"
_SHORTENED = r"(?i)^\d[.,]\d+E\+\d+$"  #: 3.16E+10
_IBAN = r"(?i)^([A-Z]{2}\d{2}[A-Z0-9]{4,30})$"  #: alone is written in any case
_MASK = (1 << EVENT_BITS) - 1


class Hasher:
    """The keyed hash of one import."""

    def __init__(self, salt: str | None) -> None:
        secret = secrets.token_bytes(32) if salt is None else salt.encode()
        self._key = hashlib.blake2b(secret, digest_size=32).digest()

    def __call__(self, entity: str, partner: str, text: pa.Array) -> NDArray[np.int64]:
        """Return (n,) codes of ``EVENT_BITS`` bits for (n,) values; -1 for missing values.

        Args:
            entity: what the values name; equal values of different entities get different codes.
            partner: owner of the pseudonyms; empty if the value is the same at every partner.
            text: (n,) values, written alike (see :func:`alike`).
        """
        encoded = text.dictionary_encode()
        begun = hashlib.blake2b(f"{entity}\0{partner}\0".encode(), digest_size=8, key=self._key)
        digests = [
            _continued(begun, value) for value in encoded.dictionary.cast("binary").to_pylist()
        ]
        codes = np.frombuffer(b"".join(digests), "<i8") & _MASK
        place: Ints = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        return np.append(codes, -1)[place]


def _continued(begun: hashlib.blake2b, value: bytes) -> bytes:
    """Return the digest of what was hashed already and a value: half the time of a new hash."""
    hasher = begun.copy()
    hasher.update(value)
    return hasher.digest()


def alike(entity: str, text: pa.Array, country_code: str) -> tuple[pa.Array, int]:
    """Return account and phone numbers as everybody would write them, and how many that changed.

    A phone number without a country gets one: 06 1234 5678 and 0031 6 1234 5678 are +31612345678.

    Args:
        entity: what the values name; others stay as they are.
        text: (n,) trimmed values.
        country_code: of phone numbers without one, such as 31.
    """
    if entity not in _PUNCTUATED:
        return text, 0
    encoded = text.dictionary_encode()
    plain = pc.replace_substring_regex(encoded.dictionary, _PUNCTUATION, "")
    is_iban = pc.match_substring_regex(plain, _IBAN)
    plain = pc.if_else(is_iban, pc.utf8_upper(plain), plain)
    if entity == "phone":
        plain = pc.replace_substring_regex(plain, r"(?i)^tel:", "")
        plain = pc.replace_substring_regex(plain, r"^00(\d+)$", r"+\1")
        plain = pc.replace_substring_regex(plain, r"^0(\d+)$", rf"+{country_code}\1")
        plain = pc.replace_substring_regex(plain, rf"^({country_code}\d{{9}})$", r"+\1")
        plain = pc.replace_substring_regex(
            plain, rf"^\+{country_code}0(\d{{9}})$", rf"+{country_code}\1"
        )
    changed = pc.not_equal(plain, encoded.dictionary).take(encoded.indices)
    return plain.take(encoded.indices), pc.sum(changed).as_py() or 0


def shortened(entity: str, text: pa.Array) -> Bools:
    """Return which numbers a spreadsheet wrote with an exponent, so that most digits are lost."""
    if entity not in _PUNCTUATED:
        return np.zeros(len(text), dtype=bool)
    found: Bools = pc.fill_null(pc.match_substring_regex(text, _SHORTENED), False).to_numpy(
        zero_copy_only=False
    )
    return found
