"""Partnership agreements: drawn up on approval, accepted by the signatory, in force for their years."""
