"""`make train-plates`: trains the plate detector and writes `ocr/weights/plates.onnx`.

Command: `python -m jobs.training.train_plates --data FOLDER`, where the folder is that of plates_ro (MIT). The seeds,
the number of steps and the recipe are fixed here, so that the same command gives the same weights, up to what
floating point sums do in another order.
"""

import logging
import multiprocessing
from pathlib import Path
from typing import Annotated

import numpy as np
import paddle
import typer

from jobs.training.plate_network import PlateNetwork, loss, targets
from jobs.training.plate_scenes import SIZE, SceneMaker

log = logging.getLogger(__name__)

_SEED = 20_261_125
_BATCH = 16
_RATE = 2.5e-3
_WARM_UP = 100
_DECAY = 1e-4
_AVERAGE = 0.995
"""The weights that are kept are a running mean of those that were trained."""


def make_batches(data: Path, seed: int, queue: "multiprocessing.Queue[tuple[np.ndarray, np.ndarray]]") -> None:
    """Put batches into a queue without end: pictures (n by 1 by h by w, 0 to 255) and targets."""
    maker = SceneMaker(data, seed)
    while True:
        scenes = [maker.scene() for _ in range(_BATCH)]
        pictures = np.stack([scene.picture[None] for scene in scenes])
        queue.put((pictures, np.stack([targets(scene.plates, scene.ignored, SIZE) for scene in scenes])))


def train(
    data: Annotated[Path, typer.Option(exists=True, file_okay=False, help="folder of plates_ro")],
    checkpoint: Annotated[Path, typer.Option(help="where the trained weights go, a .npz")],
    start_from: Annotated[Path | None, typer.Option(help="a checkpoint to go on from, with other scenes")] = None,
    steps: Annotated[int, typer.Option(min=1, help="batches of 16 scenes")] = 2000,
) -> None:
    """Train and write a checkpoint every hundred steps."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    paddle.seed(_SEED)
    network = PlateNetwork()
    seed = _SEED
    if start_from:
        with np.load(start_from) as weights:
            network.set_state_dict(dict(weights))
        seed += 1
    warm = paddle.optimizer.lr.LinearWarmup(
        paddle.optimizer.lr.CosineAnnealingDecay(_RATE, steps), _WARM_UP, 0.0, _RATE
    )
    optimiser = paddle.optimizer.AdamW(warm, parameters=network.parameters(), weight_decay=_DECAY)
    average = {name: value.numpy().copy() for name, value in network.state_dict().items()}
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(maxsize=8)
    maker = context.Process(target=make_batches, args=(data, seed, queue), daemon=True)
    maker.start()
    shown = np.zeros(2)
    for step in range(1, steps + 1):
        pictures, wanted = queue.get()
        output = network(paddle.to_tensor(pictures.astype(np.float32) / 255))
        focal, giou = loss(output, paddle.to_tensor(wanted))
        (focal + giou).backward()
        optimiser.step()
        optimiser.clear_grad()
        warm.step()
        keep = min(_AVERAGE, step / (step + 10))
        for name, value in network.state_dict().items():
            average[name] = keep * average[name] + (1 - keep) * value.numpy()
        shown += (float(focal), float(giou))
        if step % 50 == 0:
            log.info("step %d of %d: heat %.3f, boxes %.3f", step, steps, *(shown / 50))
            shown[:] = 0
        if step % 200 == 0 or step == steps:
            np.savez(checkpoint, allow_pickle=False, **average)
    maker.terminate()


if __name__ == "__main__":
    typer.run(train)
