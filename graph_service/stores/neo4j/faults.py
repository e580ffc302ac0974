"""The server's faults, told in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import (
    AuthError,
    ConnectionAcquisitionTimeoutError,
    ConstraintError,
    DriverError,
    Forbidden,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransactionError,
)

from graph_service.errors import (
    StoreDenied,
    StoreMissing,
    StoreRefusal,
    StoreTimedOut,
    StoreUnavailable,
    StoreValueTooLarge,
)

#: What the server's codes mean.
_MEANINGS: dict[str, type[StoreRefusal]] = {
    "Neo.ClientError.Transaction.TransactionTimedOut": StoreTimedOut,
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration": StoreTimedOut,
    # Waiting for a lock, it was stopped by its time being up.
    "Neo.ClientError.Transaction.LockClientStopped": StoreTimedOut,
    "Neo.TransientError.Transaction.LockAcquisitionTimeout": StoreTimedOut,
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": StoreValueTooLarge,
    "Neo.TransientError.General.TransactionOutOfMemoryError": StoreValueTooLarge,
    "Neo.ClientError.Database.DatabaseNotFound": StoreMissing,
}


def refusal_of(fault: Exception, address: str) -> StoreRefusal | None:
    """Say what a fault of the driver's or the server's means; None where it is a mistake of ours."""
    meaning = _MEANINGS.get(fault.code or "") if isinstance(fault, Neo4jError) else None
    if isinstance(fault, AuthError | Forbidden):
        meaning = StoreDenied
    elif isinstance(fault, OverflowError):
        meaning = StoreValueTooLarge
    if meaning is not None:
        return meaning(path=address, field="store")
    # What is asked of a talk that has failed already is a transaction error: whatever failed was told before.
    away = isinstance(fault, ServiceUnavailable | SessionExpired | ConnectionAcquisitionTimeoutError | TransactionError)
    if away or (isinstance(fault, Neo4jError | DriverError) and fault.is_retryable()):
        cause = (str(fault).splitlines() or [type(fault).__name__])[0]
        return StoreUnavailable(path=address, cause=cause).passing()
    return None


@contextmanager
def told(address: str) -> Iterator[None]:
    """Tell the driver's and the server's faults in our words."""
    try:
        yield
    except ConstraintError:
        raise
    except (Neo4jError, DriverError, OverflowError) as fault:
        refusal = refusal_of(fault, address)
        if refusal is None:
            raise
        raise refusal from fault
