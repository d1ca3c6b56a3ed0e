#!/usr/bin/env bash
# Runs everything that works on several threads under the thread sanitizer; fails on the first race.
#   tests/thread_sanitizer.sh build/tsan/apps/striate
set -euo pipefail
striate=$1
config="$(dirname "$0")/threads.yaml"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export TSAN_OPTIONS="halt_on_error=1 exitcode=66"
learn() { "$striate" run "$config" --threads 2 --quiet -o "$scratch/$1.h5" "${@:2}" >/dev/null && echo "no race: $1"; }
learn slca
learn lca --set populations.v1.kind=lca
learn lif_lca --set populations.v1.kind=lif_lca
learn sailnet --set populations.v1.kind=sailnet --set populations.v1.plasticity.kind=sailnet \
    --set populations.v1.homeostasis.rate=0 --set populations.v1.coupling.kappa=0
"$striate" analyze "$scratch/slca.h5" --threads 2 -o "$scratch/analysis.h5" >/dev/null 2>"$scratch/analyze.log" ||
    { cat "$scratch/analyze.log"; exit 1; }
echo "no race: analyze"
