"""Public holidays by country or country and region, from the `holidays` package, which is loaded only when needed."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, cast

from leadrelay.errors import UnknownHolidays

if TYPE_CHECKING:
    from holidays import HolidayBase

# Countries that the package surely knows, so that checking a common code does not load it: that takes 0.1 s.
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "
)
_CODE = re.compile(r"([A-Z]{2})(?:-(.+))?")
FIRST_YEAR, LAST_YEAR = 1900, 2199


def check_holidays(code: str) -> None:
    """Raises UnknownHolidays unless there are public holidays for that country (NL) or country and region (DE-BY)."""
    if len(code) != 2 or f"{code} " not in _COUNTRIES:
        holidays_of(code, 2026)


@lru_cache(maxsize=4096)
def holidays_of(code: str, year: int) -> Mapping[date, str]:
    """The public holidays of a year by date, with their names; none outside 1900 to 2199. Raises UnknownHolidays."""
    match = _CODE.fullmatch(code)
    if match is None:
        raise UnknownHolidays(code=code)
    years = year if FIRST_YEAR <= year <= LAST_YEAR else ()
    try:
        found = _calendar_of(match[1])(subdiv=match[2], years=years, language="en_US")
    except (NotImplementedError, StopIteration) as error:
        raise UnknownHolidays(code=code) from error
    return {day: name for day, name in sorted(found.items()) if day.year == year}


@lru_cache(maxsize=16)
def _calendar_of(country: str) -> "type[HolidayBase]":
    """The package's class for a country. By way of its own file: `holidays.countries` loads all 250 of them (0.2 s)."""
    import holidays
    from holidays.registry import COUNTRIES

    name, names = next(one for one in COUNTRIES.items() if country in one[1][1:])
    file = Path(holidays.__file__).parent / "countries" / f"{name}.py"
    spec = spec_from_file_location(f"leadrelay.holidays_of.{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("type[HolidayBase]", getattr(module, names[0]))
