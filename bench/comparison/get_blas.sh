#!/bin/sh
# Unpacks Debian's BLAS packages under artifacts/blas, where run.py finds them. Installs nothing.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$root/artifacts/blas/packages"
cd "$root/artifacts/blas/packages"
apt-get download libopenblas0-openmp libopenblas0-pthread libblis4-openmp libblis4-pthread
for package in *.deb; do
    dpkg -x "$package" "$root/artifacts/blas"
done
