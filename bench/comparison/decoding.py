#!/usr/bin/env python3
"""Translating with the same weights in Carousel and in PyTorch, in one run: sentences per second, greedy and with a beam. See README.md."""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys

from run import HERE, ROOT, Worker, blas_folders, python_with_torch

CAROUSEL = ["dotnet", "artifacts/bin/Carousel.Benchmarks/release/Carousel.Benchmarks.dll"]


class Decoder(Worker):
    """A worker that translates."""

    def translate(self, sources, batch, beam, alpha):
        self.process.stdin.write(json.dumps({"sources": sources, "batch": batch, "beam": beam, "alpha": alpha}) + "\n")
        self.process.stdin.flush()
        return self.read()


def random_sources(count):
    """Sentences of random tokens, as long as those of Multi30k in pieces."""
    draw = random.Random(1)
    return [[draw.randrange(4, 6000) for _ in range(max(4, min(40, round(draw.gauss(14, 4)))))] + [3] for _ in range(count)]


def fastest(workers, sources, batch, beam, alpha):
    """The PyTorch whose BLAS is the fastest for this job."""
    tried = {label: min(worker.translate(sources, batch, beam, alpha)["seconds"] for _ in range(2)) for label, worker in workers.items()}
    return min(tried, key=tried.get)


def compare(carousel, rivals, sources, batch, beam, alpha, rounds):
    # One by one a few sentences of every length are enough.
    sources = sorted(sources, key=len)[:: max(1, len(sources) // 16) if batch == 1 else 1]
    best = fastest(rivals, sources[: 2 * batch], batch, beam, alpha)
    ours, theirs, same = [], [], None
    for worker in (carousel, rivals[best]):
        worker.translate(sources, batch, beam, alpha)
    for turn in range(rounds):
        for worker, seconds in ((carousel, ours), (rivals[best], theirs))[:: 1 if turn % 2 else -1]:
            answer = worker.translate(sources, batch, beam, alpha)
            seconds.append(answer["seconds"])
            if worker is carousel:
                found = answer["translations"]
            else:
                expected = answer["translations"]
        same = sum(a == b for a, b in zip(found, expected)) / len(found)
    ratios = [b / a for a, b in zip(ours, theirs)]
    return {
        "batch": batch, "beam": beam, "sentences": len(sources), "tokens": sum(map(len, found)), "same_translations": same, "pytorch_blas": best,
        "carousel_per_second": len(sources) / statistics.median(ours), "pytorch_per_second": len(sources) / statistics.median(theirs),
        "ratio": statistics.median(ratios), "round_ratios": [round(ratio, 2) for ratio in ratios],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a translation model of the shape of the recipe multi30k-attention (default: one with random weights)")
    parser.add_argument("--sources", help="a JSON list of sentences, each the list of its ids with the end (default: 128 random ones)")
    parser.add_argument("--count", type=int, default=128, help="random sentences (default: 128)")
    parser.add_argument("--precision", default="float32", help="comma list of float32, bfloat16, int8, int4: Carousel's weights; PyTorch has float32 (default: float32)")
    parser.add_argument("--batch", default="1,32", help="comma list (default: 1,32)")
    parser.add_argument("--beam", default="1,5", help="comma list; 1 is greedy (default: 1,5)")
    parser.add_argument("--alpha", type=float, default=0.6, help="length penalty (default: 0.6)")
    parser.add_argument("--threads", type=int, default=2, help="threads of both (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each engine (default: 3)")
    parser.add_argument("--blas", help="comma list of PyTorch's BLAS libraries to try (default: all that are found)")
    parser.add_argument("--python", help="a Python that can import torch (default: this one, else the system's)")
    parser.add_argument("--json", metavar="FILE", help="also write the table as JSON")
    parser.add_argument("--no-build", action="store_true", help="take the Carousel worker as it was built last")
    options = parser.parse_args()
    if not options.no_build:
        subprocess.run(["dotnet", "build", "-c", "Release", "-v", "quiet", "bench/Carousel.Benchmarks"], cwd=ROOT, check=True, stdout=sys.stderr)
    model = os.path.abspath(options.model) if options.model else os.path.join(ROOT, "artifacts", "decoding.safetensors")
    if not options.model:
        subprocess.run([*CAROUSEL, "decode-model", model], cwd=ROOT, check=True)
    if options.sources:
        with open(options.sources, encoding="utf-8") as file:
            sources = json.load(file)
    else:
        sources = random_sources(options.count)
    python, rivals = python_with_torch(options.python), {}
    for label, folder in blas_folders().items():
        if not options.blas or label in options.blas.split(","):
            environment = {name: str(options.threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS")}
            command = [python, os.path.join(HERE, "decoding", "torch_decoding.py"), model, str(options.threads)]
            rivals[label] = Decoder(f"pytorch, {label}", command, {**environment, **({"LD_LIBRARY_PATH": folder} if folder else {})})
    rows = []
    print(f"{'precision':<9} {'batch':>5} {'beam':>4} {'Carousel/s':>11} {'PyTorch/s':>10} {'ratio':>6} {'same':>6}  best BLAS")
    for precision in options.precision.split(","):
        carousel = Decoder("carousel", [*CAROUSEL, "decode", model, str(options.threads), precision])
        for batch in map(int, options.batch.split(",")):
            for beam in map(int, options.beam.split(",")):
                row = {"precision": precision, "threads": options.threads, **compare(carousel, rivals, sources, batch, beam, options.alpha, options.rounds)}
                rows.append(row)
                print(f"{precision:<9} {batch:>5} {beam:>4} {row['carousel_per_second']:>11.1f} {row['pytorch_per_second']:>10.1f} {row['ratio']:>6.2f} {row['same_translations']:>6.1%}  {row['pytorch_blas']}", flush=True)
        carousel.close()
    for worker in rivals.values():
        worker.close()
    print("sentences per second; ratio: PyTorch's time / Carousel's, median of the turns; same: translations with the same tokens.")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"rows": rows}, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
