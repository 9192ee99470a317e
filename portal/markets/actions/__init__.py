"""What can be done to a place: described, people admitted, released, judged, its call-in ended."""
