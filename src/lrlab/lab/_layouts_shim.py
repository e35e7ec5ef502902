from typing import NamedTuple


class K(NamedTuple):
    plain: bool = False
    portable: bool = True
    stacks: bool = True


LAYOUTS = {
    "reference": K(plain=True, stacks=False),
    "loop": K(stacks=False),
    "channels_last": K(),
    "vmap": K(),
    "grouped": K(),
    "lanes": K(portable=False),
}
