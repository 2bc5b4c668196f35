#!/usr/bin/env python3
"""Carousel beside PyTorch and oneDNN, in one run: forward plus backward of the LSTM layers alone at the shapes of four training jobs. See README.md."""
import argparse
import glob
import json
import os
import platform
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def lstm(input, hidden, layers, steps, batch):
    return {"input": input, "hidden": hidden, "layers": layers, "steps": steps, "batch": batch}


# name: (layers, items per pass, what an item is)
JOBS = {
    "lm_small": ([lstm(200, 200, 2, 20, 20)], 400, "words"),
    "lm_medium": ([lstm(650, 650, 2, 35, 20)], 700, "words"),
    "seq2seq": ([lstm(256, 512, 2, 20, 32), lstm(256, 512, 2, 25, 32)], 800, "target tokens"),
    "forecaster": ([lstm(7, 64, 1, 96, 32)], 32, "samples"),
}


class Worker:
    """An engine in a process of its own, which computes only while it is asked."""

    def __init__(self, label, command, environment=None):
        self.label = label
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **(environment or {})})
        self.version = self.read()["version"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.label}: the worker ended with exit code {self.process.wait()}")
        return json.loads(line)

    def measure(self, job, seconds):
        self.process.stdin.write(json.dumps({"job": job, "lstms": JOBS[job][0], "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def python_with_torch(wanted):
    for python in [wanted] if wanted else [sys.executable, "/usr/bin/python3", "python3"]:
        try:
            if subprocess.run([python, "-c", "import torch"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                return python
        except FileNotFoundError:
            pass
    raise SystemExit("found no Python that can import torch: install it (Debian: python3-torch) or name one with --python")


def blas_folders():
    """Folders that hold a libblas.so.3 worth measuring: those unpacked by get_blas.sh and those of the system."""
    found = {}
    for pattern in (os.path.join(ROOT, "artifacts", "blas", "**", "libblas.so.3"), "/usr/lib/*/*/libblas.so.3"):
        for path in sorted(glob.glob(pattern, recursive=True)):
            folder = os.path.dirname(path)
            # The folder "blas" is the reference implementation, many times slower than the others.
            if os.path.basename(folder) != "blas":
                found.setdefault(os.path.basename(folder), folder)
    return found or {"system": None}


def torch_worker(python, label, folder, threads):
    environment = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS")}
    if folder:
        environment["LD_LIBRARY_PATH"] = folder
    return Worker(f"pytorch, {label}", [python, os.path.join(HERE, "torch_lstm.py"), str(threads)], environment)


def onednn_workers(threads):
    """The workers that get_rivals.sh built, by precision."""
    program = os.path.join(ROOT, "artifacts", "rivals", "onednn_training")
    return {precision: Worker(f"onednn, {precision}", [program, precision, str(threads)]) for precision in ("float32", "bf16")} if os.path.exists(program) else {}


def fastest(job, workers, seconds):
    """Label of the fastest of some workers, and the best time of each: all once, those within a quarter of the best twice more."""
    first = {label: worker.measure(job, seconds)["us"] for label, worker in workers.items()}
    close = [label for label, us in first.items() if us < 1.25 * min(first.values())]
    again = {label: min(first[label], *(workers[label].measure(job, seconds)["us"] for _ in range(2))) for label in close}
    return min(again, key=again.get), {**first, **again}


def compare(job, threads, precision, carousel, engines, rounds, seconds):
    """The best worker of each other engine is found first, without us; then all engines take turns."""
    found = {engine: fastest(job, workers, seconds) for engine, workers in engines.items() if workers}
    turns = [("carousel", carousel), *((engine, engines[engine][label]) for engine, (label, _) in found.items())]
    samples, checksums = {engine: [] for engine, _ in turns}, []
    for turn in range(rounds):
        at = turn % len(turns)
        for engine, worker in turns[at:] + turns[:at]:
            answer = worker.measure(job, seconds)
            samples[engine].append(answer["us"])
            checksums.append(answer["checksum"])
    spread, allowed = max(checksums) / min(checksums) - 1, 1e-3 if precision == "float32" else 0.02
    if not spread < allowed:
        raise SystemExit(f"{job}: the engines' gradients differ by {spread:.2g} of their size: they did not do the same work")
    _, items, unit = JOBS[job]
    row = {"job": job, "threads": threads, "precision": precision, "unit": f"{unit}/s", "checksum_spread": spread}
    for engine, us in samples.items():
        row[f"{engine}_us"] = round(statistics.median(us), 1)
        row[f"{engine}_items_per_second"] = round(items / statistics.median(us) * 1e6)
    for engine, (label, tried) in found.items():
        ratios = [theirs / ours for ours, theirs in zip(samples["carousel"], samples[engine])]
        row[f"{engine}_ratio"], row[f"{engine}_round_ratios"] = round(statistics.median(ratios), 3), [round(ratio, 3) for ratio in ratios]
        row[f"{engine}_best"], row[f"{engine}_tried_us"] = label, {name: round(value, 1) for name, value in tried.items()}
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default=",".join(JOBS), help="comma list (default: all)")
    parser.add_argument("--threads", default="1,2", help="comma list (default: 1,2)")
    parser.add_argument("--precision", default="float32", help="comma list of float32, bf16: Carousel's products (default: float32)")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each engine (default: 7)")
    parser.add_argument("--seconds", type=float, default=0.4, help="length of one turn (default: 0.4)")
    parser.add_argument("--blas", help="comma list of PyTorch's BLAS libraries to try (default: all that are found)")
    parser.add_argument("--python", help="a Python that can import torch (default: this one, else the system's)")
    parser.add_argument("--json", metavar="FILE", help="also write the table as JSON")
    parser.add_argument("--no-build", action="store_true", help="take the Carousel worker as it was built last")
    options = parser.parse_args()
    unknown = [job for job in options.jobs.split(",") if job not in JOBS]
    if unknown:
        parser.error(f"unknown job '{unknown[0]}', expected some of {', '.join(JOBS)}")
    if any(precision not in ("float32", "bf16") for precision in options.precision.split(",")):
        parser.error(f"--precision is {options.precision}, expected float32, bf16 or both")
    if options.rounds < 1:
        parser.error(f"--rounds is {options.rounds}, expected 1 or more")

    python = python_with_torch(options.python)
    blas = blas_folders()
    if options.blas:
        missing = [label for label in options.blas.split(",") if label not in blas]
        if missing:
            parser.error(f"found no BLAS '{missing[0]}', only {', '.join(blas)}")
        blas = {label: blas[label] for label in options.blas.split(",")}
    if not options.no_build:
        subprocess.run(["dotnet", "build", "-c", "Release", "-v", "quiet", "bench/Carousel.Benchmarks"], cwd=ROOT, check=True, stdout=sys.stderr)
    rows, versions = [], {}
    print(f"{'job':<11} {'threads':>7} {'precision':<9} {'Carousel µs':>12} {'PyTorch µs':>12} {'ratio':>6} {'oneDNN µs':>12} {'ratio':>6}  the best of each")
    for threads in map(int, options.threads.split(",")):
        pytorch = {label: torch_worker(python, label, folder, threads) for label, folder in blas.items()}
        onednn = onednn_workers(threads)
        for precision in options.precision.split(","):
            carousel = Worker("carousel", ["dotnet", "artifacts/bin/Carousel.Benchmarks/release/Carousel.Benchmarks.dll", "worker", str(threads), precision])
            # A rival in float32 is met by both precisions, one in bf16 by bf16.
            engines = {"pytorch": pytorch, "onednn": {label: worker for label, worker in onednn.items() if label in ("float32", precision)}}
            versions = {"carousel": carousel.version, **{engine: next(iter(workers.values())).version for engine, workers in engines.items() if workers}}
            for job in options.jobs.split(","):
                row = compare(job, threads, precision, carousel, engines, options.rounds, options.seconds)
                rows.append(row)
                cells = [f"{row[f'{engine}_us']:>12,.0f} {row[f'{engine}_ratio']:>6.2f}" if f"{engine}_us" in row else f"{'–':>12} {'–':>6}" for engine in engines]
                best = ", ".join(row[f"{engine}_best"] for engine in engines if f"{engine}_best" in row)
                print(f"{job:<11} {threads:>7} {precision:<9} {row['carousel_us']:>12,.0f} {' '.join(cells)}  {best}", flush=True)
            carousel.close()
        for worker in [*pytorch.values(), *onednn.values()]:
            worker.close()
    print("ratio: their time / Carousel's, median of the turns; above 1 Carousel is faster.")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": {"system": platform.platform(), "cores": os.cpu_count()}, "versions": versions, "rows": rows}, file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
