#!/usr/bin/env bash
# What does a lower precision cost a trained model? Trains a recipe, then measures the model in every precision of the runtime beside float32.
#
#   recipes/check-precision.sh RECIPE DATA [PRECISION...]    e.g. recipes/check-precision.sh recipes/etth1-univariate-24.json ETTh1.csv
#
# Prints one line per precision: each test metric, its relative change, and the largest difference of any output. KEEP=1 keeps the run.
set -euo pipefail

if [[ $# -lt 2 ]]; then
    sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

recipe="$1" data="$2"
shift 2
[[ $# -gt 0 ]] || set -- bfloat16 int8 int4
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
[[ -n "${KEEP:-}" ]] || trap 'rm -rf "$work"' EXIT

"$root/carousel" train "$recipe" --data "$data" --out "$work/run" --json > "$work/trained.json"
echo "$(basename "$recipe" .json)"
for precision in "$@"; do
    "$root/carousel" evaluate "$work/run/model.safetensors" --data "$data" --precision "$precision" | grep "^$precision:"
done
