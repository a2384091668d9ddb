"""Where people have mailboxes of their own, and so what a company's mail domain is."""

NAMES = frozenset(
    (
        *("gmail", "googlemail", "hotmail", "outlook", "live", "msn", "icloud", "me", "mac", "yahoo", "ymail", "aol"),
        *("ziggo", "kpnmail", "kpnplanet", "planet", "hetnet", "home", "casema", "chello", "upcmail", "telfort"),
        *("xs4all", "quicknet", "caiway", "solcon", "tele2", "zonnet", "online", "telenet", "skynet", "proximus"),
        *("scarlet", "voo", "pandora", "proton", "protonmail", "pm", "gmx", "web", "t-online", "freenet", "orange"),
        *("free", "wanadoo", "laposte", "sfr", "zoho", "mail", "fastmail", "tutanota", "yandex", "btinternet", "sky"),
        *("virginmedia", "ntlworld", "talktalk", "freeler", "zeelandnet", "wxs", "tiscali", "hccnet", "ziggomail"),
        *("kabelfoon", "belgacom", "posteo", "comcast", "qq", "163", "duck", "hey"),
    )
)
"""First labels of their domains."""


def company_domain(address: str) -> str:
    """Return the domain of a normalised mail address where it is a company's own; else an empty text."""
    _, at, domain = address.rpartition("@")
    return domain if at and domain.partition(".")[0] not in NAMES else ""
