"""What a text means: learned from examples, without a numeric library; and the one place that knows danger."""
