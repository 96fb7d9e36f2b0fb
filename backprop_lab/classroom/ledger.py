"""Beside nbgrader's grades, in the same database: what each attempt was marked, why, which seed."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from .marking import Mark
from .record import Record

if TYPE_CHECKING:
    from nbgrader.api import Gradebook

_TABLE = Table(
    "backprop_lab_marks",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("notebook", String(128), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("handed_in", DateTime),
    Column("seed", BigInteger, nullable=False),
    Column("status", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("points", Float, nullable=False),
    Column("marks", Text, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("at", DateTime, nullable=False),
)


def prepare(gradebook: "Gradebook") -> None:
    """Make the table in a gradebook that has none yet."""
    _TABLE.create(gradebook.engine, checkfirst=True)


def records(gradebook: "Gradebook", assignment: str, *, counting: bool = False) -> list[Record]:
    """Read what was marked of an assignment: all attempts, or those that count."""
    prepare(gradebook)
    query = select(_TABLE).where(_TABLE.c.assignment == assignment)
    if counting:
        query = query.where(_TABLE.c.counts)
    order = _TABLE.c.student, _TABLE.c.notebook, _TABLE.c.handed_in
    with gradebook.engine.connect() as connection:
        return [_record(row) for row in connection.execute(query.order_by(*order)).mappings()]


def keep(connection: Connection, record: Record) -> None:
    """Write a record, in the transaction that is open; one attempt at a notebook counts."""
    same = _same_notebook(record)
    connection.execute(delete(_TABLE).where(same & (_TABLE.c.digest == record.digest)))
    if record.counts:
        connection.execute(update(_TABLE).where(same).values(counts=False))
    row = asdict(record) | {"marks": json.dumps([asdict(each) for each in record.marks])}
    row["at"] = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(insert(_TABLE).values(row))


def _same_notebook(record: Record):
    return (
        (_TABLE.c.assignment == record.assignment)
        & (_TABLE.c.student == record.student)
        & (_TABLE.c.notebook == record.notebook)
    )


def _record(row) -> Record:
    fields = {name: row[name] for name in Record.__dataclass_fields__ if name != "marks"}
    return Record(**fields, marks=_marks(row["marks"]))


def _marks(text: str) -> Sequence[Mark]:
    return tuple(Mark(**each) for each in json.loads(text))
