"""The clauses of policy and law, what of this product meets each, and whether tests of this build prove it."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from jobs.report.compliance.junit import Outcome, TestReport
from jobs.settings import SettingsError
from jobs.settings.section import Section, Text

FILE = "clauses.yaml"
NodeId = Annotated[str, Field(pattern=r"^tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+$")]


class State(StrEnum):
    """What is to be said of a clause."""

    PROVED = "met, and proved by tests of this build"
    IN_PART = "met in part, and that proved by tests of this build"
    NOT_PROVED = "not proved by a test of this build"
    NOT_MET = "not met by this product"


class Clause(Section):
    """A clause.

    Attributes:
        clause: where it stands.
        says: what it asks, in our own words.
        met_by: commands, modules and tables that meet it; None where nothing does.
        lacks: what of it is not met; None where nothing is left.
        tests: node ids of tests that prove what is met; of one with parameters all of these.
    """

    clause: Text
    says: Text
    met_by: Text | None = None
    lacks: Text | None = None
    tests: tuple[NodeId, ...] = ()

    @model_validator(mode="after")
    def what_is_met_has_tests(self) -> "Clause":
        """And what is not says what is lacking."""
        if bool(self.met_by) != bool(self.tests) or not (self.met_by or self.lacks):
            raise ValueError("allowed is met_by with tests, or lacks, or both")
        return self


def load_clauses(conf: Path) -> tuple[Clause, ...]:
    """The clauses of `conf/clauses.yaml`, in their order.

    Raises:
        SettingsError: the file is missing, or wrong.
    """
    try:
        found = yaml.safe_load((conf / FILE).read_text(encoding="utf-8"))
        return tuple(Clause.model_validate(one) for one in found["clauses"])
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise SettingsError(f"{FILE} cannot be read: {type(error).__name__}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{FILE}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def judged(clauses: tuple[Clause, ...], report: TestReport) -> Iterator[dict[str, Any]]:
    """Each clause with its state, and what became of its tests."""
    for one in clauses:
        tests = {name: report.outcome(name) for name in one.tests}
        told = {"clause": one.clause, "says": one.says, "met_by": one.met_by, "lacks": one.lacks}
        results = [{"test": name, "outcome": str(outcome)} for name, outcome in tests.items()]
        yield told | {"state": str(_state(one, list(tests.values()))), "tests": results}


def _state(clause: Clause, outcomes: list[Outcome]) -> State:
    if not clause.met_by:
        return State.NOT_MET
    if not outcomes or any(one is not Outcome.PASSED for one in outcomes):
        return State.NOT_PROVED
    return State.IN_PART if clause.lacks else State.PROVED
