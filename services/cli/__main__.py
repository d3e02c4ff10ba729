"""`python -m services.cli`: the same as `proteus`."""

from services.cli import main

main()
