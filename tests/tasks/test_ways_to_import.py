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


TEXT = HERE + "from pathlib import Path\nPLACE = os.path.join(HERE, 'kin.txt')\n{}\nmodel = Net\n"
RUN = {
    "exec": "exec(Path(PLACE).read_text())",
    "its globals": "text = Path(PLACE).read_text()\nspace = {}\nexec(text, space)\nNet = space['Net']",
    "compile": "exec(compile(Path(PLACE).read_text(), PLACE, 'exec'))",
    "beside": "exec(Path(__file__).with_name('kin.txt').read_text())",
    "a sum of strings": "exec(Path(HERE + '/kin.txt').read_text())",
    "runpy": "import runpy\nNet = runpy.run_path(PLACE)['Net']",
    "a loader": "from importlib.machinery import SourceFileLoader as S\nNet = S('zq_kin', PLACE).load_module().Net",
    "a folder": "exec(Path(os.path.join(HERE, 'nets', 'kin.inc')).read_text())",
}


@pytest.mark.filterwarnings("ignore:.*load_module:DeprecationWarning")
@pytest.mark.parametrize("way", RUN)
def test_a_program_counts_whatever_its_file_ends_in(opened, way, tmp_path):
    name = "nets/kin.inc" if way == "a folder" else "kin.txt"
    mine = MADE.format(TEXT.replace("{}", RUN[way]))
    base, again, other = (opened(mine=mine, **{name: KIN.format(text)}) for text in ("x", "x  # the same", "x * 2"))
    assert base.fingerprint == again.fingerprint
    assert changed(base, other) == {name}


@pytest.mark.parametrize(
    "mine",
    [
        "from program_net import model\nNAME = 'kin.txt'\nwith open(HERE + '/kin.txt') as file: file.read()",
        "import re\nfrom program_net import model\nre.compile('a'), model().eval()\nNAME = 'kin.txt'",
        "from program_net import model\nexec('')\nopen(HERE + '/kin.txt', 'a').close()",
        "from program_net import model\nexec('')\nNAMES = ['other.txt', 'nets', '', '/', 'x' * 300]",
        "from program_net import model\nexec('')\nNAMES = ['words.txt', 'bytes.txt', 'long.txt']",
    ],
)
def test_texts_that_are_not_run_count_for_nothing(opened, mine):
    others = {"words.txt": "not a program", "bytes.txt": b"\x00\xff", "long.txt": "x = 1\n" * 200_000}
    mine = MADE.format(HERE + mine)
    base, other = (opened(mine=mine, **{"kin.txt": text}, **others) for text in ("a = 1", "a = 2"))
    assert base.program == other.program
    assert set(base.program) <= {"mine.py", "program_net.py", "program_sizes.py", "the model", "version"}
