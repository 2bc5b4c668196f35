#!/bin/sh
# Gets the engines that `carousel bench latency`, `throughput` and `training` measure with --rivals: ONNX Runtime, oneDNN and, where a Python can import torch, PyTorch.
# Everything lands under artifacts/rivals; nothing is installed. Needs npm, a C++ compiler and, for oneDNN, Debian's libdnnl-dev or apt-get.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rivals="$root/artifacts/rivals"
mkdir -p "$rivals"
cd "$rivals"
compile="${CXX:-g++} -O2 -std=c++17"

# The package holds ONNX Runtime's own library; its install script would only fetch more of it, for GPUs.
npm install --ignore-scripts --no-audit --no-fund --prefix . onnxruntime-node
case $(uname -m) in aarch64) processor=arm64 ;; *) processor=x64 ;; esac
onnxruntime=$(ls "$rivals"/node_modules/onnxruntime-node/bin/napi-v*/linux/$processor/libonnxruntime.so.1)
$compile "$here/inference/onnxruntime_lstm.cpp" -o onnxruntime_lstm -ldl

if [ -e /usr/include/oneapi/dnnl/dnnl.hpp ]; then
    build_onednn() { $compile -fopenmp "$1" -o "$2" -ldnnl; }
else
    mkdir -p packages
    (cd packages && apt-get download libdnnl2 libdnnl-dev)
    for package in packages/*.deb; do dpkg -x "$package" onednn; done
    libraries=$(dirname "$(ls onednn/usr/lib/*/libdnnl.so.2)")
    build_onednn() { $compile -fopenmp -Ionednn/usr/include "$1" -o "$2" -L"$libraries" -ldnnl -Wl,-rpath,"$rivals/$libraries"; }
fi
build_onednn "$here/inference/onednn_lstm.cpp" onednn_lstm
build_onednn "$here/training/onednn_lstm.cpp" onednn_training

torch=""
training=""
for python in "${PYTHON:-python3}" /usr/bin/python3; do
    if "$python" -c "import torch, numpy" 2> /dev/null; then
        # Debian's PyTorch takes the BLAS that the loader finds, and the default one is many times slower.
        ls -d "$root"/artifacts/blas/usr/lib/*/openblas-openmp > /dev/null 2>&1 || "$here/get_blas.sh" || true
        blas=$(ls -d "$root"/artifacts/blas/usr/lib/*/openblas-openmp 2> /dev/null || true)
        torch=", {\"command\": \"env\", \"arguments\": [\"LD_LIBRARY_PATH=$blas\", \"$python\", \"$here/inference/torch_lstm.py\"], \"precisions\": [\"float32\"]}"
        # Training is measured under every BLAS; the fastest of each job meets Carousel.
        for folder in "$root"/artifacts/blas/usr/lib/*/*; do
            [ -e "$folder/libblas.so.3" ] || continue
            training="${training:+$training,
}  {\"command\": \"env\", \"arguments\": [\"LD_LIBRARY_PATH=$folder\", \"$python\", \"$here/training/torch_training.py\", \"$(basename "$folder")\"], \"precisions\": [\"float32\"]}"
        done
        break
    fi
done

cat > rivals.json << END
[
  {"command": "./onnxruntime_lstm", "arguments": ["$onnxruntime"], "precisions": ["float32", "int8"]},
  {"command": "./onednn_lstm", "arguments": [], "precisions": ["float32", "bfloat16", "int8"]}$torch
]
END
echo "wrote $rivals/rivals.json"
if [ -n "$training" ]; then
    printf '[\n%s\n]\n' "$training" > training_rivals.json
    echo "wrote $rivals/training_rivals.json"
fi
