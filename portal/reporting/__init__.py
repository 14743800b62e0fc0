"""Reports of grantees: what they change in the grant, and the way to each."""
