"""Entry point of `python -m demo`, which `make run` calls."""

import signal

from demo.run import main

# Ctrl-C during the remaining imports ends the process without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

main()
