"""Quotes with their lines, as they are kept."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Day, Instant
from leadrelay.leads.quote import QuoteLine, largest_discount, total
from leadrelay.store.raw import Statement, insert, update
from leadrelay.store.schema_opportunities import quote_lines, quotes


class Quote(NamedTuple):
    """A quote; money in cents, `valid_until` the last day. No approver: nobody has to approve it."""

    id: int
    opportunity: str
    status: str
    total: int
    discount: float
    valid_until: Day
    document: str | None
    created_at: Instant
    created_by: str
    approver: str | None
    approval_manager: str | None
    approval_due_at: Instant | None
    decided_at: Instant | None
    decided_by: str | None
    sent_at: Instant | None
    answered_at: Instant | None
    reason: str | None


_NEW = ("opportunity", "status", "total", "discount", "valid_until", "document", "created_at", "created_by")
_APPROVAL = ("approver", "approval_manager", "approval_due_at")
_INSERT = Statement(
    f"INSERT INTO quotes ({', '.join((*_NEW, *_APPROVAL))})"
    f" VALUES ({', '.join(f':{name}' for name in (*_NEW, *_APPROVAL))}) RETURNING id"
)
_LINE = insert(quote_lines, ("quote", "position", "product", "quantity", "unit_price", "discount", "total"))
_OF = Statement(f"SELECT {', '.join(Quote._fields)} FROM quotes WHERE id = :id")
_OF_OPPORTUNITY = Statement(f"SELECT {', '.join(Quote._fields)} FROM quotes WHERE opportunity = :name ORDER BY id")
_LINES = Statement(
    "SELECT product, quantity, unit_price, discount FROM quote_lines WHERE quote = :quote ORDER BY position"
)


def add(
    conn: Connection,
    opportunity: str,
    status: str,
    lines: Iterable[QuoteLine],
    valid_until: Day,
    created: tuple[Instant, str],
    document: str | None = None,
    approval: tuple[str, str | None, Instant] | None = None,
) -> int:
    """A new quote; returns its number. `created`: when and by whom; `approval`: by whom, their manager, until when."""
    kept = list(lines)
    values: dict[str, object] = dict(zip(_APPROVAL, approval or (None, None, None), strict=True))
    given = (opportunity, status, total(kept), float(largest_discount(kept)), valid_until, document, *created)
    values |= dict(zip(_NEW, given, strict=True))
    number = int(_INSERT.rows(conn, **values)[0][0])
    _LINE.many(
        conn,
        [
            {
                "quote": number,
                "position": position,
                "product": line.product,
                "quantity": str(line.quantity),
                "unit_price": line.unit_price,
                "discount": str(line.discount),
                "total": line.total,
            }
            for position, line in enumerate(kept, 1)
        ],
    )
    return number


def find(conn: Connection, number: int) -> Quote | None:
    """The quote with that number, if there is one."""
    rows = _OF.rows(conn, id=number)
    return Quote(*rows[0]) if rows else None


def of_opportunity(conn: Connection, name: str) -> list[Quote]:
    """Every quote of an opportunity, oldest first."""
    return [Quote(*row) for row in _OF_OPPORTUNITY.rows(conn, name=name)]


def lines_of(conn: Connection, number: int) -> list[QuoteLine]:
    """The lines of a quote, in their order."""
    rows = _LINES.rows(conn, quote=number)
    return [QuoteLine(product, Decimal(quantity), price, Decimal(less)) for product, quantity, price, less in rows]


def change(conn: Connection, number: int, values: Mapping[str, object]) -> None:
    """Writes these columns of a quote."""
    update(quotes, values).run(conn, **values, id=number)
