"""The test report of a build: JUnit XML, as pytest writes it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

_BROKEN = {"failure", "error"}


class Outcome(StrEnum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ABSENT = "not in the test report"


@dataclass(frozen=True)
class TestReport:
    """What a build's tests came to.

    Attributes:
        outcomes: of each test, by the name of its module and its own, one for each of its parameters.
        build: as the report names it: the commit, with `-dirty` where files differed from it; empty where unknown.
        at: when the tests began.
        problem: why there is no report; None where there is one.
    """

    __test__ = False  # pytest takes it for tests by its name

    outcomes: Mapping[tuple[str, str], list[Outcome]] = field(default_factory=dict)
    build: str = ""
    at: str = ""
    problem: str | None = None

    def outcome(self, node_id: str) -> Outcome:
        """What became of a test by its node id: passed only if none of its parameters failed and one at least ran."""
        path, _, name = node_id.partition("::")
        found = set(self.outcomes.get((path.removesuffix(".py").replace("/", "."), name), [Outcome.ABSENT]))
        if Outcome.FAILED in found:
            return Outcome.FAILED
        return Outcome.PASSED if Outcome.PASSED in found else found.pop()

    def told(self) -> dict[str, Any]:
        """The report in counts."""
        counts = Counter(str(one) for outcomes in self.outcomes.values() for one in outcomes)
        known = (Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED)
        return {
            "build": self.build, "at": self.at, "problem": self.problem, "tests": counts.total(),
            **{str(one): counts[str(one)] for one in known},
        }  # fmt: skip


def read_report(path: str) -> TestReport:
    """The report in a file; one without outcomes, which says why, where it is missing or none."""
    try:
        root = ET.parse(Path(path)).getroot()  # noqa: S314 - a file of our own tests, named by the settings
    except FileNotFoundError:
        return TestReport(problem="there is no test report: `make test` writes one (report.tests)")
    except (OSError, ET.ParseError) as error:
        return TestReport(problem=f"the test report cannot be read: {type(error).__name__}")
    suite = next(root.iter("testsuite"), None)
    if suite is None:
        return TestReport(problem="the test report has no tests")
    outcomes = defaultdict[tuple[str, str], list[Outcome]](list)
    for case in root.iter("testcase"):
        name = case.get("name", "").partition("[")[0]
        outcomes[case.get("classname", ""), name].append(_outcome(case))
    return TestReport(dict(outcomes), suite.get("name", ""), suite.get("timestamp", ""))


def _outcome(case: ET.Element) -> Outcome:
    kinds = {child.tag for child in case}
    if kinds & _BROKEN:
        return Outcome.FAILED
    return Outcome.SKIPPED if "skipped" in kinds else Outcome.PASSED
