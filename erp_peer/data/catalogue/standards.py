"""Classes and approvals with their years; `supersedes` lets a filter for the older find the newer."""

from msgspec import Struct


class Standard(Struct, frozen=True):
    """Empty `valid_to`: still in force."""

    code: str
    family: str
    valid_from: str
    valid_to: str = ""
    supersedes: str = ""


def _chain(family: str, *steps: tuple[str, str, str]) -> tuple[Standard, ...]:
    """Write a family where each step covers the one before it."""
    older = ("", *(code for code, _, _ in steps))
    return tuple(
        Standard(code, family, start, end, before) for (code, start, end), before in zip(steps, older, strict=False)
    )


STANDARDS: tuple[Standard, ...] = (
    *_chain(
        "API",
        ("API SJ", "1996-10-15", "2010-10-01"),
        ("API SL", "2001-07-01", ""),
        ("API SM", "2004-11-30", ""),
        ("API SN", "2010-10-01", ""),
        ("API SN PLUS", "2018-05-01", ""),
        ("API SP", "2020-05-01", ""),
        ("API SQ", "2025-03-31", ""),
    ),
    *_chain(
        "API",
        ("API CF-4", "1990-01-01", "2009-12-31"),
        ("API CH-4", "1998-12-01", ""),
        ("API CI-4", "2002-09-05", ""),
        ("API CJ-4", "2006-10-15", ""),
        ("API CK-4", "2016-12-01", ""),
    ),
    Standard("API CF", "API", "1994-01-01", "2010-12-31"),
    Standard("API FA-4", "API", "2016-12-01"),
    Standard("API GL-4", "API", "1969-01-01"),
    Standard("API GL-5", "API", "1969-01-01"),
    *_chain(
        "ILSAC",
        ("ILSAC GF-5", "2010-10-01", "2021-04-30"),
        ("ILSAC GF-6A", "2020-05-01", "2026-03-31"),
        ("ILSAC GF-7A", "2025-03-31", ""),
    ),
    *_chain(
        "ILSAC",
        ("ILSAC GF-6B", "2020-05-01", "2026-03-31"),
        ("ILSAC GF-7B", "2025-03-31", ""),
    ),
    Standard("ACEA A3/B4", "ACEA", "1998-03-01"),
    Standard("ACEA A5/B5", "ACEA", "2002-02-01"),
    Standard("ACEA C2", "ACEA", "2004-11-01"),
    Standard("ACEA C3", "ACEA", "2004-11-01"),
    Standard("ACEA C5", "ACEA", "2016-12-01"),
    Standard("ACEA C6", "ACEA", "2021-05-01"),
    Standard("ACEA E4", "ACEA", "1998-03-01"),
    Standard("ACEA E7", "ACEA", "2004-11-01"),
    *_chain("ACEA", ("ACEA E6", "2004-11-01", "2024-05-01"), ("ACEA E8", "2022-05-01", "")),
    *_chain("ACEA", ("ACEA E9", "2008-12-01", "2024-05-01"), ("ACEA E11", "2022-05-01", "")),
    *_chain("JASO", ("JASO MA", "1998-01-01", ""), ("JASO MA2", "2006-01-01", "")),
    Standard("JASO MB", "JASO", "1998-01-01"),
    *_chain(
        "JASO",
        ("JASO FB", "1994-01-01", ""),
        ("JASO FC", "1994-01-01", ""),
        ("JASO FD", "2004-01-01", ""),
    ),
    Standard("JASO DH-2", "JASO", "2005-04-01"),
    Standard("JASO M315 1A", "JASO", "2004-01-01"),
    Standard("DIN 51524-2 HLP", "DIN", "1985-06-01"),
    Standard("DIN 51524-3 HVLP", "DIN", "1990-08-01"),
    Standard("ISO 11158 HM", "ISO", "1997-01-01"),
    Standard("ISO 11158 HV", "ISO", "1997-01-01"),
    Standard("DIN 51517-3 CLP", "DIN", "1989-09-01"),
    Standard("ISO 12925-1 CKC", "ISO", "1996-01-01"),
    Standard("ISO 12925-1 CKD", "ISO", "1996-01-01"),
    Standard("ISO 12925-1 CKS", "ISO", "1996-01-01"),
    Standard("DIN 51506 VDL", "DIN", "1985-09-01"),
    Standard("ISO 6743-3 DAJ", "ISO", "2003-01-01"),
    Standard("DIN 51503-1 KAA", "DIN", "1997-08-01"),
    Standard("DIN 51515-1 TD", "DIN", "2001-02-01"),
    Standard("ISO 8068 TSA", "ISO", "1987-01-01"),
    Standard("IEC 60296", "IEC", "2020-06-01"),
    Standard("DIN 51502 CGLP", "DIN", "1990-08-01"),
    Standard("ISO 19378 GA", "ISO", "2003-01-01"),
    Standard("DIN 51522", "DIN", "1998-11-01"),
    Standard("ISO 6743-12 QB", "ISO", "1989-01-01"),
    Standard("DIN 51825 KP2K-30", "DIN", "2004-06-01"),
    Standard("DIN 51825 K2K-30", "DIN", "2004-06-01"),
    Standard("DIN 51825 K3K-20", "DIN", "2004-06-01"),
    Standard("DIN 51825 KP2P-30", "DIN", "2004-06-01"),
    Standard("DIN 51825 KPF2K-20", "DIN", "2004-06-01"),
    Standard("DIN 51826 GP00K-40", "DIN", "2005-01-01"),
    Standard("ISO 6743-9", "ISO", "2003-01-01"),
    Standard("ASTM D3306", "ASTM", "1974-01-01"),
    Standard("ASTM D4985", "ASTM", "1989-01-01"),
    *_chain("DOT", ("DOT 3", "1972-01-01", ""), ("DOT 4", "1976-01-01", "")),
    Standard("DOT 5.1", "DOT", "1990-01-01", "", "DOT 4"),
    Standard("ISO 4925 6", "ISO", "2005-01-01"),
    Standard("ISO 22241-1", "ISO", "2006-10-01"),
    Standard("ГОСТ 17479.1", "ГОСТ", "1987-01-01"),
    Standard("ГОСТ 17479.2", "ГОСТ", "1987-01-01"),
    Standard("ГОСТ 17479.3", "ГОСТ", "1987-01-01"),
    Standard("ГОСТ 17479.4", "ГОСТ", "1988-01-01"),
    Standard("ГОСТ 20799", "ГОСТ", "1990-01-01"),
    Standard("ГОСТ 10541", "ГОСТ", "1980-01-01"),
    Standard("ГОСТ 12337", "ГОСТ", "1986-01-01"),
    Standard("ГОСТ 28084", "ГОСТ", "1990-07-01"),
)
