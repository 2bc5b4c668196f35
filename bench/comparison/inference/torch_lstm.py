#!/usr/bin/env python3
"""PyTorch's side of the comparison of inference: a worker that answers one JSON line per JSON command (../README.md, "Inference").

usage: torch_lstm.py THREADS
"""
import gc
import json
import sys
import time
import warnings

import numpy
import torch


def numbers(tensor, size, shape):
    """Element i of tensor k: the hash "lowbias32" of i + k * 0x9E3779B9, its upper 24 bits as a number from -1 to 1, times the size."""
    count = int(numpy.prod(shape))
    hashed = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(tensor * 0x9E3779B9 & 0xFFFFFFFF)
    hashed = (hashed ^ (hashed >> numpy.uint32(16))) * numpy.uint32(0x7FEB352D)
    hashed = (hashed ^ (hashed >> numpy.uint32(15))) * numpy.uint32(0x846CA68B)
    hashed ^= hashed >> numpy.uint32(16)
    values = (hashed >> numpy.uint32(8)).astype(numpy.float32) * numpy.float32(2.0**-23) - numpy.float32(1)
    return torch.from_numpy((values * numpy.float32(size)).reshape(shape))


class Network(torch.nn.Module):
    """LSTM layers, and a linear layer over the last time step if there is one."""

    def __init__(self, question):
        super().__init__()
        hidden, outputs = question["hidden"], question["outputs"]
        self.lstm = torch.nn.LSTM(question["input"], hidden, question["layers"])
        self.linear = torch.nn.Linear(hidden, outputs) if outputs else torch.nn.Identity()
        for index, parameter in enumerate(self.parameters()):
            parameter.data = numbers(index, 1 / numpy.sqrt(numpy.float32(hidden)), tuple(parameter.shape))

    def forward(self, x, state):
        y, state = self.lstm(x, state)
        return self.linear(y[-1]), state


class Model:
    def __init__(self, question):
        if question["precision"] != "float32":
            raise ValueError(f"has no precision {question['precision']}")
        self.network = Network(question).eval()
        self.keep_state = question["keep_state"]
        self.x = numbers(1000, 1, (question["steps"], question["batch"], question["input"]))
        self.state = tuple(torch.zeros(question["layers"], question["batch"], question["hidden"]) for _ in range(2))

    def call(self):
        y, state = self.network(self.x, self.state)
        if self.keep_state:
            self.state = state
        return y


def take(model, calls, spaced_us):
    gc.collect()
    gc.disable()
    samples, following = [], 0
    for _ in range(calls):
        while time.perf_counter_ns() < following:
            pass
        start = time.perf_counter_ns()
        model.call()
        samples.append(time.perf_counter_ns() - start)
        following = time.perf_counter_ns() + int(spaced_us * 1000)
    gc.enable()
    return samples


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(int(sys.argv[1]))
    print(json.dumps({"engine": "pytorch", "version": torch.__version__}), flush=True)
    models = {}
    with torch.inference_mode():
        for line in sys.stdin:
            question = json.loads(line)
            key = json.dumps({name: value for name, value in question.items() if name not in ("calls", "spaced_us")})
            try:
                if key not in models:
                    model = Model(question)
                    models = {key: (model, model.call().double().abs().sum().item())}
                model, checksum = models[key]
                answer = {"checksum": checksum, "ns": take(model, question["calls"], question["spaced_us"])}
            except (RuntimeError, ValueError) as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
