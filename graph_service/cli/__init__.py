"""The command line: `trustnet`."""

from graph_service.cli.main import main

__all__ = ["main"]
