"""Makes `reference.json`: what memory networks compute, by PyTorch in double precision, with autograd's gradients.

    python3 test/networks/memory/reference.py > test/networks/memory/reference.json
    npx prettier --write test/networks/memory/reference.json

Weights, pictures and masks are formulas (`formula.ts` has the same). Channels first here, last there: sums and norms do
not mind, single entries are named by row, column and channel.
"""

import json
import math

import numpy as np
import torch
import torch.nn.functional as F

WIDTHS = {"resnet18": (64, 256, 128), "resnet50": (128, 512, 256)}
BLOCKS = {"resnet18": ([2, 2, 2], 1), "resnet50": ([3, 4, 6], 4)}


def conv(shapes, name, size, i, o, bias=True):
    shapes[f"{name}.weight"] = (size, size, i, o)
    if bias:
        shapes[f"{name}.bias"] = (o,)


def encoder_shapes(name, trunk, masked):
    shapes, (blocks, expansion) = {}, BLOCKS[trunk]
    conv(shapes, f"{name}.conv1", 7, 3, 64)
    i = 64
    for stage, count in enumerate(blocks):
        width = 64 * 2**stage
        out = width * expansion
        for b in range(count):
            block = f"{name}.res{stage + 2}.{b}"
            layers = [(3, i, width), (3, width, out)] if expansion == 1 else [(1, i, width), (3, width, width), (1, width, out)]
            for k, (size, a, z) in enumerate(layers):
                conv(shapes, f"{block}.conv{k + 1}", size, a, z)
            if b == 0 and (i != out):
                conv(shapes, f"{block}.downsample", 1, i, out)
            i = out
    if masked:
        for kind in "mo":
            conv(shapes, f"{name}.conv1_{kind}", 7, 1, 64, bias=False)
    return shapes


def network_shapes(trunk, keys):
    key, value, width = WIDTHS[trunk]
    expansion = BLOCKS[trunk][1]
    shapes = {**encoder_shapes("Encoder_M", trunk, True), **encoder_shapes("Encoder_Q", trunk, False)}
    r2, r3, r4 = (c * expansion for c in (64, 128, 256))
    if keys == "masked":
        conv(shapes, "KV_M_r4.Key", 3, r4, key)
    conv(shapes, "KV_M_r4.Value", 3, r4 if keys == "masked" else 2 * r4, value)
    conv(shapes, "KV_Q_r4.Key", 3, r4, key)
    conv(shapes, "KV_Q_r4.Value", 3, r4, value)
    conv(shapes, "Decoder.convFM", 3, 2 * value, width)
    blocks = ["ResMM", "RF3.ResFS", "RF3.ResMM", "RF2.ResFS", "RF2.ResMM"]
    for block in blocks:
        conv(shapes, f"Decoder.{block}.conv1", 3, width, width)
        conv(shapes, f"Decoder.{block}.conv2", 3, width, width)
    conv(shapes, "Decoder.RF3.convFS", 3, r3, width)
    conv(shapes, "Decoder.RF2.convFS", 3, r2, width)
    conv(shapes, "Decoder.pred2", 3, width, 2)
    return shapes


def gain(name):
    """What goes through keeps about its size; logits stay small."""
    return 0.9 if name.endswith(("conv2.weight", "conv3.weight")) else 0.3 if "pred2" in name else 2.2


def scattered(k):
    """Numbers from -1 to 1 without a pattern, from whole ones (unsigned, 32 bits)."""
    k = (k ^ (k >> 16)) * np.uint32(0x45D9F3B)
    k = (k ^ (k >> 16)) * np.uint32(0x45D9F3B)
    return (k ^ (k >> 16)) / 2.0**31 - 1


def fill(name, shape):
    """As files hold it, height × width × in × out, rounded to single precision; here then out × in × height × width."""
    phase = sum(map(ord, name))
    k = np.arange(math.prod(shape), dtype=np.uint32)
    if len(shape) == 1:
        values = 0.05 * np.sin(1.3 * k + phase)
    else:
        values = gain(name) / math.sqrt(math.prod(shape[:3])) * scattered(k + np.uint32(1000003 * phase))
    tensor = torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape))
    return tensor.permute(3, 2, 0, 1).contiguous() if len(shape) == 4 else tensor


def grid(height, width):
    return torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")


def picture(height, width):
    y, x = grid(height, width)
    return torch.stack([torch.sin(0.3 * y + 0.5 * x + c) for c in range(3)])[None]


def soft_mask(height, width, phase):
    y, x = grid(height, width)
    return torch.sigmoid(8 * torch.sin(0.2 * y + 0.1 * x + phase))[None, None]


class Network:
    def __init__(self, trunk, keys, weights):
        self.trunk, self.keys, self.w = trunk, keys, weights

    def conv(self, x, name, stride=1):
        weight = self.w[f"{name}.weight"]
        return F.conv2d(x, weight, self.w.get(f"{name}.bias"), stride=stride, padding=weight.shape[2] // 2)

    def encode(self, name, x, masks=None):
        y = self.conv(x, f"{name}.conv1", 2)
        if masks is not None:
            y = y + self.conv(masks[0], f"{name}.conv1_m", 2) + self.conv(masks[1], f"{name}.conv1_o", 2)
        y = F.max_pool2d(F.relu(y), 3, 2, 1)
        maps, (blocks, expansion) = [], BLOCKS[self.trunk]
        for stage, count in enumerate(blocks):
            for b in range(count):
                block = f"{name}.res{stage + 2}.{b}"
                stride = 2 if stage > 0 and b == 0 else 1
                # torchvision: the stride on the first 3×3
                strides = [stride, 1] if expansion == 1 else [1, stride, 1]
                z = y
                for k, s in enumerate(strides):
                    z = self.conv(F.relu(z) if k > 0 else z, f"{block}.conv{k + 1}", s)
                short = self.conv(y, f"{block}.downsample", stride) if f"{block}.downsample.weight" in self.w else y
                y = F.relu(z + short)
            maps.append(y)
        return maps

    def query(self, x):
        r2, r3, r4 = self.encode("Encoder_Q", x)
        return {"r2": r2, "r3": r3, "r4": r4, "key": self.conv(r4, "KV_Q_r4.Key"), "value": self.conv(r4, "KV_Q_r4.Value")}

    def memorise(self, x, masks, query):
        r4 = self.encode("Encoder_M", x, masks)[2]
        if self.keys == "image":
            return query["key"], self.conv(torch.cat([r4, query["r4"]], 1), "KV_M_r4.Value")
        return self.conv(r4, "KV_M_r4.Key"), self.conv(r4, "KV_M_r4.Value")

    def read(self, query, memory):
        q = query["key"].flatten(2)[0]
        k = torch.cat([key.flatten(2)[0] for key, _ in memory], 1)
        v = torch.cat([value.flatten(2)[0] for _, value in memory], 1)
        s = k.t() @ q
        if self.keys == "image":
            s = 2 * s - (k * k).sum(0)[:, None]
        return (v @ (s / math.sqrt(len(q))).softmax(0)).view_as(query["value"])

    def block(self, x, name):
        return x + self.conv(F.relu(self.conv(F.relu(x), f"Decoder.{name}.conv1")), f"Decoder.{name}.conv2")

    def logits(self, read, query):
        m = self.block(self.conv(torch.cat([read, query["value"]], 1), "Decoder.convFM"), "ResMM")
        for name, skip in (("RF3", "r3"), ("RF2", "r2")):
            m = F.interpolate(m, scale_factor=2, mode="bilinear", align_corners=False)
            m = self.block(self.block(self.conv(query[skip], f"Decoder.{name}.convFS"), f"{name}.ResFS") + m, f"{name}.ResMM")
        return F.interpolate(self.conv(F.relu(m), "Decoder.pred2"), scale_factor=4, mode="bilinear", align_corners=False)

    def probabilities(self, query, memories):
        """Background and objects, [1 + n, H, W], one memory for each object; odds as they stand in the paper."""
        p = torch.stack([self.logits(self.read(query, memory), query).softmax(1)[0, 1] for memory in memories])
        e = torch.cat([(1 - p).prod(0, keepdim=True), p]).clamp(1e-7, 1 - 1e-7)
        odds = e / (1 - e)
        return odds / odds.sum(0)


def triplet_loss(network, triplets, share):
    """`triplets`: (three pictures, labels of three frames, objects); sum of the losses of frames 2 and 3."""
    losses, known = [], []
    for pictures, labels, objects in triplets:
        queries = [network.query(x) for x in pictures]
        given = [(labels[0] == k + 1).double()[None, None] for k in range(objects)]

        def remember(frame, own):
            total = sum(own)
            return [network.memorise(pictures[frame], (m, total - m), queries[frame]) for m in own]

        first = remember(0, given)
        second = network.probabilities(queries[1], [[m] for m in first])
        again = remember(1, [m[None, None] for m in second[1:]])
        third = network.probabilities(queries[2], [list(pair) for pair in zip(first, again)])
        for frame, p in ((1, second), (2, third)):
            known.append(labels[frame] != 255)
            classes = torch.where(known[-1], labels[frame], 0)[None]
            losses.append(-torch.log(p.gather(0, classes))[0][known[-1]])
    total = 0
    for frame in (0, 1):
        own = losses[frame::2]
        if share >= 1:
            total = total + torch.cat(own).mean()
        else:
            pixels = known[0].numel()
            total = total + sum(x.topk(round(share * pixels)).values.mean() for x in own) / len(own)
    return total


def draw_triplet(side, seed, objects):
    """Three pictures in which the labels' borders move."""
    y, x = grid(side, side)
    pictures, labels = [], []
    for frame in range(3):
        c = torch.arange(3).double()[:, None, None]
        pictures.append(torch.sin(0.3 * y + 0.5 * x + c + 0.2 * frame + seed)[None])
        wave = torch.sin(0.25 * x + 0.2 * frame + seed) + torch.sin(0.3 * y - 0.1 * frame)
        label = torch.where(wave > 0.4, 1, torch.where(wave < -0.6, 2 if objects == 2 else 0, 0))
        label[y + x > 2 * side - 12] = 255
        labels.append(label)
    return pictures, labels, objects


def summary(x, entries=()):
    """Of the first row."""
    x = x.detach()
    return {"sum": x.sum().item(), "norm": x.norm().item(), "entries": [x[0, c, i, j].item() for i, j, c in entries]}


def weights_of(shapes):
    return {name: fill(name, shape) for name, shape in shapes.items()}


def main():
    torch.set_num_threads(1)
    out = {"parameters": {}, "encoder50": {}, "networks": {}}
    for trunk in WIDTHS:
        for keys in ("masked", "image"):
            shapes = network_shapes(trunk, keys)
            folded = sum(map(math.prod, shapes.values()))
            # batch normalisation has two numbers a channel where a folded convolution has one
            norm = sum(s[0] for n, s in shapes.items() if n.startswith("Encoder") and n.endswith(".bias"))
            out["parameters"][f"{trunk} {keys}"] = {"folded": folded, "withBatchNorm": folded + norm}
    height, width = 48, 64
    x = picture(height, width)
    big = Network("resnet50", "masked", weights_of(encoder_shapes("Encoder_Q", "resnet50", False)))
    maps = big.encode("Encoder_Q", x)
    out["encoder50"] = {f"r{k + 2}": summary(m, [(0, 0, 0), (1, 2, 7)]) for k, m in enumerate(maps)}
    masks = [soft_mask(height, width, 0), soft_mask(height, width, 2)]
    for keys in ("masked", "image"):
        weights = weights_of(network_shapes("resnet18", keys))
        for tensor in weights.values():
            tensor.requires_grad_()
        network = Network("resnet18", keys, weights)
        query = network.query(x)
        memories = [network.memorise(x, (masks[k], masks[1 - k]), query) for k in (0, 1)]
        later = network.query(torch.flip(x, [3]))
        logits = [network.logits(network.read(later, [m]), later) for m in memories]
        entry = [(0, 0, 0), (2, 1, 5)]
        result = {
            "r4": summary(query["r4"], entry),
            "key": summary(query["key"], entry),
            "value": summary(query["value"], entry),
            "memoryValue": [summary(v, entry) for _, v in memories],
            "memoryKey": [summary(k, entry) for k, _ in memories],
            "logits": [summary(z[:, 1:] - z[:, :1], [(0, 0, 0), (20, 33, 0)]) for z in logits],
            "probabilities": summary(network.probabilities(later, [[m] for m in memories])[None], [(20, 33, c) for c in range(3)]),
            "losses": [],
        }
        triplets = [draw_triplet(32, 0, 1), draw_triplet(32, 1.5, 2)]
        learnt = ["Encoder_M.conv1_m.weight", "Encoder_M.conv1_o.weight", "Encoder_M.res4.1.conv2.weight", "Encoder_Q.res3.0.conv1.weight",
                  "KV_M_r4.Value.bias", "KV_Q_r4.Key.weight", "Decoder.RF3.ResFS.conv1.weight", "Decoder.pred2.bias"]
        for share in (1, 0.3):
            loss = triplet_loss(network, triplets, share)
            gradients = torch.autograd.grad(loss, [weights[name] for name in learnt])
            result["losses"].append({
                "share": share,
                "loss": loss.item(),
                "gradients": {name: {"sum": g.sum().item(), "norm": g.norm().item()} for name, g in zip(learnt, gradients)},
            })
        out["networks"][keys] = result
    rounded = json.loads(json.dumps(out), parse_float=lambda text: float(f"{float(text):.10g}"))
    print(json.dumps(rounded, indent=2))


main()
