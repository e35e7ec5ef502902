"""A file of the user's counts by whatever way it comes in, also where no import statement names it."""

import pytest

from .test_program import MINE, changed, files_of, opened

__all__ = ["opened"]
LIB = "import importlib\n"
HERE = "import os\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
MADE = MINE.replace("from program_net import model\n", "{}\n")
WAYS = {
    "inside the function": f"{LIB}def model(): return importlib.import_module('program_kin').Net()",
    "by the function alone": "from importlib import import_module\n"
    "def model(): return import_module('program_kin').Net()",
    "by __import__": "def model(): return __import__('program_kin').Net()",
    "a registry": "import importlib\nNETS = {'a': [importlib.import_module('program_kin').Net]}\n"
    "def model(): return NETS['a'][0]()",
    "a name in a variable": f"{LIB}NAME = 'program_kin'\ndef model(): return importlib.import_module(NAME).Net()",
    "a made-up name": f"{LIB}def model(): return importlib.import_module('_'.join(['program', 'kin'])).Net()",
    "a partial": "import functools, importlib\n"
    "model = functools.partial(getattr(importlib.import_module('program' + '_kin'), 'Net'))",
    "a closure": "import importlib\ndef maker(kind):\n    return lambda: kind()\n"
    "model = maker(importlib.import_module('program' + '_kin').Net)",
    "runpy": HERE + "import runpy\nmodel = runpy.run_path(os.path.join(HERE, 'program_kin.py'))['Net']",
    "its place": HERE
    + "import importlib.util as u\nspec = u.spec_from_file_location('zz', HERE + '/program_kin' + '.py')\n"
    "other = u.module_from_spec(spec)\nspec.loader.exec_module(other)\nmodel = other.Net",
    "exec": HERE + "with open(os.path.join(HERE, 'program_kin.py')) as file: exec(file.read())\nmodel = Net",
    "a layer inside": "import importlib\nfrom torch import nn\n"
    "def model(): return nn.Sequential(nn.Linear(3, 3), importlib.import_module('program' + '_kin').Net())",
}
KIN = "from torch import nn\nclass Net(nn.Linear):\n    def __init__(self): super().__init__(3, 3)\n"
KIN += "    def forward(self, x): return super().forward({}\n    )\n"


@pytest.mark.parametrize("way", WAYS)
def test_a_file_counts_that_no_import_statement_names(opened, way):
    mine = MADE.format(WAYS[way])
    base, again, other = (opened(mine=mine, program_kin=KIN.format(text)) for text in ("x", "x  # the same", "x * 2"))
    assert base.fingerprint == again.fingerprint
    assert changed(base, other) == {"program_kin.py"}


LATE = """from torch import nn
class Net(nn.Linear):
    def __init__(self): super().__init__(3, 3)
    def forward(self, x):
        if self.training and len(x) > 20:
            from program_late.deep.sizes import grow
            x = grow(x)
        return super().forward(x)
model = Net
"""


@pytest.mark.parametrize("inits", [("program_late/__init__.py", "program_late/deep/__init__.py"), ()])
def test_a_package_that_only_training_loads_counts(opened, inits):
    def late(text):
        return opened(
            mine=MADE.format(LATE),
            **dict.fromkeys(inits, ""),
            **{"program_late/deep/sizes.py": f"def grow(x): return {text}\n"},
        )

    base, other = late("x"), late("x * 2")
    assert changed(base, other) == {"program_late/deep/sizes.py"}
    assert set(inits) < files_of(base)


def test_a_file_in_a_folder_below_is_named_by_where_it_lies(opened):
    way = HERE + "import runpy\nmodel = runpy.run_path(os.path.join(HERE, 'nets', 'kin.py'))['Net']"
    base, other = (opened(mine=MADE.format(way), **{"nets/kin.py": KIN.format(text)}) for text in ("x", "x * 2"))
    assert changed(base, other) == {"nets/kin.py"}


def test_a_string_alone_brings_no_file_in(opened):
    mine = MADE.format("KINDS = ['program_kin', 'program_kin.py']\nfrom program_net import model")
    assert "program_kin.py" not in files_of(opened(mine=mine, program_kin=KIN.format("x")))
