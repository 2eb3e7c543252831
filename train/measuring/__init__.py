"""How good a model is: `scored` counts its answers, `tables` and `plots` show them."""
