"""Figures for the secretariat and the public: standards and how they are kept, the team, deadlines as feeds."""
