#!/bin/bash
# Submits a whole comparison: an array of shards, and a job after them that does what is missing, scores all and writes
# the report. Prints the numbers of both. The same command goes on where an earlier one stopped.
#
#     submit.sh SHARDS [flags of sbatch] -- [flags of osvos compare]
set -euo pipefail

usage() {
  sed -n '5,6s/^#     /usage: /p' "$0" >&2
  echo "$1" >&2
  exit 2
}

[[ ${1:-} =~ ^[1-9][0-9]*(%[1-9][0-9]*)?$ ]] || usage 'SHARDS is a number, such as 8, or 8%4 for at most four at once'
shards=$1
shift
resources=()
while [[ $# -gt 0 && $1 != -- ]]; do
  resources+=("$1")
  shift
done
[[ ${1:-} == -- ]] || usage 'two dashes stand between the flags of sbatch and those of osvos compare'
shift
for flag in "$@"; do
  # a task that is put back into the queue would do all of it again
  [[ $flag != --force ]] || usage '--force does not go with jobs that are requeued: remove the folder in its place'
done

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
job=("$here/compare.sbatch" "$(cd "$here/../.." && pwd)/bin/run.js")
array=$(sbatch --parsable --array="1-$shards" "${resources[@]}" "${job[@]}" "$@")
report=$(sbatch --parsable --dependency="afterany:${array%%;*}" "${resources[@]}" "${job[@]}" "$@")
echo "shards ${array%%;*}, report ${report%%;*}"
