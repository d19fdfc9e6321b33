"""The peer of `bench/engine.ts`: OSVOS's networks, loss and optimizer as PyTorch's users write them.

    python3 bench/peers/pytorch.py CASE.safetensors --precision bf16 --threads 1 --iterations 5

The case (written by `bench/engine/case.ts`) holds weights, picture and labels, so that all sides compute the same.
Prints one line of JSON. `--logits FILE` writes the fused logits too, as they are before any update (float32, [H, W]).
`--profile` prints where an iteration goes instead, `--version` the version of PyTorch. Ends with 5 where that is not installed.
"""

import argparse
import json
import resource
import struct
import sys
import time
from collections import OrderedDict

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as error:
    print(f"PyTorch cannot be imported by {sys.executable}: {error}", file=sys.stderr)
    sys.exit(5)

MOMENTUM = 0.9
SIDE_CHANNELS = 16
TOP_DOWN_CHANNELS = 32

VGG = {
    "vgg16": [[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3],
    "vgg19-slim": [[16, 16], [32, 32], [64] * 4, [128] * 4, [128]],
}
RESNET = {"resnet50-v1": [3, 4, 6]}


class Vgg(nn.Module):
    """VGG without fully connected layers; gives the maps of strides 2, 4, 8 and 16."""

    pooled = True

    def __init__(self, widths):
        super().__init__()
        channels = 3
        for index, stage_widths in enumerate(widths):
            layers = OrderedDict()
            if index > 0:
                layers["pool"] = nn.MaxPool2d(2, ceil_mode=True)
            for i, width in enumerate(stage_widths):
                layers[f"conv{i + 1}"] = nn.Conv2d(channels, width, 3, padding=1)
                layers[f"relu{i + 1}"] = nn.ReLU(inplace=True)
                channels = width
            self.add_module(f"stage{index + 1}", nn.Sequential(layers))
        self.channels = [stage_widths[-1] for stage_widths in widths[1:]]

    def forward(self, x):
        maps = []
        for stage in self.children():
            x = stage(x)
            maps.append(x)
        return maps[1:]


class Bottleneck(nn.Module):
    """1×1, 3×3, 1×1 with the stride on the first; batch normalisation is folded into the convolutions."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 1, stride=stride)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, 4 * width, 1)
        self.relu = nn.ReLU(inplace=True)
        widened = stride > 1 or channels != 4 * width
        self.downsample = nn.Conv2d(channels, 4 * width, 1, stride=stride) if widened else nn.Identity()

    def forward(self, x):
        y = self.relu(self.conv1(x))
        y = self.relu(self.conv2(y))
        y = self.conv3(y)
        y += self.downsample(x)
        return self.relu(y)


class ResNet(nn.Module):
    """ResNet to layer3; gives the maps of strides 2, 4, 8 and 16."""

    pooled = False

    def __init__(self, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        self.channels = [channels]
        for index, count in enumerate(blocks):
            layer = []
            for b in range(count):
                stride = 2 if b == 0 and index > 0 else 1
                layer.append(Bottleneck(channels, 64 * 2**index, stride))
                channels = 4 * 64 * 2**index
            self.add_module(f"layer{index + 1}", nn.Sequential(*layer))
            self.channels.append(channels)

    def forward(self, x):
        maps = [self.relu(self.conv1(x))]
        x = self.layer1(self.pool(maps[0]))
        maps.append(x)
        x = self.layer2(x)
        maps.append(x)
        maps.append(self.layer3(x))
        return maps


class Upsampling(nn.Module):
    """The fixed bilinear transposed convolution of OSVOS, cropped: beyond the border everything is zero."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor
        slope = 1 - (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
        self.register_buffer("kernel", torch.outer(slope, slope)[None, None], persistent=False)

    def forward(self, x, size):
        full = F.conv_transpose2d(x, self.kernel, stride=self.factor)
        begin = self.factor // 2
        return full[..., begin : begin + size[0], begin : begin + size[1]]


class SideOutputs(nn.Module):
    """Side branches, each brought to one channel before it is enlarged: fuse is linear, so that is the same."""

    def __init__(self, trunk):
        super().__init__()
        self.side = nn.ModuleList(nn.Conv2d(c, SIDE_CHANNELS, 3, padding=1) for c in trunk.channels)
        self.score = nn.ModuleList(nn.Conv2d(SIDE_CHANNELS, 1, 1) for _ in trunk.channels)
        self.fuse = nn.Conv2d(SIDE_CHANNELS * len(trunk.channels), 1, 1)
        self.enlarge = nn.ModuleList(Upsampling(2 ** (k + 1)) for k in range(len(trunk.channels)))

    def forward(self, maps, size, with_sides):
        fused, sides = 0, []
        slices = self.fuse.weight.split(SIDE_CHANNELS, dim=1)
        for k, x in enumerate(maps):
            side = self.side[k](x)
            fused = fused + self.enlarge[k](F.conv2d(side, slices[k]), size)
            if with_sides:
                sides.append(self.enlarge[k](self.score[k](side), size))
        return fused + self.fuse.bias, sides


class TopDown(nn.Module):
    """Refinement from coarse to fine, without target scores."""

    def __init__(self, trunk):
        super().__init__()
        channels = TOP_DOWN_CHANNELS
        self.enlarge = enlarge_centred if trunk.pooled else enlarge_cornered
        self.lateral = nn.ModuleList(nn.Conv2d(c, channels, 1) for c in trunk.channels)
        self.refine = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in trunk.channels)
        self.score = nn.ModuleList(nn.Conv2d(channels, 1, 1) for _ in trunk.channels)

    def forward(self, maps, size, with_sides):
        above, sides = None, []
        for k in reversed(range(len(maps))):
            x = self.lateral[k](maps[k])
            if above is not None:
                x = x + self.enlarge(above, x.shape[2:])
            x = F.relu(x, inplace=True)
            above = F.relu(self.refine[k](x) + x, inplace=True)
            if k == 0 or with_sides:
                sides.insert(0, self.enlarge(self.score[k](above), size))
        return sides[0], sides[1:]


def enlarge_centred(x, size):
    return F.interpolate(x, size=size, mode="bilinear", align_corners=False)


def enlarge_cornered(x, size):
    """Cell j lies at pixel s·j, and the last cell reaches to the border."""
    padded = F.pad(x, (0, 1, 0, 1), mode="replicate")
    full = F.interpolate(padded, size=(size[0] + 1, size[1] + 1), mode="bilinear", align_corners=True)
    return full[..., : size[0], : size[1]]


class Osvos(nn.Module):
    def __init__(self, trunk, heads):
        super().__init__()
        self.trunk = Vgg(VGG[trunk]) if trunk in VGG else ResNet(RESNET[trunk])
        self.heads = (TopDown if heads == "top-down" else SideOutputs)(self.trunk)

    def forward(self, picture, with_sides=False):
        """[N, 3, H, W] → logits [N, 1, H, W], and those of the sides."""
        return self.heads(self.trunk(picture), picture.shape[2:], with_sides)

    def load(self, tensors):
        """Takes all parameters; convolutions as the project's files hold them, [k, k, in, out]."""
        names = {name for name, _ in self.trunk.named_parameters()}
        state = {
            ("trunk." if name in names else "heads.") + name: (
                tensor.permute(3, 2, 0, 1) if tensor.dim() == 4 else tensor
            )
            for name, tensor in tensors.items()
            if not name.startswith("target.")  # used with target scores only
        }
        self.load_state_dict(state)


def read_safetensors(file):
    """8 bytes of header length, a JSON header, then the numbers."""
    with open(file, "rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
        body = bytearray(stream.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{file}, tensor {name}: numbers of type {entry['dtype']}, not F32")
        begin, end = entry["data_offsets"]
        numbers = torch.frombuffer(body, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        tensors[name] = numbers.reshape(entry["shape"])
    return tensors, metadata


class Work:
    """A network with its picture: what is measured."""

    def __init__(self, file, precision):
        tensors, case = read_safetensors(file)
        picture = tensors.pop("picture").permute(0, 3, 1, 2)
        self.picture = picture.contiguous(memory_format=torch.channels_last)
        self.labels = tensors.pop("labels").unsqueeze(1)
        self.weights = tensors.pop("weights").unsqueeze(1)
        self.model = Osvos(case["trunk"], case["heads"])
        self.model.load(tensors)
        self.model.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=float(case["rate"]), momentum=MOMENTUM)
        self.bf16 = precision == "bf16"

    def autocast(self):
        return torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16)

    def cross_entropy(self, logits):
        return F.binary_cross_entropy_with_logits(
            logits.float(), self.labels, weight=self.weights, reduction="sum"
        )

    def iteration(self):
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            fused, sides = self.model(self.picture, with_sides=True)
            loss = self.cross_entropy(fused)
            for side in sides:
                loss = loss + self.cross_entropy(side)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    @torch.inference_mode()
    def forward(self):
        with self.autocast():
            fused, _ = self.model(self.picture)
        return fused.float().contiguous().numpy()


def measure(work, iterations, warm_up):
    """Times of forward passes, then of iterations, in ms; what warms up is not timed, but its losses are told."""
    forward_wall = []
    for i in range(warm_up + iterations):
        began = time.perf_counter()
        work.forward()
        if i >= warm_up:
            forward_wall.append(1000 * (time.perf_counter() - began))
    cpu, wall, losses = [], [], []
    for i in range(warm_up + iterations):
        cpu_began, wall_began = time.process_time(), time.perf_counter()
        losses.append(work.iteration())
        if i >= warm_up:
            cpu.append(1000 * (time.process_time() - cpu_began))
            wall.append(1000 * (time.perf_counter() - wall_began))
    return {
        "iterationCpuMs": cpu,
        "iterationWallMs": wall,
        "forwardWallMs": forward_wall,
        "peakMb": peak_mb(),
        "losses": losses,
        "version": torch.__version__,
        "convolutionShare": None,
    }


def peak_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def profile(work, warm_up):
    for _ in range(warm_up):
        work.iteration()
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiler:
        work.iteration()
    return profiler.key_averages().table(sort_by="self_cpu_time_total", row_limit=12, max_name_column_width=48)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="?")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--logits")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--version", action="store_true")
    options = parser.parse_args()
    if options.version:
        print(json.dumps(torch.__version__))
        return
    torch.set_num_threads(options.threads)
    if options.case is None:
        parser.error("no case")
    work = Work(options.case, options.precision)
    if options.logits:
        work.forward().tofile(options.logits)
    if options.profile:
        print(profile(work, options.warm_up))
    else:
        print(json.dumps(measure(work, options.iterations, options.warm_up)))


if __name__ == "__main__":
    main()
