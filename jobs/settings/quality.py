"""Where the expectation suites lie; what of a day is unusual by its cameras' history, how grave that is, and whose."""

from jobs.settings.section import Days, Positive, PositiveFloat, Section, Severity, Share, Text


class HistorySettings(Section):
    """The days that a day is held against."""

    days: Days
    min_days: Days
    spread: PositiveFloat


class ClockSettings(Section):
    """What an estimate of a camera's clock rests on."""

    sample_reads: Positive
    window_minutes: PositiveFloat
    min_way_pairs: Positive
    min_pairs: Positive
    asymmetry: Share


class Check(Section):
    """How grave it is that a check finds something, and who answers for it."""

    severity: Severity
    owner: Text


class CameraSilent(Check):
    """A camera without a read for hours, or all day."""

    min_reads: Positive


class CameraFewReads(Check):
    """Fewer reads than usual."""

    share: Share


class CameraRubbish(Check):
    """Marks of no format, or a reader that is less sure than usual."""

    min_reads: Positive
    share: Share
    confidence: Share


class ClockOff(Check):
    """A clock that differs by so many seconds."""

    seconds: PositiveFloat


class FeedStopped(Check):
    """A kind of feed without a file, or a partner without a read."""

    share: Share


class ChecksSettings(Section):
    """The checks against history, by name."""

    camera_silent: CameraSilent
    camera_few_reads: CameraFewReads
    camera_rubbish: CameraRubbish
    clock_offset: ClockOff
    clock_jumped: ClockOff
    feed_stopped: FeedStopped


class QualitySettings(Section):
    """The gate and what it holds days against."""

    suites: str
    owner: Text
    history: HistorySettings
    checks: ChecksSettings
    clocks: ClockSettings
