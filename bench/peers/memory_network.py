"""The peer of `bench/memory-frames.ts`: STM and STCN as PyTorch's users write them, segmenting a clip.

    python3 bench/peers/memory_network.py CASE.safetensors --precision bf16 --threads 2

The case holds the network's weights, `frames` [n, H, W, 3] (0–255) and `mask` [H, W] of the first one. The memory holds
the first frame, the one before and every fifth; affinities exist as a whole. Prints one line of JSON: milliseconds of
each frame, and the share of each frame that the object covers. `--version` prints the version of PyTorch. Ends with 5
where that is not installed.
"""

import argparse
import json
import math
import sys
import time

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as error:
    print(f"PyTorch cannot be imported by {sys.executable}: {error}", file=sys.stderr)
    sys.exit(5)

from pytorch import peak_mb, read_safetensors

MEMORY_EVERY = 5
MEAN = [0.485, 0.456, 0.406]
STD = [0.229, 0.224, 0.225]


class Block(nn.Module):
    """A residual block with batch normalisation folded in; torchvision's, the stride on a 3×3."""

    def __init__(self, channels, width, out, stride):
        super().__init__()
        if out == width:
            sizes = [(channels, width, 3, stride), (width, width, 3, 1)]
        else:
            sizes = [(channels, width, 1, 1), (width, width, 3, stride), (width, out, 1, 1)]
        self.depth = len(sizes)
        for k, (i, o, size, s) in enumerate(sizes):
            self.add_module(f"conv{k + 1}", nn.Conv2d(i, o, size, stride=s, padding=size // 2))
        self.downsample = nn.Conv2d(channels, out, 1, stride=stride) if stride > 1 or channels != out else nn.Identity()

    def forward(self, x):
        y = x
        for k in range(self.depth):
            y = getattr(self, f"conv{k + 1}")(y)
            if k < self.depth - 1:
                y = F.relu(y, inplace=True)
        return F.relu(y + self.downsample(x), inplace=True)


class Encoder(nn.Module):
    def __init__(self, blocks, expansion, masked):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        if masked:
            self.conv1_m = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
            self.conv1_o = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        channels = 64
        for index, count in enumerate(blocks):
            width = 64 * 2**index
            layer = []
            for b in range(count):
                layer.append(Block(channels, width, expansion * width, 2 if b == 0 and index > 0 else 1))
                channels = expansion * width
            self.add_module(f"res{index + 2}", nn.Sequential(*layer))

    def forward(self, picture, mask=None, others=None):
        x = self.conv1(picture)
        if mask is not None:
            x = x + self.conv1_m(mask) + self.conv1_o(others)
        r2 = self.res2(F.max_pool2d(F.relu(x, inplace=True), 3, stride=2, padding=1))
        r3 = self.res3(r2)
        return r2, r3, self.res4(r3)


class ResBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return x + self.conv2(F.relu(self.conv1(F.relu(x))))


class Refine(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.convFS = nn.Conv2d(channels, width, 3, padding=1)
        self.ResFS = ResBlock(width)
        self.ResMM = ResBlock(width)

    def forward(self, skip, coarse):
        large = F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
        return self.ResMM(self.ResFS(self.convFS(skip)) + large)


class Decoder(nn.Module):
    def __init__(self, value, r3, r2, width):
        super().__init__()
        self.convFM = nn.Conv2d(2 * value, width, 3, padding=1)
        self.ResMM = ResBlock(width)
        self.RF3 = Refine(r3, width)
        self.RF2 = Refine(r2, width)
        self.pred2 = nn.Conv2d(width, 2, 3, padding=1)

    def forward(self, x, r3, r2):
        m2 = self.RF2(r2, self.RF3(r3, self.ResMM(self.convFM(x))))
        return F.interpolate(self.pred2(F.relu(m2)), scale_factor=4, mode="bilinear", align_corners=False)


class Heads(nn.Module):
    def __init__(self, channels, key, value, value_channels):
        super().__init__()
        if key:
            self.Key = nn.Conv2d(channels, key, 3, padding=1)
        self.Value = nn.Conv2d(value_channels, value, 3, padding=1)


class MemoryNetwork(nn.Module):
    def __init__(self, trunk, image_keys):
        super().__init__()
        blocks, expansion, key, value, width = {
            "resnet18": ([2, 2, 2], 1, 64, 256, 128),
            "resnet50": ([3, 4, 6], 4, 128, 512, 256),
        }[trunk]
        channels = 256 * expansion
        self.image_keys = image_keys
        self.Encoder_M = Encoder(blocks, expansion, True)
        self.Encoder_Q = Encoder(blocks, expansion, False)
        self.KV_M_r4 = Heads(channels, 0 if image_keys else key, value, channels * (2 if image_keys else 1))
        self.KV_Q_r4 = Heads(channels, key, value, channels)
        self.Decoder = Decoder(value, 128 * expansion, 64 * expansion, width)

    def query(self, picture):
        r2, r3, r4 = self.Encoder_Q(picture)
        return r2, r3, r4, self.KV_Q_r4.Key(r4), self.KV_Q_r4.Value(r4)

    def memorise(self, picture, mask, query):
        r4 = self.Encoder_M(picture, mask, torch.zeros_like(mask))[2]
        if self.image_keys:
            return query[3], self.KV_M_r4.Value(torch.cat([r4, query[2]], 1))
        return self.KV_M_r4.Key(r4), self.KV_M_r4.Value(r4)

    def affinity(self, keys, query):
        """[M, N]: columns of sum 1."""
        keys, query = keys.flatten(1).float(), query.flatten(1).float()
        scores = keys.t() @ query
        if self.image_keys:
            scores = 2 * scores - (keys * keys).sum(0)[:, None]
        return (scores / math.sqrt(len(keys))).softmax(0)

    def segment(self, query, memory):
        r2, r3, _, key, value = query
        keys = torch.cat([k[0].flatten(1) for k, _ in memory], 1)
        values = torch.cat([v[0].flatten(1) for _, v in memory], 1)
        read = (values @ self.affinity(keys, key[0]).to(values.dtype)).view_as(value)
        logits = self.Decoder(torch.cat([read, value], 1), r3, r2).float()
        # soft aggregation of one object is the sigmoid of twice the difference
        return torch.sigmoid(2 * (logits[:, 1:] - logits[:, :1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="?")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--version", action="store_true")
    options = parser.parse_args()
    if options.version:
        print(json.dumps(torch.__version__))
        return
    torch.set_num_threads(options.threads)
    tensors, case = read_safetensors(options.case)
    frames = tensors.pop("frames").permute(0, 3, 1, 2) / 255
    frames = (frames - torch.tensor(MEAN)[None, :, None, None]) / torch.tensor(STD)[None, :, None, None]
    mask = tensors.pop("mask")[None, None]
    model = MemoryNetwork(case["trunk"], case["keys"] == "image")
    model.load_state_dict({n: t.permute(3, 2, 0, 1) if t.dim() == 4 else t for n, t in tensors.items()})
    model.to(memory_format=torch.channels_last).eval()
    memory, milliseconds, shares = [], [], []
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.precision == "bf16"):
        picture = frames[:1].contiguous(memory_format=torch.channels_last)
        last = model.memorise(picture, mask, model.query(picture))
        memory.append(last)
        previous, mask = None, None
        for t in range(1, len(frames)):
            began = time.perf_counter()
            if mask is not None:
                last = model.memorise(picture, mask, query)
                previous = None
                if (t - 1) % MEMORY_EVERY == 0:
                    memory.append(last)
                else:
                    previous = last
            picture = frames[t : t + 1].contiguous(memory_format=torch.channels_last)
            query = model.query(picture)
            mask = model.segment(query, memory + ([previous] if previous else []))
            milliseconds.append(1000 * (time.perf_counter() - began))
            shares.append((mask > 0.5).float().mean().item())
    print(json.dumps({"milliseconds": milliseconds, "shares": shares, "peakMb": peak_mb(), "version": torch.__version__}))


if __name__ == "__main__":
    main()
