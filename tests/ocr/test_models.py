import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

import ocr.models
from ocr.models import DETECTION, HUB, RECOGNITION, ModelError, find_models, sha256_of


def test_the_wheels_weights_are_the_pinned_ones_and_ready_for_paddleocr(models):
    for directory, name in ((models.detection, DETECTION), (models.recognition, RECOGNITION)):
        assert sha256_of(directory / "inference.onnx") == models.versions[name]
        assert yaml.safe_load((directory / "inference.yml").read_text())["Global"]["model_name"] == name


def test_the_recognisers_alphabet_has_every_class_of_the_model(models):
    settings = yaml.safe_load((models.recognition / "inference.yml").read_text())
    characters = settings["PostProcess"]["character_dict"]
    assert len(characters) == 18708
    assert set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") <= set(characters)


def test_several_workers_may_prepare_the_models_at_once(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: find_models(None, tmp_path), range(4)))
    assert all(models == found[0] for models in found)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        (found[0].detection.name, found[0].recognition.name)
    )


def test_weights_that_were_changed_after_they_were_prepared_are_refused(tmp_path):
    onnx = find_models(None, tmp_path).detection / "inference.onnx"
    onnx.write_bytes(onnx.read_bytes()[:-1])
    with pytest.raises(ModelError, match="its sha256 differs"):
        find_models(None, tmp_path)


def test_a_wheel_with_other_weights_is_refused(tmp_path, monkeypatch):
    other = tmp_path / "weights.onnx"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(ocr.models, "_wheel_weights", lambda _name: other)
    with pytest.raises(ModelError, match="sha256 differs"):
        find_models(None, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_directory_without_a_model_is_named_in_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"PP-OCRv6_small_det.inference\.onnx is missing") as caught:
        find_models(tmp_path, tmp_path / "cache")
    assert "\n" not in str(caught.value)


def test_a_directory_of_models_is_used_as_it_is(models, tmp_path):
    for name, prepared in ((DETECTION, models.detection), (RECOGNITION, models.recognition)):
        (tmp_path / name).symlink_to(prepared)
    found = find_models(tmp_path, tmp_path / "cache")
    assert found.detection == tmp_path / DETECTION
    assert found.versions == models.versions


def test_the_hub_leaves_the_choice_to_paddleocr_and_its_network_check_on(tmp_path, monkeypatch):
    monkeypatch.setenv("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
    found = find_models(HUB, tmp_path)
    assert (found.detection, found.recognition) == (None, None)
    assert "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK" not in os.environ
