"""People who sign in, the desks they sit at and the keys that open what is sealed."""
