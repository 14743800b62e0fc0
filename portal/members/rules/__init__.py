"""Pure rules of the members' side: membership by date, windows, what silence means."""
