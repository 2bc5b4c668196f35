#!/usr/bin/env python3
"""PyTorch's side of `carousel bench training`: a worker that takes whole training steps, one JSON line per JSON command (../README.md, "Whole training steps").

usage: torch_training.py NAME_OF_BLAS THREADS
"""
import gc
import json
import sys
import time
import warnings

import numpy
import torch

VOCABULARY, WEIGHT_RANGE, CLIP_NORM, LEARNING_RATE = 10000, 0.08, 5.0, 0.1


def uniform(tensor, count):
    """Element i of tensor k: the hash "lowbias32" of i + k * 0x9E3779B9, its upper 24 bits as a number from -1 to 1."""
    hashed = numpy.arange(count, dtype=numpy.uint32) + numpy.uint32(tensor * 0x9E3779B9 & 0xFFFFFFFF)
    hashed = (hashed ^ (hashed >> numpy.uint32(16))) * numpy.uint32(0x7FEB352D)
    hashed = (hashed ^ (hashed >> numpy.uint32(15))) * numpy.uint32(0x846CA68B)
    hashed ^= hashed >> numpy.uint32(16)
    return (hashed >> numpy.uint32(8)).astype(numpy.float32) * numpy.float32(2.0**-23) - numpy.float32(1)


def numbers(number, *shape):
    return torch.from_numpy(uniform(1000 + number, int(numpy.prod(shape))).reshape(shape))


def ids(number, steps, batch):
    values = (uniform(1000 + number, steps * batch) + numpy.float32(1)) * numpy.float32(2.0**23)
    return torch.from_numpy(values.astype(numpy.int64) % VOCABULARY).view(steps, batch)


def cross_entropy(logits, targets):
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


class LanguageModel(torch.nn.Module):
    """Two layers, the state carried from step to step."""

    def __init__(self, hidden, steps, batch):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, hidden)
        self.lstm = torch.nn.LSTM(hidden, hidden, 2)
        self.head = torch.nn.Linear(hidden, VOCABULARY)
        self.inputs, self.targets, self.state = ids(0, steps, batch), ids(1, steps, batch), None

    def loss(self):
        output, state = self.lstm(self.embedding(self.inputs), self.state)
        self.state = tuple(part.detach() for part in state)
        return cross_entropy(self.head(output), self.targets)


class Translation(torch.nn.Module):
    """Encoder and decoder of two layers each."""

    def __init__(self):
        super().__init__()
        self.source_words, self.target_words = torch.nn.Embedding(VOCABULARY, 256), torch.nn.Embedding(VOCABULARY, 256)
        self.encoder, self.decoder = torch.nn.LSTM(256, 512, 2), torch.nn.LSTM(256, 512, 2)
        self.head = torch.nn.Linear(512, VOCABULARY)
        self.source, self.target, self.next = ids(0, 20, 32), ids(1, 25, 32), ids(2, 25, 32)

    def loss(self):
        _, state = self.encoder(self.source_words(self.source))
        output, _ = self.decoder(self.target_words(self.target), state)
        return cross_entropy(self.head(output), self.next)


class Forecaster(torch.nn.Module):
    """One layer over 96 time steps of 7 columns, one value ahead."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = torch.nn.LSTM(7, 64), torch.nn.Linear(64, 1)
        self.windows, self.truth = numbers(0, 96, 32, 7), numbers(1, 32, 1)

    def loss(self):
        output, _ = self.lstm(self.windows)
        return torch.nn.functional.mse_loss(self.head(output[-1]), self.truth)


JOBS = {
    "lm_small": lambda: LanguageModel(200, 20, 20),
    "lm_medium": lambda: LanguageModel(650, 35, 20),
    "seq2seq": Translation,
    "forecaster": Forecaster,
}


class Training:
    def __init__(self, job):
        self.network = JOBS[job]().train()
        with torch.no_grad():
            for index, parameter in enumerate(self.network.parameters()):
                values = uniform(index, parameter.numel()) * numpy.float32(WEIGHT_RANGE)
                parameter.copy_(torch.from_numpy(values).view(parameter.shape))
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=LEARNING_RATE)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.network.loss()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP_NORM)
        self.optimizer.step()
        return loss.item()


def take(training, steps):
    gc.collect()
    gc.disable()
    samples, loss = [], 0.0
    for _ in range(steps):
        start = time.perf_counter_ns()
        loss = training.step()
        samples.append(time.perf_counter_ns() - start)
    gc.enable()
    return {"ns": samples, "loss": loss}


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(int(sys.argv[2]))
    print(json.dumps({"engine": "pytorch", "version": torch.__version__, "kernel": sys.argv[1]}), flush=True)
    trainings = {}
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["precision"] != "float32":
                raise ValueError(f"has no precision {question['precision']}")
            if question["job"] not in trainings:
                trainings = {question["job"]: Training(question["job"])}
            answer = take(trainings[question["job"]], question["steps"])
        except (KeyError, RuntimeError, ValueError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
