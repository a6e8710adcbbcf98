"""What stands before moto: the time, the tokens and the refusals that moto lacks."""
