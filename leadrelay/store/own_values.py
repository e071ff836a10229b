"""How many subjects have a value of one of the company's own fields."""

import orjson
from sqlalchemy import Connection, func, select

from leadrelay.store.schema import accounts, contacts, opportunities, requests

_TABLES = {"request": requests, "opportunity": opportunities, "contact": contacts, "account": accounts}


def holders(conn: Connection, path: str) -> int:
    """How many subjects have a value of the field `request.extra.NAME`; none if it is no such field."""
    entity, _, rest = path.partition(".")
    if entity not in _TABLES:
        return 0
    key = orjson.dumps(rest.removeprefix("extra.")).decode() + ":"
    column = _TABLES[entity].c.extra
    return conn.execute(select(func.count()).where(column.contains(key, autoescape=True))).scalar_one()
