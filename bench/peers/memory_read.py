"""The peer of `bench/memory-read.ts`: the read of a space-time memory as PyTorch's users write it, all scores at once.

    python3 bench/peers/memory_read.py CASE.safetensors --precision bf16 --threads 1 --iterations 5

The case is written by `bench/memory-read/case.ts`. Prints one line of JSON. Scores are float32 in both precisions, as
their maxima and exponentials need; bf16 is the type of keys, values and weights. Ends with 5 where PyTorch is not
installed.
"""

import argparse
import ctypes
import json
import math
import sys
import time

from pytorch import read_safetensors, torch

READS = {"STM": {}, "KMN": {"sigma": 7}, "top-20": {"best": 20}, "KMN, top-20": {"sigma": 7, "best": 20}}


def read_memory(query, keys, values, grid, sigma=None, best=None):
    """Cells [N, key], memory cells [M, key] and [M, value] -> [N, value]."""
    scores = query.float() @ keys.float().T / math.sqrt(query.shape[1])
    if sigma is not None:
        height, width = grid
        places = scores.argmax(dim=0)
        down = torch.arange(height).view(-1, 1, 1) - (places // width).view(1, 1, -1)
        right = torch.arange(width).view(1, -1, 1) - (places % width).view(1, 1, -1)
        scores -= (down**2 + right**2).view(scores.shape) / (2 * sigma**2)
    if best is not None:
        chosen, cells = scores.topk(best, dim=1)
        weights = torch.zeros_like(scores).scatter_(1, cells, chosen.softmax(dim=1))
    else:
        weights = scores.softmax(dim=1)
    return (weights.to(values.dtype) @ values).float()


def status_mb(key):
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(key + ":"))
    return int(line.split()[1]) * 1024 / 1e6


def peak_growth(work):
    """What the work gives, and by how many MB the process grows at most; None on systems that cannot tell."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as clear:
            clear.write("5")
        before = status_mb("VmRSS")
    except (OSError, AttributeError):
        return work(), None
    result = work()
    return result, max(0, status_mb("VmHWM") - before)


def measure(work, iterations, step):
    result, peak_mb = peak_growth(work)
    sample = result.flatten()[::step].tolist()
    wall, cpu = [], []
    for _ in range(iterations):
        cpu_began, wall_began = time.process_time(), time.perf_counter()
        work()
        wall.append(1000 * (time.perf_counter() - wall_began))
        cpu.append(1000 * (time.process_time() - cpu_began))
    return {"wallMs": wall, "cpuMs": cpu, "peakMb": peak_mb, "sample": sample}


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case")
    parser.add_argument("--precision", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tensors, case = read_safetensors(options.case)
    dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
    query, keys, values = (tensors.pop(name).to(dtype) for name in ("query", "keys", "values"))
    grid = int(case["height"]), int(case["width"])
    rows = []
    for name, how in READS.items():
        row = measure(lambda: read_memory(query, keys, values, grid, **how), options.iterations, int(case["step"]))
        rows.append({"read": name, "form": "whole", **row})
    print(json.dumps({"version": torch.__version__, "rows": rows}))


if __name__ == "__main__":
    sys.exit(main())
