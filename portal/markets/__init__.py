"""The markets feature: places, the gate and its two keys, statuses, call-ins, reviews of signals, and the map."""
