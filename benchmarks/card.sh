#!/usr/bin/env bash
# One lease of a graphics card: its tests, its rows of the engine's speed, then the large studies for the time that is left.
#
#     LRLAB_DATA=FOLDER benchmarks/card.sh OUT                               # 10 minutes on "cuda", at full scale
#     LRLAB_DATA=FOLDER benchmarks/card.sh OUT --seconds 3600 --device cuda:1
#     LRLAB_DATA=FOLDER benchmarks/card.sh OUT --seconds 240 --device cpu --scale smoke   # the same steps without a card
#
# Needs nothing installed but Python 3.11 or newer with torch (PYTHON names it) and what lrlab imports; WHEELS names a folder of
# wheels to take what is missing from. FOLDER holds cifar10 as parquet files. OUT gets, each as soon as it is there:
#     summary.txt       what was done, step by step, with seconds
#     tests.txt         the card's tests
#     speed.md, .json   seconds per update and trial: loops one would write, and lrlab's
#     studies.txt       what the studies printed
#     records.db        every trial that ended: `python benchmarks/card_parts/merge.py OUT` adds them to what is kept in results/
#     state.tar         the store with its checkpoints, for going on: put it beside the next run as OUT/state.tar
# A step that fails is noted, and the next one begins. Whatever stops the script, what is in OUT is whole.
set -uo pipefail
cd "$(dirname "$0")/.."

usage() {
  sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//' >&2
  exit 2
}

[ $# -ge 1 ] && [ "${1#-}" = "$1" ] || usage
OUT=$1
shift
SECONDS_ALL=600 DEVICE=cuda SCALE=full STUDIES="googlenet-schedules decay-curves"
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) SECONDS_ALL=${2:?} ;;
    --device) DEVICE=${2:?} ;;
    --scale) SCALE=${2:?} ;;
    --studies) STUDIES=${2:?} ;;
    *) usage ;;
  esac
  shift 2
done
: "${LRLAB_DATA:?say where the data is: LRLAB_DATA=FOLDER, with cifar10/train.parquet and test.parquet in it}"
export LRLAB_DATA PYTHONUNBUFFERED=1
export PYTHONPATH="$PWD/src${PYTHONPATH:+:$PYTHONPATH}"
PYTHON=${PYTHON:-python3}
mkdir -p "$OUT"
OUT=$(cd "$OUT" && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
RESERVE=15 # seconds for packing

left() { echo $((SECONDS_ALL - SECONDS - RESERVE)); }
note() { echo "$(printf '%5d' "$SECONDS") s  $*" | tee -a "$OUT/summary.txt"; }

# step NAME LIMIT COMMAND...: runs it for at most LIMIT seconds, or what is left; its output goes to OUT/NAME.txt.
step() {
  local name=$1 limit=$2 code=0
  shift 2
  [ "$(left)" -lt "$limit" ] && limit=$(left)
  if [ "$limit" -lt 5 ]; then
    note "$name: no time was left"
    return
  fi
  timeout --signal=INT --kill-after=20 "$limit" "$@" >"$OUT/$name.txt" 2>&1 || code=$?
  case $code in
    0) note "$name: done" ;;
    124 | 130) note "$name: its $limit s were over" ;;
    *) note "$name: ended with code $code: $(tail -n 1 "$OUT/$name.txt")" ;;
  esac
}

# The command in a process of its own, for at most so many seconds; SIGTERM ends a run at once, and what was measured stays.
lrlab() {
  local limit=$1
  shift
  timeout --signal=TERM --kill-after=20 "$limit" "$PYTHON" -c 'import sys; from lrlab.cli import main; sys.exit(main())' "$@"
}

# What a run leaves, packed aside and put in place by a rename, so that OUT never holds half of it. Every minute, too: a
# lease may end without a word.
pack() {
  [ -e "$WORK/records.db" ] || return 0
  "$PYTHON" benchmarks/card_parts/pack.py "$WORK" "$OUT" >>"$OUT/studies.txt" 2>&1 || note "packing failed"
}

: >"$OUT/summary.txt"
if [ -n "${WHEELS:-}" ]; then
  step install 120 "$PYTHON" -m pip install --quiet --no-index --find-links "$WHEELS" --target "$WORK/site" --no-deps "$WHEELS"/*.whl
  export PYTHONPATH="$WORK/site:$PYTHONPATH"
fi
if ! "$PYTHON" -c 'import lrlab, typer, polars, pydantic' 2>"$OUT/imports.txt"; then
  note "lrlab cannot be imported: $(tail -n 1 "$OUT/imports.txt"); WHEELS=FOLDER names wheels of what is missing"
  exit 1
fi
rm -f "$OUT/imports.txt"
[ -e "$OUT/state.tar" ] && tar -C "$WORK" -xf "$OUT/state.tar" && note "going on from state.tar"
for study in $STUDIES; do # what is kept already is not trained again
  [ -d "results/$study/$SCALE" ] && mkdir -p "$WORK/results/$study" && cp -r "results/$study/$SCALE" "$WORK/results/$study/"
done
note "device $DEVICE, scale $SCALE, $SECONDS_ALL s"

step tests $((SECONDS_ALL / 8)) "$PYTHON" -m pytest -q -p no:cacheprovider -o addopts= -W default -m gpu tests/engine/test_gpu.py
step speed $((SECONDS_ALL / 5)) "$PYTHON" benchmarks/card_parts/speed.py "$OUT" --device "$DEVICE" --seconds $((SECONDS_ALL / 6)) --scale "$SCALE"
for study in $STUDIES; do
  [ "$(left)" -lt 10 ] && note "$study: no time was left" && continue
  began=$SECONDS code=0
  (while sleep 60; do pack; done) &
  packing=$!
  lrlab $(($(left) + RESERVE / 2)) run "$study" --scale "$SCALE" --device "$DEVICE" --max-seconds "$(left)" --workers 1 --store "$WORK/records.db" \
    --results "$WORK/results" --page "$WORK/$study.html" >>"$OUT/studies.txt" 2>&1 || code=$?
  kill "$packing" 2>/dev/null
  wait "$packing" 2>/dev/null
  note "$study: ended with code $code after $((SECONDS - began)) s"
  pack
done
note "all of it took $SECONDS s"
