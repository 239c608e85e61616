"""Currencies as reports write them: a code, a sign, or the two together."""

import re

_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD
    CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR
    LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB
    PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP
    SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VEF VES VND VUV WST XAF XCD XCG XOF XPF YER
    ZAR ZMW ZWL ZWG
"""
#: The codes of ISO 4217, and some that were in it when old records were made.
CODES = frozenset(_CODES.split())
# Signs that are one currency's own. `$`, `¥` and `kr` are several's: the mapping says which (`currency`).
_OWN = {
    "€": "EUR", "£": "GBP", "R$": "BRL", "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD",
    "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD", "S$": "SGD", "MX$": "MXN", "JP¥": "JPY", "CN¥": "CNY", "円": "JPY",
    "₹": "INR", "₩": "KRW", "\uffe6": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS", "₫": "VND", "₴": "UAH", "฿": "THB",
    "₱": "PHP", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₾": "GEL", "₼": "AZN", "zł": "PLN", "Kč": "CZK",
    "Ft": "HUF",
}  # fmt: skip
_SHARED = {
    "$": "USD CAD AUD NZD HKD SGD TWD MXN ARS CLP COP UYU BBD BSD BMD BZD BND DOP FJD JMD KYD LRD NAD SRD TTD XCD",
    "\uff04": "USD CAD AUD NZD HKD SGD TWD MXN",
    "¥": "JPY CNY",
    "\uffe5": "JPY CNY",
    "kr": "SEK NOK DKK ISK",
    "kr.": "DKK ISK",
}
_SIGN = r"[A-Z]{0,2}[$¢£¤¥\u20a0-\u20c0฿\uff04\uffe0\uffe1\uffe5\uffe6]|円|zł|Kč|Ft|kr\.?"
_BEFORE = re.compile(rf"([A-Z]{{3}}(?=[\s0-9.,+\-\u2212(])|{_SIGN})\s*")
_AFTER = re.compile(rf"\s*((?<=[\s0-9)])[A-Z]{{3}}|{_SIGN})")


def without_currency(text: str) -> tuple[str, str | None]:
    """Take the currency off a text, in front or behind: what is left, and the currency as written."""
    found = _BEFORE.match(text)
    if found is not None:
        return text[found.end() :], found[1]
    for found in _AFTER.finditer(text):
        if found.end() == len(text):
            return text[: found.start()], found[1]
    return text, None


def checked(sign: str) -> str:
    """Give a sign back. Raises ValueError for three letters that are no currency."""
    if sign.isascii() and sign.isalpha() and sign.isupper() and sign not in CODES:
        raise ValueError(f"`{sign}` is not the code of a currency")
    return sign


def code_of(sign: str | None, usual: str | None) -> str | None:
    """Give the code of a currency as written; `usual` is what signs of several currencies, or none, stand for.

    Raises ValueError where that leaves open which it is.
    """
    if sign is None or sign in CODES:
        return sign or usual
    own = _OWN.get(sign)
    if own is not None:
        return own
    may_be = _SHARED.get(sign, "").split()
    if usual is not None and usual in may_be:
        return usual
    raise ValueError(f"`{sign}` may be the sign of several currencies; say which with `currency` in the mapping")
