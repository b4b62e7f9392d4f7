"""`python -m mcr_core.cli` is the command `mcr`."""

from mcr_core.cli.main import main

main()
