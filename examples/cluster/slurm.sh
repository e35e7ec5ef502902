#!/usr/bin/env bash
#SBATCH --job-name=schedules
#SBATCH --array=0-7
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=04:00:00
#SBATCH --requeue
#
# A job array that shares one study. Whichever element starts first leads: it runs the command and writes the store. The
# others join it as they come, and work. Where the leader is lost, the next one takes over from the checkpoints.
#
#   sbatch slurm.sh compare digits/convnet constant cosine --epochs 10
#
# The folder (LRLAB_FOLDER, else that of sbatch) is on a file system that all nodes share; the home folder too, in which
# Ray keeps the token that lets nodes in. Stop it with `scancel`, start it again with the same line: it goes on.
set -euo pipefail

folder=${LRLAB_FOLDER:-$PWD}
meeting=$folder/.lrlab-$SLURM_ARRAY_JOB_ID.head
over=$folder/.lrlab-$SLURM_ARRAY_JOB_ID.over
port=$((20000 + SLURM_ARRAY_JOB_ID % 20000))
here=$(hostname -I | cut -d' ' -f1)
export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_MODE=token # a head asks for one since Ray 2.59

stop_ray() {
  kill "$ray" 2>/dev/null && wait "$ray" || true
}

answers() { # whether a head is there
  (exec 3<>"/dev/tcp/${1%:*}/${1#*:}") 2>/dev/null
}

wait_for() { # up to a minute
  for _ in {1..30}; do
    answers "$1" && return
    sleep 2
  done
  return 1
}

lead() { # there is one leader: the one whose file has the name
  echo "$here:$port $SLURM_ARRAY_TASK_ID" >"$meeting.$SLURM_ARRAY_TASK_ID"
  ln "$meeting.$SLURM_ARRAY_TASK_ID" "$meeting" 2>/dev/null
}

while [ ! -e "$over" ]; do
  if lead; then
    ray start --head --port="$port" --num-cpus="$SLURM_CPUS_PER_TASK" --include-dashboard=false --block &
    ray=$!
    trap 'stop_ray; rm -f "$meeting"*' EXIT
    wait_for "$here:$port"
    sleep 5
    code=0
    lrlab "$@" --on ray --address "$here:$port" --store "$folder/records.db" || code=$?
    echo "$code" >"$over"
    exit "$code"
  fi
  leader=$(cat "$meeting" 2>/dev/null || true)
  if wait_for "${leader%% *}"; then
    ray start --address="${leader%% *}" --num-cpus="$SLURM_CPUS_PER_TASK" --block || true # until the leader is gone
  fi
  if [ ! -e "$over" ] && ! wait_for "${leader%% *}" && [ "$(cat "$meeting" 2>/dev/null || true)" = "$leader" ]; then
    rm -f "$meeting" # it was lost, and said nothing
  fi
done
