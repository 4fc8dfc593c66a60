"""Amounts of money that a text names: they are true of people with money in that currency, and of nobody else."""

import re
import unicodedata

from goodstanding.records.row_checks import CURRENCIES

# What any sign of a currency is read as, so that one pattern is of all of them.
_ANY_SIGN = "¤"
_CHINESE = "〇零一二三四五六七八九十百千万亿两兩壹贰叁肆伍陆柒捌玖拾佰仟萬億"
# Of what alphabets a sign of letters may be: Chinese goes on behind it without a space.
_LETTER = "[A-Za-zÀ-ɏЀ-ӿ]"
# Between a number and what it is of: spaces, brackets, colons, signs; no comma or full stop, which part sentences.
_GAP = r"[\s:()\[\]=~≈≤≥<>+\-–—−/\"“”]{0,4}"
# 20.– and 5 k, 5 million.
_AFTER = (
    rf"(?:[.,][-–—−]+)?(?:\s?(?:[kKmM]|[bm]n|[Mm]io\.?|[Mm]r?d\.?|[tT]housand|[mb]illion|lakh|crore)(?!{_LETTER}))?"
)
_CODE = re.compile(rf"(?<![A-Za-z])([A-Z]{{3}}){_GAP}(?=\d)|(?<=\d){_AFTER}{_GAP}([A-Z]{{3}})(?![A-Za-z])")
# Letters that stand for a currency, before a number and after it, and names of currencies after it.
_BEFORE = r"Rs\.?|Re\.|[KTU]Sh\.?|[KTU]sh\.?|kr\.?|z[łŁ]|Kč|Rp\.?|RM|RMB|S/\.?|Tk\.?|F?CFA|Bs\.?|Php|руб\.?"
_BEHIND = (
    r"Rs\.?|[KTU]Sh|[KTU]sh|kr\.?|z[łŁ]|Kč|Ft|lei|RMB|Tk|F?\s?CFA|Php|лв|руб|грн|тенге|"
    r"(?i:dollars?|euros?|yuan|renminbi|rupees?|yen|shillings?|pesos?|naira|baht|rubles?|roubles?|pounds?|francs?)"
)
# What stands behind a number in Chinese, Japanese and Korean; 元素 (element) and 元旦 (New Year's Day) are other words.
_UNITS = r"(?:元(?![素件旦宵首老月音])|圆|圓|円|원|块钱|塊錢)"
_WORDS = (
    r"(?:人民[币幣]|[港台澳新外][币幣]|新台[币幣]|[美欧歐日韩韓加澳港]元|日[圆圓]|美金|英[镑鎊]|卢比|盧比|先令|泰铢|泰銖|"
    r"法郎|卢布|盧布|奈拉|比索|第纳尔|里拉|兰特|越南盾)"
)
_NUMBER = rf"[\d{_CHINESE}]\s?[多余餘]?\s?"
_SIGN = re.compile(
    "|".join(
        [
            rf"{_ANY_SIGN}{_GAP}\d",
            rf"\d{_AFTER}{_GAP}(?:[A-Z]{{1,2}})?{_ANY_SIGN}",
            rf"(?<!{_LETTER})(?:{_BEFORE}){_GAP}\d",
            rf"\d{_AFTER}{_GAP}(?:{_BEHIND})(?!{_LETTER})",
            # Rand, of hundreds on: R2 may be anything.
            rf"(?<!{_LETTER})(?<!\d)R\s?\d[\d,.]{{2,}}",
            # 500/= and 500/-, as in East Africa and India.
            rf"\d/[-=](?!{_LETTER}|\d)",
            rf"{_NUMBER}{_UNITS}",
            rf"{_NUMBER}{_GAP}{_WORDS}",
            # 人民币一年期 is of one year: a number in words is of two characters and more.
            rf"{_WORDS}{_GAP}[约約]?(?:\d|[{_CHINESE}]{{2}})",
        ]
    )
)


def currencies_named(text: str) -> frozenset[str]:
    """The ISO 4217 codes beside a number of a text."""
    return CURRENCIES & {code for pair in _CODE.findall(_plain(text)) for code in pair if code}


def names_money(text: str) -> bool:
    """Whether a text names an amount of money, by a code or by a sign that may be of several currencies."""
    return bool(currencies_named(text) or _SIGN.search(_plain(text)))


def _plain(text: str) -> str:
    """A text with one sign for all currencies' signs, by Unicode, and full-width letters and digits as plain ones."""
    signs = (_ANY_SIGN if unicodedata.category(one) == "Sc" else one for one in text)
    return unicodedata.normalize("NFKC", "".join(signs))
