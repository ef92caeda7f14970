"""Tensors of weights -> an encoding and a code for each, by the bytes that they take; groups share tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lilliput import encodings
from lilliput.encodings import Code, Encoding, Weights
from lilliput.encodings.encoding import histogram

DECODER_BYTES = 60
"""About what one more decoder takes. What is built is measured; this only says what is worth building."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """How a tensor may be stored, in `size_bytes` besides the table that it may share with others."""

    encoding: Encoding
    code: Code
    size_bytes: int


def assign(tensors: Mapping[int, Weights]) -> Mapping[int, Coded]:
    """For each tensor, named by a number, what makes all of them and the decoders that they need the smallest.

    That is one encoding for all, or for each tensor the one that stores it in the fewest bytes. Some may take more
    bytes than before.
    """
    by_encoding = {encoding.name: _grouped(encoding, tensors) for encoding in encodings.ALL}
    found = [each for each in by_encoding.values() if len(each) == len(tensors)]
    return min([*found, _mixed(tensors, by_encoding.values())], key=_predicted_bytes)


def least_bytes(tensors: Mapping[int, Weights], overhead_bytes: int = 0) -> int:
    """About the bytes of all tensors, each encoded or dense; every encoded one takes `overhead_bytes` besides."""
    coded = assign(tensors) if tensors else {}
    gainful = {
        number: each for number, each in coded.items() if each.size_bytes + overhead_bytes < tensors[number].size
    }
    dense_bytes = sum(weights.size for weights in tensors.values())
    left_bytes = dense_bytes - sum(tensors[number].size for number in gainful)
    return min(dense_bytes, left_bytes + _predicted_bytes(gainful) + overhead_bytes * len(gainful))


def _mixed(tensors: Mapping[int, Weights], found: Collection[Mapping[int, Coded]]) -> Mapping[int, Coded]:
    """Each tensor in the encoding that is best for it, and groups made anew."""
    favourites: dict[Encoding, dict[int, Weights]] = {}
    for number, weights in tensors.items():
        best = min((each[number] for each in found if number in each), key=lambda coded: coded.size_bytes)
        favourites.setdefault(best.encoding, {})[number] = weights
    return {number: coded for each, own in favourites.items() for number, coded in _grouped(each, own).items()}


def _predicted_bytes(coded: Mapping[int, Coded]) -> int:
    tables = {id(each.code): each.code.table_bytes() for each in coded.values()}
    decoders = {each.encoding.name for each in coded.values()}
    return sum(each.size_bytes for each in coded.values()) + sum(tables.values()) + DECODER_BYTES * len(decoders)


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Tensors that share a code, and all bytes that they take; `entropy_bits` is the fewest that any code needs."""

    members: tuple[int, ...]
    counts: NDArray[np.int64]
    entropy_bits: float
    code: Code
    size_bytes: int


def _grouped(encoding: Encoding, tensors: Mapping[int, Weights]) -> dict[int, Coded]:
    """The tensors that the encoding can store. The groups whose values are most alike become one while that saves."""
    groups = [group for number in tensors if (group := _group(encoding, tensors, (number,)))]
    while len(groups) > 1:
        one, other = min(combinations(groups, 2), key=lambda pair: _loss_bits(pair[0], pair[1]))
        merged = _group(encoding, tensors, (*one.members, *other.members))
        if merged is None or merged.size_bytes >= one.size_bytes + other.size_bytes:
            break
        groups = [group for group in groups if group is not one and group is not other] + [merged]
    return {
        number: Coded(encoding, group.code, group.code.size_bytes(tensors[number]))
        for group in groups
        for number in group.members
    }


def _group(encoding: Encoding, tensors: Mapping[int, Weights], members: tuple[int, ...]) -> _Group | None:
    own = [tensors[number] for number in members]
    code = encoding.code(own)
    if code is None:
        return None
    size_bytes = code.table_bytes() + sum(code.size_bytes(weights) for weights in own)
    counts = histogram(own)
    return _Group(members, counts, _entropy_bits(counts), code, size_bytes)


def _loss_bits(one: _Group, other: _Group) -> float:
    """By how many bits the entropy of all weights grows when the groups share their statistics."""
    return _entropy_bits(one.counts + other.counts) - one.entropy_bits - other.entropy_bits


def _entropy_bits(counts: NDArray[np.int64]) -> float:
    occurring = counts[counts > 0]
    return float(occurring @ np.log2(occurring.sum() / occurring))
