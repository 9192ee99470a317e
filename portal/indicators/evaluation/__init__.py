"""What can honestly be said: the plan that is fixed beforehand, the models, the refusals, the sentence."""
