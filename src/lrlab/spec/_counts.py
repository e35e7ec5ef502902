"""Numbers of things in words."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """So many things, one or several. plural: of a noun that takes more than an s.

    >>> counted(1, "seed"), counted(1200, "trial"), counted(2, "process", "processes")
    ('1 seed', '1,200 trials', '2 processes')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def spoken(span: str) -> str:
    """A length as a person says it.

    >>> spoken("1 epochs"), spoken("5 epochs"), spoken("1 updates")
    ('1 epoch', '5 epochs', '1 update')
    """
    amount, _, unit = span.partition(" ")
    return f"1 {unit.removesuffix('s')}" if amount == "1" else span


def duration(seconds: float) -> str:
    """Seconds as a clock has them: "8 s", "1 min 40 s", "2 h 5 min".

    >>> duration(8.4), duration(100), duration(7500)
    ('8 s', '1 min 40 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
