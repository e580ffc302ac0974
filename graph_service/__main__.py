"""Run the command line: `python -m graph_service`."""

from graph_service.cli import main

if __name__ == "__main__":
    main()
