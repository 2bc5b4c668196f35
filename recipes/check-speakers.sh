#!/usr/bin/env bash
# How well does a recipe for recordings do on a voice it has never heard? Trains it once for each speaker, with that speaker's recordings as the test part.
#
#   recipes/check-speakers.sh RECIPE DATA [OPTION...]     e.g. recipes/check-speakers.sh recipes/fsdd-digits.json ../shared/data/fsdd --threads 2
#
# Speakers are taken from the names of the recordings: LABEL_SPEAKER_NUMBER.wav. Prints one line per speaker and their mean; options go to train.
set -euo pipefail

if [[ $# -lt 2 ]]; then
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

recipe="$1" data="$2"
shift 2
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mapfile -t speakers < <(find "$data" -name '*_*_*.wav' -exec basename {} .wav \; | cut -d_ -f2 | sort -u)

for speaker in "${speakers[@]}"; do
    "$root/carousel" train "$recipe" --data "$data" --out "$work/$speaker" --set "source.test_pattern=_${speaker}_" "$@" > "$work/output"
    accuracy="$(awk '$1 == "test" { print $2; exit }' "$work/output")"
    seconds="$(sed -nE 's/.* steps in ([0-9.]+) s.*/\1 s/p' "$work/output")"
    printf '%-12s accuracy %s   (%s)\n' "$speaker" "$accuracy" "$seconds"
    echo "$accuracy" >> "$work/all"
done

awk '{ sum += $1 } END { printf "%-12s accuracy %.4f\n", "mean", sum / NR }' "$work/all"
