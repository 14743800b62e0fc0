"""Service standards in use: a tenant's published versions, the clocks of running cases, sweeping and warning."""
