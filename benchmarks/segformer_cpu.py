"""SegFormer B2 on a CPU: full-size random weights through every runtime that is installed, in turns.

`python benchmarks/segformer_cpu.py [--rounds 9] [--markdown FILE]`. They take turns, so that other work on the
machine hits all alike: the ratios count, not the milliseconds. ONNX Runtime and
int8 need packages that Proteus does not: onnxruntime, onnx, onnxscript, nncf.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from inference.engines.cutout.segformer.labels import LABELS
from inference.engines.cutout.segformer.loader import Parser
from inference.engines.cutout.segformer.runtimes import choose

SIDE = 512


def build() -> Parser:
    """The published architecture; its weights random but scaled so that classes compete."""
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    torch.manual_seed(0)
    config = SegformerConfig(
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={name: number for number, name in enumerate(LABELS)},
        depths=[3, 4, 6, 3],
        hidden_sizes=[64, 128, 320, 512],
        decoder_hidden_size=768,
    )
    network = SegformerForSemanticSegmentation(config).eval().requires_grad_(False)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.Linear | torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight, nonlinearity="linear")
    return Parser(network, SIDE, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def pictures(count: int, seed: int = 1) -> np.ndarray:
    """Smooth noise, normalised: (count, 3, SIDE, SIDE)."""
    import cv2

    random = np.random.default_rng(seed)
    small = random.normal(size=(count, 16, 16, 3)).astype(np.float32)
    large = [cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in small]
    return np.ascontiguousarray(np.stack(large).transpose(0, 3, 1, 2), np.float32)


def torch_runs(parser: Parser):
    network = parser.network

    def eager(dtype=None, channels_last=False, compiled=None):
        def run(pixels):
            given = torch.from_numpy(pixels)
            if channels_last:
                given = given.to(memory_format=torch.channels_last)
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=dtype is not None):
                return (network if compiled is None else compiled)(given).logits.float().numpy()

        return run

    yield "torch, eager", eager()
    yield "torch, bf16 autocast", eager(dtype=torch.bfloat16)
    yield "torch, torch.compile", eager(compiled=torch.compile(network))
    yield "torch, torch.compile, bf16 autocast", eager(torch.bfloat16, compiled=torch.compile(network))
    # Last, since it changes the weights' layout for whoever comes after it.
    network.to(memory_format=torch.channels_last)
    yield "torch, channels-last", eager(channels_last=True)


def openvino_runs(parser: Parser):
    yield "OpenVINO", choose(parser, "openvino", "cpu")[1]
    import openvino

    model = _openvino_model(parser)
    yield "OpenVINO, bf16", choose(parser, "openvino-bf16", "cpu")[1]
    try:
        import nncf
    except ImportError:
        return
    nncf.set_log_level(40)
    data = nncf.Dataset([one[None] for one in pictures(24, seed=9)])
    preset = nncf.QuantizationPreset.MIXED
    quantized = nncf.quantize(
        model, data, preset=preset, subset_size=24, model_type=nncf.ModelType.TRANSFORMER
    )
    yield "OpenVINO, int8 (nncf)", _compiled(openvino, quantized, "f32")


def _openvino_model(parser: Parser):
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = parser.network

        def forward(self, pixels):
            return self.network(pixels).logits

    traced = torch.jit.trace(Logits(), torch.zeros(2, 3, SIDE, SIDE), check_trace=False)
    decoder = TorchScriptPythonDecoder(traced)
    frontend = FrontEndManager().load_by_framework("pytorch")
    model = frontend.convert(frontend.load(decoder))
    model.reshape([-1, 3, SIDE, SIDE])
    return model


def _compiled(openvino, model, precision):
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    compiled = openvino.Core().compile_model(model, "CPU", settings)
    return lambda pixels: np.array(compiled(pixels)[0], np.float32)


def onnx_runs(parser: Parser, folder: Path):
    import onnxruntime

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "segformer.onnx"

    class Logits(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = parser.network

        def forward(self, pixels):
            return self.network(pixels).logits

    shape = {"pixels": {0: torch.export.Dim("batch", min=1, max=8)}}
    with torch.inference_mode():
        torch.onnx.export(
            Logits(),
            (torch.zeros(2, 3, SIDE, SIDE),),
            str(path),
            dynamo=True,
            dynamic_shapes=shape,
            verbose=False,
        )
    yield "ONNX Runtime", _session(onnxruntime, path)
    from onnxruntime.quantization import QuantType, quantize_dynamic

    small = folder / "segformer-int8.onnx"
    quantize_dynamic(
        str(path), str(small), weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gemm"]
    )
    yield "ONNX Runtime, int8 (dynamic, linear layers)", _session(onnxruntime, small)


def _session(onnxruntime, path: Path):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: session.run(None, {name: pixels})[0]


def agreement(found: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """Mean IoU over the labels that occur, and the largest deviation relative to the largest logit."""
    a, b = found.argmax(1), wanted.argmax(1)
    seen = [label for label in range(len(LABELS)) if (b == label).mean() > 0.002]
    iou = np.mean([((a == k) & (b == k)).sum() / ((a == k) | (b == k)).sum() for k in seen])
    return float(iou), float(np.abs(found - wanted).max() / np.abs(wanted).max())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--markdown", type=Path)
    arguments.add_argument("--work", type=Path, default=Path("build/segformer_cpu"))
    options = arguments.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(os.cpu_count() or 1)
    parser = build()
    given = pictures(2)
    with torch.inference_mode():
        wanted = parser.network(torch.from_numpy(given)).logits.numpy()
    runs, failed = {}, {}
    for family in (openvino_runs(parser), onnx_runs(parser, options.work), torch_runs(parser)):
        try:
            for name, run in family:
                print("ready:", name, flush=True)
                run(given[:1]), run(given)  # warm, at both batch sizes
                runs[name] = run
        except Exception as error:  # one that cannot run here is said so in the table
            failed[f"after {next(reversed(runs), 'nothing')}"] = f"{type(error).__name__}: {str(error)[:90]}"
    times = {name: {1: [], 2: []} for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            for batch in (1, 2):
                start = time.perf_counter()
                run(given[:batch])
                times[name][batch].append(time.perf_counter() - start)
    base = "torch, eager"
    lines = ["| runtime | batch 1, ms (spread) | times eager | batch 2, ms | mean IoU with eager fp32 | deviation |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    rows = []
    for name, run in runs.items():
        ratios = sorted(a / b for a, b in zip(times[base][1], times[name][1], strict=True))
        median, middle = statistics.median(times[name][1]), statistics.median(ratios)
        low, high = (np.percentile(times[name][1], q) * 1000 for q in (10, 90))
        iou, apart = agreement(run(given), wanted)
        rows.append({"runtime": name, "ms": median * 1000, "ratio": middle, "iou": iou, "deviation": apart})
        lines.append(
            f"| {name} | {median * 1000:.0f} ({low:.0f}…{high:.0f}) | {middle:.2f} ({ratios[0]:.2f}…{ratios[-1]:.2f}) "
            f"| {statistics.median(times[name][2]) * 1000:.0f} | {iou:.4f} | {apart:.1e} |"
        )
    lines += [f"\nNot run {where}: {why}" for where, why in failed.items()]
    about = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}"
    text = "\n".join([f"{about}, {options.rounds} rounds in turns", "", *lines])
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n")
        options.markdown.with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
