"""What the reads tell: hot-list hits, journeys, flows, convoys and clones."""
