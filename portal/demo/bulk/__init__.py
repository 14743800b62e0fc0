"""Generated cases by the thousand: plausible, with every row a real case has, consistent with the reckoning of clocks."""
