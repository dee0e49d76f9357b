import pytest

from ocr.models import find_models
from ocr.reader import PlateReader


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    return find_models(None, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def reader(models):
    return PlateReader(models)
