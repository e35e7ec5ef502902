"""One measured process: `python -m engine_parts._worker REQUEST`, a JSON object.

It prepares and warms up, prints READY, waits for a line, trains, and prints its result.
"""

import json
import sys
from importlib import import_module

import torch

from ._watch import Watch


def main() -> None:
    request = json.loads(sys.argv[1])
    answers, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not mix with the answer

    def barrier() -> None:
        print("READY", file=answers, flush=True)
        sys.stdin.readline()

    torch.manual_seed(request["arguments"]["process"])
    watch = Watch(barrier, **request["watch"])
    module, _, function = request["entry"].partition(":")
    getattr(import_module(module), function)(watch, **request["arguments"])
    print(json.dumps(watch.result()), file=answers, flush=True)


if __name__ == "__main__":
    main()
