"""The names of a night's stages, said once; apart from the stages, so that the command's help needs no Spark."""

from enum import StrEnum


class Stage(StrEnum):
    """The stages of a night, in order."""

    INGEST = "ingest"
    OCR = "ocr"
    CONSOLIDATE = "consolidate"
    VALIDATE = "validate"
    ANALYSE = "analyse"
