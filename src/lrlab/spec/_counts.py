"""Numbers of things in words."""


def counted(number: int, noun: str) -> str:
    """So many things, one or several.

    >>> counted(1, "seed"), counted(1200, "trial"), counted(0, "epoch")
    ('1 seed', '1,200 trials', '0 epochs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def spoken(span: str) -> str:
    """A length as a person says it.

    >>> spoken("1 epochs"), spoken("5 epochs"), spoken("1 updates")
    ('1 epoch', '5 epochs', '1 update')
    """
    amount, _, unit = span.partition(" ")
    return f"1 {unit.removesuffix('s')}" if amount == "1" else span
