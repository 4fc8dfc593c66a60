"""Numbers of Chinese residents by their own rules, in the way of python-stdnum's modules.

GB 11643-1999: six digits of a region, eight of the day of birth, three of an order, and a check digit of ISO 7064
MOD 11-2. The region is where its holder was registered when the number was given out, not where they were born. Numbers
have been given out since 1984 (Regulations on Resident Identity Cards, tried out from April 1984), to newborns and to
everybody alive then, so a code fits whoever was born before it went out of force. Residents of Hong Kong, Macau and
Taiwan hold 810000, 820000 and 830000, whenever they were born (State Council, Guobanfa 2018 No. 81, on their permits).
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat

get_birth_date = ric.get_birth_date

FIRST_GIVEN = 1984
# Who was born before had died before numbers were given out, or soon after.
FIRST_BORN = 1900
_FORM = re.compile(r"[0-9]{17}[0-9X]")
# Of a region's names the years in which it was in force: "[1983-2021]", "[-1993]", "[2001-]", or none at all.
_YEARS = re.compile(r"(?:^|,)(?:\[\d*-(\d*)\])?")
_FOREVER = 9999


def validate(number: str) -> str:
    """The number in its one form, with a capital X. Raises ValidationError for what was never given out.

    Whether its holder is born yet is for who knows the day.
    """
    found = ric.compact(number)
    if not _FORM.fullmatch(found):
        raise InvalidFormat
    if found[-1] != ric.calc_check_digit(found):
        raise InvalidChecksum
    born = get_birth_date(found)
    if born.year < FIRST_BORN or _in_force_until(found[:6]) < max(born.year, FIRST_GIVEN):
        raise InvalidComponent
    return found


def _in_force_until(region: str) -> int:
    """The last year in which a region's code was in force; 0 for a code that never was."""
    named = [info["county"] for _, info in numdb.get("cn/loc").info(region) if "county" in info]
    ends = [int(year) if year else _FOREVER for county in named for year in _YEARS.findall(county)]
    return max((*ends, _late_regions().get(region, 0)))


@cache
def _late_regions() -> Mapping[str, int]:
    """What the table of python-stdnum lacks: a region's code, and the last year in which it was in force."""
    text = (resources.files("goodstanding.registry.people") / "resident_regions.toml").read_text(encoding="utf-8")
    found: dict[str, int] = {}
    for year, codes in tomllib.loads(text)["until"].items():
        for first, _, last in (code.partition("-") for code in codes):
            found |= dict.fromkeys(map(str, range(int(first), int(last or first) + 1)), int(year))
    return found
