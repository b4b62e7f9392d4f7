"""How good a result is: what was prescribed and what was not, in units of natural scatter."""
