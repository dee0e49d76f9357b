"""The words that columns may hold, each list said once: the catalogue checks them, and the stages speak in them."""

from enum import StrEnum

DIRECTIONS = ("unknown", "towards", "away")
"""Of travel, seen from the camera. Consolidation numbers them in this order."""

MOVEMENTS = ("in", "out", "through", "within")
"""Of a journey, by the cordon cameras that it passes."""

PATCH, OVERVIEW = PICTURES = ("patch", "overview")

PURPOSES = {"INTEL": ("intelligence", 1), "POST": ("post_incident", 2), "ROADS": ("roads_policing", 3)}
"""Of a hot-list entry, by the word that its reason begins with: name and priority. Primacy of use in the force's
policy: intelligence, then post-incident investigation, then roads policing."""

MATCHES = ("exact", "partial", "possible")
"""Of a read with a hot-list entry: the same mark, by a wildcard, or one confusion away."""


class Answer(StrEnum):
    """What a person may answer a hit with."""

    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class HitState(StrEnum):
    """The states of a hit: new until somebody answers it."""

    NEW = "new"
    ACKNOWLEDGED = Answer.ACKNOWLEDGED
    CLOSED = Answer.CLOSED
