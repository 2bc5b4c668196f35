#!/usr/bin/env bash
# Kill and resume: does a training run that was killed again and again end in the same bits as one that was left alone?
#
#   recipes/check-resume.sh RECIPE DATA [ROUNDS]          e.g. recipes/check-resume.sh recipes/etth1-univariate-24.json ETTh1.csv 10
#
# Trains once undisturbed with one thread and once more with two: the same bits. Then, ROUNDS times (10 unless told otherwise), starts the same command
# in a fresh folder, kills it with SIGKILL after a random time, resumes it, kills it again up to three times, and at last lets it end. Compared byte
# for byte with the undisturbed run: the model file, every tensor of the checkpoint (weights, optimiser, averages), and the history without its times.
# No file may be left half-written. Prints one line per round; exit code 1 when one differs. SEED=n repeats the random times; KEEP=1 keeps the runs.
# Needs bash 4.4 and the GNU tools.
set -euo pipefail

if [[ $# -lt 2 || $# -gt 3 ]]; then
    sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi

recipe="$1" data="$2" rounds="${3:-10}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
[[ -n "${KEEP:-}" ]] || trap 'rm -rf "$work"' EXIT
RANDOM="${SEED:=$$}"

train() { exec "$root/carousel" train "$recipe" --data "$data" --out "$@"; }

# Everything after the header of a safetensors file, whose length its first eight bytes give.
tensors() { tail -c "+$(($(od -An -tu8 -N8 "$1") + 9))" "$1"; }

history_without_times() { sed -E 's/"seconds":[^,]+,//; s/"cost":\{[^}]*\}//' "$1/history.jsonl"; }

# Says what differs from the undisturbed run, nothing when nothing does.
differences() {
    cmp -s "$work/whole/model.safetensors" "$1/model.safetensors" || echo "the model"
    cmp -s <(tensors "$work/whole/checkpoint.safetensors") <(tensors "$1/checkpoint.safetensors") || echo "the checkpoint"
    cmp -s <(history_without_times "$work/whole") <(history_without_times "$1") || echo "the history"
    [[ -z "$(find "$1" -name '*.tmp')" ]] || echo "a file left half-written"
}

report() { # name, folder, how it came about
    local found
    found="$(differences "$2" | paste -sd, -)"
    if [[ -z "$found" ]]; then
        echo "$1: $3: identical"
    else
        echo "$1: $3: DIFFERS in $found"
        return 1
    fi
}

"$root/carousel" --version > "$work/version" # builds, so that no build is timed or killed
started="$(date +%s%N)"
(train "$work/whole" --threads 1) > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
milliseconds=$((($(date +%s%N) - started) / 1000000))
echo "undisturbed: $milliseconds ms, seed of the kills $SEED"

failures=0
(train "$work/threads" --threads 2) > "$work/log" 2>&1
report "two threads" "$work/threads" "not killed" || failures=1

identical=0
for ((round = 1; round <= rounds; round++)); do
    run="$work/round-$round" kills=0 times="" resume=() goal=$((1 + RANDOM % 4))
    for ((attempt = 0; attempt < goal || kills == 0; attempt++)); do
        (train "$run" "${resume[@]}") > "$work/log" 2>&1 &
        pid=$!
        wait_ms=$((milliseconds * (5 + RANDOM % 90) / 100))
        sleep "$(printf '%d.%03d' $((wait_ms / 1000)) $((wait_ms % 1000)))"
        if kill -KILL "$pid" 2> /dev/null; then
            kills=$((kills + 1)) times+=" $wait_ms"
            resume=(--resume)
        fi

        # The shell reports the death of its child on standard error; we know.
        { wait "$pid" || true; } 2> /dev/null
        left="$({ find "$run" -name '*.tmp' 2> /dev/null || true; } | wc -l)"
        [[ "$left" -eq 0 ]] || times+=" (left $left unfinished)"
    done

    (train "$run" "${resume[@]}") > "$work/log" 2>&1 || { cat "$work/log" >&2; }
    if report "round $round" "$run" "killed after$times ms"; then
        identical=$((identical + 1))
    fi
    [[ -n "${KEEP:-}" ]] || rm -rf "$run" "$run.previous"
done

echo "$identical of $rounds identical"
[[ "$identical" -eq "$rounds" && "$failures" -eq 0 ]]
