"""Public holidays by country or country and region, from the `holidays` package, which is loaded only when needed."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from leadrelay.errors import UnknownHolidays

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
    from holidays import country_holidays

    match = _CODE.fullmatch(code)
    if match is None:
        raise UnknownHolidays(code=code)
    years = year if FIRST_YEAR <= year <= LAST_YEAR else ()
    try:
        found = country_holidays(match[1], subdiv=match[2], years=years, language="en_US")
    except (NotImplementedError, AttributeError, KeyError) as error:
        raise UnknownHolidays(code=code) from error
    return {day: name for day, name in sorted(found.items()) if day.year == year}
