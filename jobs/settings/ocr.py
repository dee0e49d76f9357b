"""How footage is read."""

from jobs.settings.section import Positive, PositiveFloat, Section


class ReaderSettings(Section):
    """What reading one range of a file may take."""

    memory_mb: Positive
    seconds: PositiveFloat


class OcrSettings(Section):
    """Which weights read the footage, and how files are spread."""

    models: str
    model_cache: str
    minutes_per_task: PositiveFloat
    reader: ReaderSettings
