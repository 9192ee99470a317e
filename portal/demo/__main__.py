"""Entry point of `python -m portal.demo`, which `make run` calls."""

import signal

from portal.demo.run import main

# Ctrl-C during the remaining imports ends the process without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

main()
