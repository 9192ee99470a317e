"""`python -m portal.demo`, which is what `make run` runs."""

import signal

from portal.demo.run import main

# Ctrl-C while the rest is imported ends it without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

main()
