#!/usr/bin/env python3
"""PyTorch's side of decoding.py: translates with the weights of a Carousel model file (../README.md, "Decoding").

usage: torch_decoding.py MODEL THREADS
"""
import json
import statistics
import sys
import time

import torch


def load(path):
    """Config and float32 tensors of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    config = json.loads(header.pop("__metadata__")["architecture"])
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise SystemExit(f"{path}: tensor '{name}' is {entry['dtype']}, expected F32")
        start, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(data[start:end], dtype=torch.float32).view(entry["shape"])
    return config, tensors


class Translator:
    """An encoder in both directions, a bridge from its last state, Luong attention, with or without input feeding."""

    def __init__(self, config, tensors):
        expected = {"task": "translate", "bidirectional": True, "bridge": "final", "attention": "luong_general", "tied": "all"}
        wrong = {key: config.get(key) for key, value in expected.items() if config.get(key) != value}
        if wrong:
            raise SystemExit(f"the model has {wrong}, this program translates with {expected}")
        self.hidden, self.layers = config.get("hidden_size", 512), config.get("layers", 2)
        self.begin, self.end, self.feeds = config.get("begin_index", 2), config.get("end_index", 3), config.get("input_feeding", False)
        embedding = config.get("embedding_size", 256)
        self.attentional = config.get("attentional_size", 0) or self.hidden
        self.table, self.head_bias, self.projection = tensors["target_embedding.weight"], tensors["head.bias"], tensors.get("projection.weight")
        self.encoder = torch.nn.LSTM(embedding, self.hidden // 2, self.layers, bidirectional=True)
        self.decoder = torch.nn.LSTM(embedding + (self.attentional if self.feeds else 0), self.hidden, self.layers)
        for part, name in ((self.encoder, "encoder"), (self.decoder, "decoder")):
            part.load_state_dict({key[len(name) + 1:]: value for key, value in tensors.items() if key.startswith(name + ".")})
            part.flatten_parameters()
        self.bridge, self.bridge_bias = tensors["bridge.weight"], tensors["bridge.bias"]
        self.weight_a, self.weight_c = tensors["attention.weight_a"], tensors["attention.weight_c"]

    def read(self, sources):
        """[B][S] to the keys [B, S, K], their projection [B, S, H], the mask [B, S] and the state of the decoder."""
        lengths = torch.tensor([len(source) for source in sources])
        ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(source) for source in sources])
        packed = torch.nn.utils.rnn.pack_padded_sequence(torch.nn.functional.embedding(ids, self.table), lengths, enforce_sorted=False)
        outputs, (final, _) = self.encoder(packed)
        keys = torch.nn.utils.rnn.pad_packed_sequence(outputs)[0].transpose(0, 1).contiguous()
        start = torch.tanh(torch.nn.functional.linear(torch.cat((final[-2], final[-1]), 1), self.bridge, self.bridge_bias))
        blocks = start.view(len(sources), self.layers, 2, self.hidden).permute(2, 1, 0, 3).contiguous()
        mask = torch.arange(keys.shape[1])[None, :] >= lengths[:, None]
        return keys, torch.nn.functional.linear(keys, self.weight_a), mask, (blocks[0], blocks[1], torch.zeros(len(sources), self.attentional))

    def step(self, tokens, memory, state, width):
        """One token of every row [N], rows of a sentence side by side: ln P [N, V] and the state after it."""
        keys, projected, mask = memory
        h, c, fed = state
        x = torch.nn.functional.embedding(tokens, self.table)
        output, (h, c) = self.decoder((torch.cat((x, fed), 1) if self.feeds else x)[None], (h, c))
        asked = output[0].view(-1, width, self.hidden)
        scores = torch.bmm(asked, projected.transpose(1, 2)).masked_fill_(mask[:, None, :], float("-inf"))
        context = torch.bmm(torch.softmax(scores, 2), keys).view(-1, keys.shape[2])
        fed = torch.tanh(torch.nn.functional.linear(torch.cat((context, output[0]), 1), self.weight_c))
        written = fed if self.projection is None else torch.nn.functional.linear(fed, self.projection)
        return torch.log_softmax(torch.nn.functional.linear(written, self.table, self.head_bias), 1), (h, c, fed)

    def greedy(self, sources):
        """The most probable token at each step; sentences that have ended leave the batch."""
        keys, projected, mask, state = self.read(sources)
        written, rows = [[] for _ in sources], torch.arange(len(sources))
        limits = torch.tensor([longest(source) for source in sources])
        tokens = torch.full((len(sources),), self.begin)
        length = 0
        while len(rows):
            logs, state = self.step(tokens, (keys, projected, mask), state, 1)
            tokens = logs.argmax(1)
            going = (tokens != self.end) & (limits > length)
            length += 1
            for row, token, goes in zip(rows.tolist(), tokens.tolist(), going.tolist()):
                if goes:
                    written[row].append(token)
            if not going.all():
                keep = going.nonzero()[:, 0]
                rows, tokens, limits, keys, projected, mask = (each.index_select(0, keep) for each in (rows, tokens, limits, keys, projected, mask))
                state = (state[0].index_select(1, keep), state[1].index_select(1, keep), state[2].index_select(0, keep))
        return written

    def beam(self, sources, width, alpha):
        """The search of BeamSearch.cs on tensors: the beam narrows as hypotheses end; sentences that are done leave the batch."""
        count = len(sources)
        keys, projected, mask, state = self.read(sources)
        sentences, ended = list(range(count)), [0] * count
        limits = [longest(source) for source in sources]
        best = [(float("-inf"), [])] * count
        # The first step has one hypothesis of each sentence.
        tokens, totals, paths, length, rows = torch.full((count,), self.begin), torch.zeros(count, 1), [[[]] for _ in sources], 0, 1
        vocabulary = len(self.head_bias)
        while sentences:
            logs, state = self.step(tokens, (keys, projected, mask), state, rows)
            length += 1
            candidates = totals[:, :, None] + logs.view(len(sentences), rows, vocabulary)
            finishing = [at for at, sentence in enumerate(sentences) if length > limits[sentence]]
            if finishing:
                only = candidates[finishing][:, :, self.end].clone()
                candidates[finishing] = float("-inf")
                candidates[finishing, :, self.end] = only
            scores, places = candidates.view(len(sentences), -1).topk(width, 1)
            next_paths, live, origins, chosen, kept = [], [], [], [], []
            for at, (sentence, values, found) in enumerate(zip(sentences, scores.tolist(), places.tolist())):
                grown, from_rows, new_tokens, new_totals = [], [], [], []
                for value, place in list(zip(values, found))[:width - ended[sentence]]:
                    row, token = divmod(place, vocabulary)
                    if value == float("-inf"):
                        continue
                    if token == self.end:
                        ended[sentence] += 1
                        score = value / divisor(length, alpha)
                        if score > best[sentence][0]:
                            best[sentence] = (score, paths[at][row])
                    else:
                        grown.append(paths[at][row] + [token])
                        from_rows.append(at * rows + row)
                        new_tokens.append(token)
                        new_totals.append(value)
                if grown and new_totals[0] / divisor(limits[sentence] + 1, alpha) > best[sentence][0]:
                    missing = width - len(grown)
                    live.append(at)
                    kept.append(sentence)
                    next_paths.append(grown + [[]] * missing)
                    origins += from_rows + [from_rows[0]] * missing
                    chosen += new_tokens + [self.end] * missing
                    totals_row = new_totals + [float("-inf")] * missing
                    new = totals_row if len(live) == 1 else new + totals_row
            if not live:
                break
            if len(live) < len(sentences):
                keep = torch.tensor(live)
                keys, projected, mask = (each.index_select(0, keep) for each in (keys, projected, mask))
            sentences, paths, rows = kept, next_paths, width
            tokens, totals, order = torch.tensor(chosen), torch.tensor(new).view(len(live), width), torch.tensor(origins)
            state = (state[0].index_select(1, order), state[1].index_select(1, order), state[2].index_select(0, order))
        return [path for _, path in best]


def longest(source):
    """Most tokens of a translation: the source's without its end, twice, and ten."""
    return 2 * (len(source) - 1) + 10


def divisor(length, alpha):
    return ((5 + length) / 6) ** alpha


def main():
    torch.set_num_threads(int(sys.argv[2]))
    torch.set_grad_enabled(False)
    translator = Translator(*load(sys.argv[1]))
    print(json.dumps({"engine": "pytorch", "version": torch.__version__}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        sources, batch, width = command["sources"], command["batch"], command["beam"]
        seconds, written = [], []
        with torch.inference_mode():
            for at in range(0, len(sources), batch):
                part = sources[at:at + batch]
                start = time.perf_counter()
                written += translator.greedy(part) if width == 1 else translator.beam(part, width, command["alpha"])
                seconds.append(time.perf_counter() - start)
        print(json.dumps({"seconds": sum(seconds), "median": statistics.median(seconds), "translations": written}), flush=True)


if __name__ == "__main__":
    main()
