"""What the compliance report may tell of hits, and where the test report of this build lies."""

from jobs.settings.section import Positive, Section, Text
from jobs.settings.storage import LocalPath


class ReportSettings(Section):
    """What of hits is told in which groups, by which words one came to nothing, and where the test report is."""

    tests: LocalPath
    smallest_group: Positive
    came_to_nothing: tuple[Text, ...]
