"""How every method of the Desk answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from mobile_reception.desk.failures import spoken
from mobile_reception.desk.values import Outcome, Part

P = ParamSpec("P")
T = TypeVar("T")


def asked(method: Callable[P, T]) -> Callable[P, T]:
    """What the store raises inside becomes a Failure with a sentence."""

    @wraps(method)
    def answer(*args: P.args, **kwargs: P.kwargs) -> T:
        with spoken():
            return method(*args, **kwargs)

    return answer


def outcome(value: T, *changed: Part) -> Outcome[T]:
    """The answer of a change that touched these parts of the desk."""
    return Outcome(value, frozenset(changed))
