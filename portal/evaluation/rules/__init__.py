"""Pure rules: who may evaluate, what the scores say, what an envelope holds."""
