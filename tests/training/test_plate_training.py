import cv2
import numpy as np
import onnxruntime
import paddle
import pytest

from jobs.training import train_plates
from jobs.training.export import export_plate_network
from jobs.training.plate_network import STRIDE, PlateNetwork, decode, loss, targets
from jobs.training.plate_scenes import SIZE, SceneMaker

NONE = np.zeros((0, 4), np.float32)


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """A folder like that of plates_ro, with one frame to train with and one to measure with."""
    folder = tmp_path_factory.mktemp("frames")
    (folder / "images").mkdir()
    grain = np.random.default_rng(1).integers(60, 160, (720, 1280), dtype=np.uint8)
    for name in ("a.jpg", "b.jpg"):
        cv2.imwrite(str(folder / "images" / name), grain)
    rows = ["split,image,xmin,ymin,xmax,ymax", "train,a.jpg,500,300,620,330", "valid,b.jpg,1,1,9,9"]
    (folder / "boxes.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_the_same_seed_makes_the_same_scenes_and_every_box_is_in_its_picture(frames):
    scenes, again = ([maker.scene() for _ in range(12)] for maker in (SceneMaker(frames, 5), SceneMaker(frames, 5)))
    for one, other in zip(scenes, again, strict=True):
        assert (one.picture == other.picture).all()
        assert (one.plates == other.plates).all()
        assert one.picture.shape == SIZE[::-1]
        assert (one.plates >= 0).all()
        assert (one.plates <= np.array(SIZE * 2)).all()
    assert sum(len(scene.plates) for scene in scenes) > 6


def test_only_the_frames_that_are_for_training_are_read(frames):
    assert len(SceneMaker(frames, 1)._frames) == 1


def test_the_cell_of_a_plates_middle_is_the_peak_and_answers_for_its_box():
    wanted = targets(np.array([[80, 40, 160, 60]], np.float32), NONE, (320, 192))
    assert wanted.shape == (6, 192 // STRIDE, 320 // STRIDE)
    assert np.argwhere(wanted[0] >= 0.999).tolist() == [[6, 15]]
    assert (wanted[1:5, 6, 15] * STRIDE).tolist() == [80, 40, 160, 60]


def test_nothing_is_asked_where_a_plate_is_cut_off():
    wanted = targets(NONE, np.array([[0, 40, 30, 60]], np.float32), (320, 192))
    assert wanted[0, 6, 1] == -1
    assert wanted[0, 6, 30] == 0


def test_an_output_that_is_right_costs_nothing_and_has_gradients_without_holes():
    wanted = targets(np.array([[80, 40, 160, 60]], np.float32), NONE, (320, 192))
    right = np.full((1, 5, *wanted.shape[1:]), -12, np.float32)
    right[0, 0, 6, 15] = 12
    x, y = np.meshgrid(np.arange(40) + 0.5, np.arange(24) + 0.5)
    far = np.stack([x - 10, y - 5, 20 - x, 7.5 - y])
    right[0, 1:] = np.log(np.clip(far, 1e-2, None))
    output = paddle.to_tensor(right, stop_gradient=False)
    focal, giou = loss(output, paddle.to_tensor(wanted[None]))
    (focal + giou).backward()
    assert float(focal) < 0.05
    assert float(giou) < 0.05
    assert np.isfinite(output.grad.numpy()).all()
    assert (decode(output).numpy()[0, :, 6, 15] * STRIDE).round(2).tolist() == [80, 40, 160, 60]


def test_a_few_steps_change_the_weights_towards_what_is_wanted():
    paddle.seed(3)
    network = PlateNetwork()
    before = {name: value.numpy().copy() for name, value in network.state_dict().items()}
    picture = np.full((2, 1, 64, 96), 90, np.uint8)
    picture[:, :, 24:40, 24:72] = 230
    wanted = np.stack([targets(np.array([[24, 24, 72, 40]], np.float32), NONE, (96, 64))] * 2)
    after = train_plates._run_cycle(network, iter([(picture, wanted)] * 3), 3)
    assert after.keys() == before.keys()
    assert all(np.isfinite(value).all() for value in after.values())
    assert any((after[name] != before[name]).any() for name in after)


def test_the_exported_network_says_what_the_trained_one_says(tmp_path):
    paddle.seed(3)
    network = PlateNetwork()
    network.eval()
    picture = np.random.default_rng(1).random((1, 1, 64, 96), np.float32)
    weights = {name: value.numpy() for name, value in network.state_dict().items()}
    export_plate_network(weights, tmp_path / "plates.onnx", {"seed": "3"})
    session = onnxruntime.InferenceSession(str(tmp_path / "plates.onnx"), providers=["CPUExecutionProvider"])
    with paddle.no_grad():
        wanted = network(paddle.to_tensor(picture)).numpy()
    assert np.abs(session.run(None, {"picture": picture})[0] - wanted).max() < 1e-3
    assert session.get_modelmeta().custom_metadata_map == {"seed": "3"}
