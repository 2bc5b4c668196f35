#!/usr/bin/env python3
"""PyTorch's side of the comparison: a worker that reads one JSON command per line and answers one JSON line (README.md, "Protocol").

usage: torch_lstm.py THREADS
"""
import gc
import json
import statistics
import sys
import time
import warnings

import torch

WARM_UP_SECONDS = 0.5


def wave(count, phase, scale):
    """The numbers both engines start from: scale * sin(i + phase) in float64, rounded once to float32."""
    return (scale * torch.sin(torch.arange(count, dtype=torch.float64) + phase)).float()


class Job:
    """The LSTM layers of one training job, each with its own input; all gradients are computed, those of the inputs too."""

    def __init__(self, lstms):
        self.lstms, self.inputs, self.output_gradients = [], [], []
        for spec in lstms:
            lstm = torch.nn.LSTM(spec["input"], spec["hidden"], spec["layers"])
            for index, parameter in enumerate(lstm.parameters()):
                parameter.data = wave(parameter.numel(), index, 0.1).view(parameter.shape)
            steps, batch = spec["steps"], spec["batch"]
            self.lstms.append(lstm)
            self.inputs.append(wave(steps * batch * spec["input"], 0.5, 1).view(steps, batch, -1).requires_grad_())
            self.output_gradients.append(wave(steps * batch * spec["hidden"], 0.25, 0.01).view(steps, batch, -1))

    def leaves(self):
        for lstm in self.lstms:
            yield from lstm.parameters()
        yield from self.inputs

    def run(self):
        for leaf in self.leaves():
            leaf.grad = None
        outputs = [lstm(x)[0] for lstm, x in zip(self.lstms, self.inputs)]
        torch.autograd.backward(outputs, self.output_gradients)

    def checksum(self):
        """Sum of the sizes of all gradients, to show that both engines did the same work."""
        return sum(leaf.grad.double().abs().sum().item() for leaf in self.leaves())


def measure(job, seconds):
    gc.collect()
    gc.disable()
    samples, end = [], time.perf_counter() + seconds
    while len(samples) < 3 or time.perf_counter() < end:
        start = time.perf_counter_ns()
        job.run()
        samples.append((time.perf_counter_ns() - start) / 1e3)
    gc.enable()
    return samples


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps({"engine": "pytorch", "version": torch.__version__}), flush=True)
    jobs = {}
    for line in sys.stdin:
        command = json.loads(line)
        name = command["job"]
        if name not in jobs:
            jobs[name] = Job(command["lstms"])
            measure(jobs[name], WARM_UP_SECONDS)
        samples = measure(jobs[name], command["seconds"])
        answer = {"job": name, "us": statistics.median(samples), "runs": len(samples), "checksum": jobs[name].checksum()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
