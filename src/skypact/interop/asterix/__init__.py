"""ASTERIX categories 034, 048 and 062 in the editions that are in use: bytes to tables, records to bytes.

One table for each category (category034, category048, category062) is what both decoder and encoder go by.
`decode` finds every item of every record; `Table.value` takes a field of all records at once.
"""

from __future__ import annotations

from skypact.interop.asterix.decode import MISSING, Decoded, Table, decode
from skypact.interop.asterix.encode import encode_block
from skypact.interop.asterix.grammar import EDITIONS
from skypact.interop.asterix.record import Entry, Physical, Record, record_of, records

__all__ = [
    "EDITIONS",
    "MISSING",
    "Decoded",
    "Entry",
    "Physical",
    "Record",
    "Table",
    "decode",
    "encode_block",
    "record_of",
    "records",
]
