"""Generated cases by the thousand: every row a real case has, its clocks reckoned as the product does."""
