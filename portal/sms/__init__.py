"""Text messages: intake, conversations, automatic answers, opt-outs, pictures and delivery states."""
