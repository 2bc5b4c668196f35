#!/usr/bin/env bash
# Trains every recipe here whose data file is given, and prints the figure expected beside the one reached.
#
#   recipes/run-all.sh NAME=DATA…                         e.g. recipes/run-all.sh etth1=../shared/data/ett/ETTh1.csv
#
# NAME= without data is for recipes that make theirs up: adding-problem= copy-task=
# NAME is the beginning of the recipes' names (etth1-univariate-24.json, …). One line per figure; exit code 1 when one misses, or a run fails.
# The runs are kept in the folder runs, or the one that RUNS names.
set -euo pipefail

if [[ $# -eq 0 || "$*" != *=* ]]; then
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
runs="${RUNS:-$root/runs}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
status=0
shopt -s nullglob
for pair in "$@"; do
    name="${pair%%=*}" data="${pair#*=}"
    recipes=("$root/recipes/$name"*.json)
    if [[ ${#recipes[@]} -eq 0 ]]; then
        echo "no recipe in $root/recipes begins with '$name'" >&2
        status=1
    fi

    for recipe in $(printf '%s\n' "${recipes[@]}" | sort -V); do
        title="$(basename "$recipe" .json)"
        if ! output="$("$root/carousel" train "$recipe" ${data:+--data "$data"} --out "$runs/$title" 2> "$log")"; then
            echo "$title: failed: $(tail -n 1 "$log")"
            status=1
            continue
        fi

        seconds="$(sed -nE 's/.* steps in ([0-9.]+) s.*/\1 s/p' <<< "$output")"
        while read -r line; do
            echo "$title: $line ($seconds)"
            [[ "$line" != *": missed" ]] || status=1
        done < <(grep -E '^test .* expected ' <<< "$output" || echo "states no figure to expect")
    done
done

exit "$status"
