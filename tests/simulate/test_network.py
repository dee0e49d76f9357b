from itertools import pairwise

import numpy as np
import pytest

from jobs.domain.errors import LakeError
from jobs.simulate.network import build_network


@pytest.fixture(scope="module", params=[(16, 6, 6), (76, 10, 18)])
def network(request):
    return build_network(*request.param, np.random.default_rng(2))


def test_every_site_asked_for_is_there():
    network = build_network(16, 6, 4, np.random.default_rng(2))
    kinds = [site.kind for site in network.sites]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"fixed": 16, "partner": 6, "mobile": 4}


def test_a_route_passes_its_sites_one_after_the_other(network):
    routes = network.routes
    for first, last in pairwise(routes.first):
        assert (np.diff(routes.seconds[first:last]) > 30).all()


def test_cordon_cameras_come_in_pairs_that_look_opposite_ways(network):
    cordon = [site for site in network.sites if site.cordon != "none"]
    assert {site.cordon for site in cordon} == {"in", "out"}
    for entering, leaving in zip(cordon[::2], cordon[1::2], strict=True):
        assert entering.road == leaving.road
        assert (network.heading(entering) - network.heading(leaving)) % 360 == pytest.approx(180)


def test_a_route_into_the_area_passes_a_cordon_camera_that_sees_in(network):
    routes = network.routes
    outside, town = int(network.outside[0]), 0
    route = outside * routes.nodes + town
    passed = [network.sites[i] for i in routes.site[routes.first[route] : routes.first[route + 1]]]
    assert [site.cordon for site in passed if site.cordon != "none"] == ["in"]


def test_more_cameras_than_roads_have_room_for_are_refused():
    with pytest.raises(LakeError, match="has room for"):
        build_network(900, 6, 0, np.random.default_rng(2))
