"""Vectors in messages that stay in this process: encoded only when their bytes are needed."""

from functools import cached_property
from io import BytesIO
from typing import Any

import numpy as np
from flwr.app import Array, ArrayRecord, RecordDict

from proeftuin.detectors.scaling import Moments

MOMENTS = "moments"
HEADER_BYTES = 128  #: what NumPy's format puts before the numbers of a vector


class LocalArray(Array):
    """A Flower array that keeps the NumPy array it was made of.

    Args:
        vector: (P,); must not change afterwards.
    """

    def __init__(self, vector: np.ndarray[Any, Any]) -> None:
        self.__dict__.update(
            dtype=str(vector.dtype), shape=vector.shape, stype="numpy.ndarray", vector=vector
        )

    @cached_property
    def data(self) -> bytes:  # type: ignore[override]
        """The array in NumPy's format, as a network would carry it."""
        buffer = BytesIO()
        np.save(buffer, self.__dict__["vector"], allow_pickle=False)
        return buffer.getvalue()

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return a copy of the array."""
        copy: np.ndarray[Any, Any] = self.__dict__["vector"].copy()
        return copy


def record_of(key: str, vector: np.ndarray[Any, Any]) -> ArrayRecord:
    """Return a record with one array; its constructor would encode it."""
    record = ArrayRecord()
    record[key] = LocalArray(vector)
    return record


def vector_of(array: Array) -> np.ndarray[Any, Any]:
    """Return an array's numbers, without a copy where none was encoded; not to be written to."""
    if isinstance(array, LocalArray):
        kept: np.ndarray[Any, Any] = array.__dict__["vector"]
        return kept
    if len(array.shape) == 1 and array.stype == "numpy.ndarray":  # no header to be parsed
        numbers = np.dtype(array.dtype)
        begin = len(array.data) - array.shape[0] * numbers.itemsize
        return np.frombuffer(array.data, numbers, offset=begin)
    return array.numpy()


def record_of_moments(moments: Moments) -> ArrayRecord:
    """Return a record with scaling statistics as one vector."""
    vector = np.concatenate([[moments.count], moments.sum, moments.sum_of_squares])
    return record_of(MOMENTS, vector)


def moments_of(content: RecordDict) -> Moments:
    """Return the scaling statistics in a message."""
    vector = content.array_records[MOMENTS][MOMENTS].numpy()
    columns = (len(vector) - 1) // 2
    return Moments(vector[0], vector[1 : 1 + columns], vector[1 + columns :])


def bytes_of(content: RecordDict) -> int:
    """Return how many bytes the records of a message are on a network."""
    return sum(
        sum(len(key) + _size(array) for key, array in record.items())
        if isinstance(record, ArrayRecord)
        else record.count_bytes()
        for record in content.values()
    )


def _size(array: Array) -> int:
    if isinstance(array, LocalArray):
        return int(array.__dict__["vector"].nbytes) + HEADER_BYTES
    return len(array.data)


def encoded(content: RecordDict) -> RecordDict:
    """Return the records with every array as a network carries it."""
    copy = RecordDict()
    for key, record in content.items():
        copy[key] = (
            ArrayRecord({name: Array(vector_of(array)) for name, array in record.items()})
            if isinstance(record, ArrayRecord)
            else record.copy()
        )
    return copy
