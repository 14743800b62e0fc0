"""The bench: the portal's pages beside bare pages with the same rows, in one run. Start it with `make bench`."""
