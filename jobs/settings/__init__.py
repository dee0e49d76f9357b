"""The lake's settings: frozen, validated, from the files of conf/ and ANPRLAKE_* variables; a file a section."""

from jobs.settings.analytics import AnalyticsSettings, ConvoySettings
from jobs.settings.ingest import IngestSettings, Partner
from jobs.settings.load import Settings, conf_dir, load_settings, with_profile
from jobs.settings.ocr import OcrSettings
from jobs.settings.quality import QualitySettings
from jobs.settings.retention import AccessTier, RetentionProfile
from jobs.settings.section import SettingsError
from jobs.settings.storage import StorageSettings

__all__ = [
    "AccessTier", "AnalyticsSettings", "ConvoySettings", "IngestSettings", "OcrSettings", "Partner",
    "QualitySettings", "RetentionProfile", "Settings", "SettingsError", "StorageSettings", "conf_dir", "load_settings",
    "with_profile",
]  # fmt: skip
