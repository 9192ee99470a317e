"""The call-ins of a moral voice circle: run of the evening, speakers, services and follow-up."""
