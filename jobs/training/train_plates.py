"""`make train-plates`: trains the plate detector and writes `ocr/weights/plates.onnx`.

Command: `python -m jobs.training.train_plates --data FOLDER`, where the folder is that of plates_ro (MIT). Seeds, steps
and recipe are fixed here, so that the same command gives the same weights, up to the order of floating point sums. It
takes about an hour on 2 cores.
"""

import logging
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import paddle
import typer

from jobs.training.export import Weights, export_plate_network
from jobs.training.plate_network import PlateNetwork, loss, targets
from jobs.training.plate_scenes import SIZE, SceneMaker
from ocr.models import PLATE_WEIGHTS

log = logging.getLogger(__name__)

_SEED = 20_261_125
_BATCH = 16
_CYCLES = (1600, 2000, 1500)
"""Batches of each cycle: the rate falls to zero in each, and the next one goes on with new scenes.

The last one leaves out what the one before is sure of and the truth does not have.
"""
_RATE = 2.5e-3
_WARM_UP = 100
_DECAY = 1e-4
_AVERAGE = 0.995
"""The weights that are kept are a running mean of those that were trained."""
_SHOW_EVERY = 50

Batch = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]
"""Pictures (n by 1 by height by width) and targets."""


def train(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="folder of plates_ro")],
    target: Annotated[Path, typer.Option(help="where the weights go")] = PLATE_WEIGHTS,
) -> None:
    """Train the plate detector and export it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    paddle.seed(_SEED)
    network = PlateNetwork()
    about = {"data": "plates_ro, train split (MIT), and drawn scenes", "seed": str(_SEED), "cycles": str(_CYCLES)}
    for cycle, steps in enumerate(_CYCLES):
        last = cycle == len(_CYCLES) - 1
        with _batches(data, _SEED + cycle, target if last else None) as batches:
            average = _run_cycle(network, batches, steps)
        network.set_state_dict({name: paddle.to_tensor(value) for name, value in average.items()})
        export_plate_network(average, target, about)


def _run_cycle(network: PlateNetwork, batches: Iterator[Batch], steps: int) -> Weights:
    """Train for some batches and return the running mean of the weights."""
    rate = paddle.optimizer.lr.LinearWarmup(
        paddle.optimizer.lr.CosineAnnealingDecay(_RATE, steps), _WARM_UP, 0.0, _RATE
    )
    optimiser = paddle.optimizer.AdamW(rate, parameters=network.parameters(), weight_decay=_DECAY)
    average = {name: value.numpy().copy() for name, value in network.state_dict().items()}
    shown = np.zeros(2)
    for step in range(1, steps + 1):
        pictures, wanted = next(batches)
        output = network(paddle.to_tensor(pictures.astype(np.float32) / 255))
        focal, giou = loss(output, paddle.to_tensor(wanted))
        (focal + giou).backward()
        optimiser.step()
        optimiser.clear_grad()
        rate.step()
        keep = min(_AVERAGE, step / (step + 10))
        for name, value in network.state_dict().items():
            average[name] = keep * average[name] + (1 - keep) * value.numpy()
        shown += (float(focal), float(giou))
        if step % _SHOW_EVERY == 0:
            log.info("step %d of %d: heat %.3f, boxes %.3f", step, steps, *(shown / _SHOW_EVERY))
            shown[:] = 0
    return average


@contextmanager
def _batches(data: Path, seed: int, weights: Path | None) -> Iterator[Iterator[Batch]]:
    """Batches without end, made by another process."""
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue(maxsize=8)
    maker = context.Process(target=_make_batches, args=(data, seed, weights, queue), daemon=True)
    maker.start()
    try:
        yield iter(queue.get, None)
    finally:
        maker.terminate()


def _make_batches(data: Path, seed: int, weights: Path | None, queue: Any) -> None:  # noqa: ANN401 - a queue's type depends on its context
    maker = SceneMaker(data, seed, weights)
    while True:
        scenes = [maker.scene() for _ in range(_BATCH)]
        pictures = np.stack([scene.picture[None] for scene in scenes])
        queue.put((pictures, np.stack([targets(scene.plates, scene.ignored, SIZE) for scene in scenes])))


if __name__ == "__main__":
    typer.run(train)
