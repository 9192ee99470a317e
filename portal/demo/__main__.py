"""`python -m portal.demo`, which is what `make run` runs."""

import signal

# Ctrl-C while the rest is imported ends it without a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from portal.demo.run import main  # noqa: E402

main()
