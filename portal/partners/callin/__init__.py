"""The call-in of a circle of community voices: how the evening runs, who speaks, which help is there, what follows."""
