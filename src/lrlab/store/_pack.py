"""How texts and arrays lie in a store: as they are, deflated, or once for all that are equal.

A trial's record and arrays are short and much like the next one's. Deflating with a text that both sides know takes
what they have in common out of each.
"""

import sqlite3
import zlib

RAW, DEFLATED, SHARED = 0, 1, 2  # forms of a value; of a shared one a row names the digest of its content
LONG = 1024  # bytes from which on an array lies in the table of contents, as rates that many trials have in common
LARGEST = 1 << 30  # bytes that a value may have once unpacked: a damaged one must not fill the memory
# Never changed: what a store holds was deflated with it. Another one is another form.
_FIELDS = (
    "\x93NUMPY\x01\x00v\x00{'descr': '|b1', 'fortran_order': False, 'shape': (500,), }" + " " * 58 + "\n"
    "\x93NUMPY\x01\x00v\x00{'descr': '<f2', 'fortran_order': False, 'shape': (500, 10), }" + " " * 55 + "\n"
    "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (930,), }" + " " * 58 + "\n"
    '"evaluation":"plateau","step","exponential","linear","warmup","span":"5%","then":{"name":"constant"}'
    '"end":"open","floor":0.0,"name":"cosine","power":1.0},"settings":{'
    '"class_names":["0","1","2","3","4","5","6","7","8","9"],'
    '"confusion":{"cells":[[0,0,10],[1,1,10]],"classes":100},"outcome":"diverged"'
    '{"chance":{"constant":{"loss":2.2982170581817627,"score":0.11447811447811448},"examples":297,"untrained":{"loss":'
    '2.3021445274353027,"score":0.05723905723905724}},"diverged_at":null,"epochs":[{"test_f1":null,"test_loss":null,'
    '"test_score":null,"train_f1":null,"train_loss":2.298,"train_score":0.0866,"validation_loss":2.27982,'
    '"validation_score":0.1414},{"test_f1":null,"test_loss":null,"test_score":null,"train_f1":null,"train_loss":0.12,'
    '"train_score":0.967741935483871,"validation_loss":0.118,"validation_score":0.96}],"evaluate_seconds":0.016,'
    '"metric":{"higher_is_better":true,"name":"accuracy"},"outcome":"finished","provenance":{"device":"cpu","engine":'
    '"lanes","left_at":null,"lrlab":"0.1.0","machine":"Linux x86_64, Intel(R) Xeon(R) Processor, 2 cores","numpy":'
    '"2.4.6","python":"3.11.7","ratio":12.341193545194056,"stack":16,"threads":1,"torch":"2.13.0+cpu"},"test":{'
    '"confusion":[[48,0,0,0,0,0,0,1,0,0],[0,48,0,0,0,0,0,0,2,0],[0,0,50,0,0,0,0,0,0,0],[0,0,0,50,0,0,0,0,0,0],'
    "[0,0,0,0,50,0,0,0,0,0],[0,0,0,0,0,45,0,1,0,0],[0,0,0,0,0,0,47,0,0,0],[0,0,0,0,0,0,0,49,0,0],[0,0,0,0,0,0,0,0,49,0],"
    '[0,0,0,0,0,0,0,0,1,44]],"loss":0.14016765356063843,"score":0.944},"train_seconds":0.060,"trial":{"batch_size":32,'
    '"budget":"30 epochs","data":"e044c7289eb6116d","evaluate_every":1,"optimizer":{"alpha":0.99,"beta2":0.999,"clip":'
    'null,"eps":1e-08,"momentum":0.9,"name":"sgd","nesterov":false,"weight_decay":0.0},"peak":0.01,"precision":'
    '"float32","protocol":"1.0","schedule":{"name":"constant"},"seed":1000,"snapshots":[],"task":"digits/mlp","watch":'
    '"validation"},"updates":310,"updates_per_epoch":31,"validation":{"confusion":[[27,0,0,0,0,0,0,0,0,0],'
    '[0,27,0,0,0,0,0,0,0,0],[0,0,30,0,0,0,0,0,0,0]],"loss":0.10851103812456131,"score":0.9663299663299664}}'
)
DICTIONARY = b"\x01" * 200 + _FIELDS.encode("latin-1")


class Unreadable(ValueError):
    """A value that cannot be unpacked."""


def deflate(content: bytes) -> bytes:
    """Content, deflated by what records and arrays have in common."""
    packer = zlib.compressobj(level=6, zdict=DICTIONARY)
    return packer.compress(content) + packer.flush()


def inflate(packed: object) -> bytes:
    """The inverse of `deflate`. Raises Unreadable."""
    if not isinstance(packed, bytes):
        raise Unreadable("no packed bytes")
    unpacker = zlib.decompressobj(zdict=DICTIONARY)
    try:
        content = unpacker.decompress(packed, LARGEST)
    except zlib.error as error:
        raise Unreadable(str(error)) from None
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable("it is cut short, or too long")
    return content


def text_of(value: object, form: object) -> str:
    """The text of a row. Raises Unreadable."""
    if form == RAW and isinstance(value, str):
        return value
    if form != DEFLATED:
        raise Unreadable(f"no text of form {form!r}")
    try:
        return inflate(value).decode()
    except UnicodeDecodeError as error:
        raise Unreadable(str(error)) from None


def bytes_of(value: object, form: object, database: sqlite3.Connection) -> bytes:
    """The bytes of a row of arrays. database: the one it is in. Raises Unreadable, sqlite3.Error."""
    if form == RAW and isinstance(value, bytes):
        return value
    if form == DEFLATED:
        return inflate(value)
    if form != SHARED:
        raise Unreadable(f"no array of form {form!r}")
    row = database.execute("select npy from content where digest = ?", (value,)).fetchone()
    if row is None:
        raise Unreadable("its content is missing")
    return inflate(row[0])
