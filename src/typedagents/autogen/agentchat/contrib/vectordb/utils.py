"""What vector databases found, in one shape: for each query, pairs of what was found and how far it is from the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, TypeVar

T = TypeVar("T")
QueryResults: TypeAlias = "list[list[tuple[T, float]]]"


def filter_results_by_distance(
    results: Sequence[Sequence[tuple[T, float]]], distance_threshold: float = -1
) -> QueryResults[T]:
    """What is nearer than ``distance_threshold``, of each query; all of it where that is not above 0."""
    if distance_threshold <= 0:
        return [list(found) for found in results]
    return [[one for one in found if one[1] < distance_threshold] for found in results]


def chroma_results_to_query_results(
    data_dict: Mapping[str, Sequence[Sequence[object]] | None], special_key: str = "distances"
) -> QueryResults[dict[str, object]]:
    """What Chroma answers, a column for each field, as what was found. Fields lose their plural s; empty ones are left out.

    ``special_key`` is the column that says how far away each is.
    """
    columns = {
        name.removesuffix("s"): column
        for name, column in data_dict.items()
        if name != special_key and column is not None
    }
    far = data_dict.get(special_key) or []
    return [
        [
            ({name: column[query][place] for name, column in columns.items()}, _number(distance))
            for place, distance in enumerate(distances)
        ]
        for query, distances in enumerate(far)
    ]


def _number(value: object) -> float:
    return value if isinstance(value, float) else float(f"{value}")
