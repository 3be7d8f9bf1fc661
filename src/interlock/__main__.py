"""`interlock`, and `python -m interlock`."""

import sys


def main() -> None:
    """Run the command line; `--version` is answered before anything is loaded."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from importlib.metadata import version

        sys.stdout.write(f"interlock {version('interlock')}\n")
        sys.exit(0)
    from interlock.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
