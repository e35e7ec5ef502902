"""Code of the user's that does what code does on a bad day, and study files that name code without asking."""

# ruff: noqa: E501 - tables of odd values

import random

from support.hostile import ANY, MAKE, REFUSED, TASK, Case, study_text
from support.hostile_lay import Files

TINY = (
    "--epochs",
    "1",
    "--seeds",
    "2",
    "--tuning-seeds",
    "1",
    "--peaks",
    "0.1",
    "--store",
    "s.db",
    "--batch-size",
    "8",
)
RAN = "open('ran', 'w').close()\n"
HEAD = "import lrlab, torch, os, sys, threading, time, warnings, signal\nfrom torch import nn\n"
# What stands before the task: what runs when the file is imported.
AT_IMPORT = [
    "sys.exit(3)",
    "os._exit(4)",
    "raise SystemExit('no')",
    "raise KeyboardInterrupt",
    "raise GeneratorExit",
    "raise StopIteration",
    "raise MemoryError",
    "raise RecursionError('deep')",
    "class E(BaseException): pass\nraise E('\\x1b[31m')",
    "raise Exception('x' * 100000)",
    "raise Exception('a\\nb\\r\\x1b[2Jc')",
    "raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])",
    "raise UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')",
    "raise OSError(2, 'no', 'f\\x1b')",
    "def f(): f()\nf()",
    "while True: pass",
    "time.sleep(1000)",
    "import itertools\nfor _ in itertools.count(): pass",
    "x = [0] * 10**13",
    "x = bytearray(10**14)",
    "pid = os.fork()\nif not pid: os._exit(0)\nos.waitpid(pid, 0)",
    "pid = os.fork()\nif not pid:\n    sys.exit(0)\nos.waitpid(pid, 0)",
    "pid = os.fork()\nif not pid:\n    raise ValueError('in the child')\nos.waitpid(pid, 0)",
    "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
    "def die(): raise ValueError('in a thread')\nt = threading.Thread(target=die)\nt.start()\nt.join()",
    "print('hello' * 1000)",
    "print('\\x1b[31m\\x00\\u202e')",
    "sys.stdout.write('a\\n' * 10000)",
    "sys.stdout = None",
    "sys.stderr = None",
    "sys.stdout.close()",
    "os.close(1)",
    "sys.stdout = open(os.devnull, 'w')",
    "os.mkdir('gone')\nos.chdir('gone')\nos.rmdir('../gone')",
    "os.chdir('/')",
    "os.environ.clear()",
    "sys.path.clear()",
    "sys.path[:] = [1, None, 'x']",
    "sys.modules.pop('lrlab', None)",
    "sys.modules['numpy'] = None",
    "sys.setrecursionlimit(60)",
    "warnings.simplefilter('error')",
    "warnings.warn('look out')",
    "signal.signal(signal.SIGINT, signal.SIG_DFL)",
    "signal.alarm(0)",
    "torch.set_default_dtype(torch.float64)",
    "torch.set_default_device('meta')",
    "torch.use_deterministic_algorithms(True)",
    "torch.set_grad_enabled(False)",
    "torch.manual_seed = None",
    "import numpy\nnumpy.seterr(all='raise')",
    "import random\nrandom.seed = lambda *_: 1/0",
    "import gc\ngc.disable()",
    "sys.settrace(lambda *a: None)",
    "import atexit\natexit.register(lambda: 1/0)",
    "class D:\n    def __del__(self): raise ValueError\nD()",
    "__all__ = 5",
    "__name__ = 7",
    "__file__ = None",
    "from lrlab import *",
    "import t",
    "del lrlab\nimport lrlab",
    "assert False",
    "import this_is_not_there",
    "from . import x",
    "import json as lrlab",
    "def __getattr__(name): raise BaseException(name)",
    "exec('1' * 10000)",
]
# What the model is, or does.
MODELS = [
    "None",
    "5",
    "nn.Linear",
    "nn.Linear(3, 3)",
    "nn.Linear(2, 0)",
    "nn.Linear(2, 1)",
    "nn.Linear(2, 100000)",
    "nn.Identity()",
    "nn.Flatten(0)",
    "nn.Sequential()",
    "nn.Linear(2, 3, dtype=torch.float64)",
    "nn.Linear(2, 3, device='meta')",
    "nn.Linear(2, 3).half()",
    "nn.LSTM(2, 3)",
    "nn.BatchNorm1d(2)",
    "nn.Embedding(3, 3)",
    "nn.Linear(2, 3).requires_grad_(False)",
    "Bad()",
    "Nan()",
    "Loop()",
    "Exit()",
    "Deep()",
    "Grow()",
    "Del()",
    "Say()",
    "Tuple()",
    "Text()",
    "torch.jit.script(nn.Linear(2, 3))",
    "nn.DataParallel(nn.Linear(2, 3))",
    "1/0",
    "Odd()",
]
CLASSES = """
class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 3)
    def forward(self, x):
        return self.act(self.layer(x))
class Bad(Base):
    def act(self, x): raise ValueError('\\x1b[31m' + 'x' * 5000)
class Nan(Base):
    def act(self, x): return x * float('nan')
class Loop(Base):
    def act(self, x):
        while self.training: pass
        return x
class Exit(Base):
    def act(self, x): sys.exit(1)
class Deep(Base):
    def act(self, x): return self.act(x)
class Grow(Base):
    def act(self, x): return x.repeat(1, 10**8)
class Del(Base):
    def __del__(self): raise ValueError('gone')
    def act(self, x): return x
class Say(Base):
    def act(self, x):
        print('\\x1b[31mhi')
        return x
class Tuple(Base):
    def act(self, x): return x, x
class Text(Base):
    def act(self, x): return 'x'
class Odd(Base):
    def __init__(self):
        super().__init__()
        self.register_parameter('\\x1b[31m<x-evil>', nn.Parameter(torch.zeros(1)))
    def act(self, x): return x
"""
INPUTS = [
    "[]",
    "[[]] * 60",
    "None",
    "'text'",
    "[['a', 'b']] * 60",
    "[[float('nan'), 1.0]] * 60",
    "[[float('inf'), 1.0]] * 60",
    "[[1e308, 1e308]] * 60",
    "torch.zeros(60, 2, dtype=torch.complex64)",
    "torch.zeros(60, 2, device='meta')",
    "torch.zeros(60, 2).to_sparse()",
    "[[1.0, 2.0]] * 59",
    "[[1.0, 2.0]]",
    "torch.zeros(60, 0)",
    "torch.zeros(0, 2)",
    "[[1.0, 2.0], [1.0]] * 30",
    "iter([[1.0, 2.0]] * 60)",
    "{'a': [1.0] * 60}",
    "range(60)",
    "torch.zeros(60, 2, 3, 4, 5)",
    "torch.zeros(60, 2, requires_grad=True)",
    "[[10**400, 1]] * 60",
    "object()",
]
LABELS = [
    "[]",
    "None",
    "[-1, 0, 1] * 20",
    "[0, 1, 10**12] * 20",
    "[0, 1, 2**63] * 20",
    "[0.5, 1.5, float('nan')] * 20",
    "['a', 'b', 'c'] * 20",
    "['<x-evil>', '\\x1b[31m', '{{ 7 }}'] * 20",
    "['', 'b', 'c'] * 20",
    "[None, 1, 2] * 20",
    "[0] * 60",
    "[7] * 60",
    "list(range(60))",
    "[True, False, True] * 20",
    "[0, 1, 2] * 19",
    "[[0, 1], [1, 0]] * 30",
    "[[1, 0, 0], [0, 1, 0], [0, 0, 1]] * 20",
    "torch.zeros(60, 3)",
    "[b'a', b'b', b'c'] * 20",
    "[(0,), (1,), (2,)] * 20",
    "['x' * 10000, 'y', 'z'] * 20",
    "[1j, 2, 3] * 20",
    "['\\u202e', 'a', 'b'] * 20",
    "['a\\nb', 'b', 'c'] * 20",
]
LOOPS = [
    "pass", "run.finish(test_accuracy=0.5)", "run.finish(test_accuracy=float('nan'))", "run.finish(test_accuracy=10**400)",
    "run.finish(test_accuracy='0.5')", "run.finish(test_accuracy=None)", "run.finish()", "run.finish(**{'test_\\x1b': 1.0})",
    "run.finish(test_accuracy=0.5)\n    run.finish(test_accuracy=0.6)", "run.report(epoch=1)", "run.report(epoch=-1)",
    "run.report(epoch=10**9, validation_loss=1.0)", "run.report(epoch=1, validation_loss=float('inf'))\n    run.finish(test_loss=1.0)",
    "run.report(epoch='a', validation_loss=1.0)", "run.rate(-1)", "run.rate(10**9)", "run.rate('x')", "sys.exit(3)",
    "os._exit(3)", "raise KeyboardInterrupt", "raise SystemExit", "while True: pass", "time.sleep(1000)", "1/0",
    "raise BaseException('x')", "def f(): f()\n    f()", "os.chdir('/')\n    run.finish(test_accuracy=0.5)",
    "os.kill(os.getpid(), signal.SIGTERM)", "os.kill(os.getpid(), signal.SIGINT)",
    "import shutil\n    shutil.rmtree(run.folder)\n    run.finish(test_accuracy=0.5)",
    "(run.folder / 'x').write_text('y')\n    run.finish(test_accuracy=0.5)",
    "print('\\x1b[2J')\n    run.finish(test_accuracy=0.5)", "sys.stdout.close()\n    run.finish(test_accuracy=0.5)",
    "run.report(epoch=1, validation_accuracy=0.5)\n    run.finish(test_accuracy=0.5, test_loss=-1.0)", "return run",
    "run.scheduler(None)", "run.record_rate(0, float('nan'))\n    run.finish(test_accuracy=1.0)",
    "run.finish(test_accuracy=0.5, **{f'test_m{i}': 1.0 for i in range(2000)})",
    "for e in range(5000): run.report(epoch=e, validation_loss=1.0)\n    run.finish(test_loss=1.0)",
]  # fmt: skip
NAMES = [
    "t.py", "a b.py", "a'b.py", 'a"b.py', "é.py", "\u202et.py", "t\x1b[31m.py", "t\n.py", "<x-evil>.py", "{{7*7}}.py", "%s.py",
    "t:u.py", "-t.py", "a/../t.py", ".py", "torch.py", "lrlab.py", "json.py", "x" * 200 + ".py", "$(touch ran).py", "t.py.py",
    "class.py", "1.py", "‮.py", "t;touch ran;.py", "*.py", "%.py", "_.py",
]  # fmt: skip


def own_code(rng: random.Random) -> Case:
    """A task of the user's own, in which one thing is odd."""
    model, inputs, labels, before = "nn.Linear(2, 3)", "[[1.0, 2.0]] * 60", "[0, 1, 2] * 20", ""
    what = rng.choice(["import", "import", "model", "model", "inputs", "labels"])
    if what == "import":
        before = rng.choice(AT_IMPORT)
    elif what == "model":
        model = rng.choice(MODELS)
    elif what == "inputs":
        inputs = rng.choice(INPUTS)
    else:
        labels = rng.choice(LABELS)
    made = f"task = lrlab.Task.from_arrays(model=lambda: {model}, inputs={inputs}, labels={labels})\n"
    text = HEAD + before + CLASSES + made
    verb = rng.choice([("compare", "t.py:task", "constant", *TINY), ("verify", "t.py:task", "--batch-size", "8")])
    kept = ("--trial-timeout", "3") if verb[0] == "compare" or what == "import" else ("--updates", "2")
    if verb[0] == "verify" and model == "Loop()":
        kept = ("--trial-timeout", "3")
    return Case(f"own task, odd {what}", (*verb, *kept), {"t.py": text.encode()}, may_run=True)


def own_loop(rng: random.Random) -> Case:
    """A training loop of the user's own that does what it should not."""
    text = f"{HEAD}@lrlab.trial\ndef train(run):\n    {rng.choice(LOOPS)}\n"
    words = ("compare", "t.py:train", "constant", "--updates", "4", "--seeds", "2", "--tuning-seeds", "1")
    words += ("--peaks", "0.1", "--store", "s.db", "--trial-timeout", "3")
    return Case("own loop", words, {"t.py": text.encode()}, may_run=True)


def odd_name(rng: random.Random) -> Case:
    """A good task in a file of an odd name."""
    name = rng.choice(NAMES)
    words = ("compare", *TINY, "--", rng.choice([name, f"{name}:task", f"./{name}:task"]), "constant")
    return Case("file name", words, {name: f"{MAKE}task = make()\n".encode()}, may_run=True)


def code_in_study(rng: random.Random) -> Case:
    """A study file that names code, which nobody allowed."""
    task = rng.choice(
        ["t.py:task", "t.py", "./t.py", "t:task", "os:getcwd", "pkg.mod:task", " t.py:task", "T.py:task", "value:evil",
         "loop-value:evil", "value:./evil", "task:x", "loop:x", "../t.py:task", "t.py:__builtins__", "antigravity:x"]
    )  # fmt: skip
    trap = b"cbuiltins\nopen\n(S'ran'\nS'w'\ntR."
    files: Files = {"s.yaml": study_text(task=f"'{task}'").encode(), "evil": trap, "s.db-x": trap}
    files = {**files, **dict.fromkeys(("t.py", "T.py", "pkg/mod.py"), (RAN + MAKE + "task = make()\n").encode())}
    verb = rng.choice([("run", "s.yaml"), ("run", "s.yaml", "--keep"), ("run", "s.yaml", "--retry-failed")])
    return Case("code in a study", (*verb, "--store", "s.db"), files, REFUSED, "task: ")


def by_value_name(rng: random.Random) -> Case:
    """Names that would lead to a pickle of the folder they are typed in."""
    name = rng.choice(["value:evil", "loop-value:evil", "value:./evil", "value:evil.py", "VALUE:evil", "value:task"])
    trap = b"cbuiltins\nopen\n(S'ran'\nS'w'\ntR."
    verb = rng.choice([("compare", name, "constant", *TINY), ("verify", name), ("find", name, "--store", "s.db")])
    return Case("name of a pickle", verb, {"evil": trap, "evil.py": trap, "task": trap}, REFUSED)


def plug_in(rng: random.Random) -> Case:
    """A plug-in that does what it should not."""
    text = "import os, sys, time, signal, threading, warnings, torch\n" + rng.choice(
        [
            *(
                each
                for each in AT_IMPORT
                if "while True" not in each and "sleep(1000)" not in each and "count()" not in each
            )
        ]
    )
    words = ("compare", TASK, "constant", *TINY, "--plugin", rng.choice(["p.py", "./p.py", "p"]))
    return Case("plug-in", words, {"p.py": text.encode()}, ANY, may_run=True)


KINDS = [own_code, own_code, own_code, own_loop, odd_name, code_in_study, by_value_name, plug_in]
