"""`python -m novigem`: the command, where its script is not on the path."""

from novigem.cli.main import main

if __name__ == "__main__":
    main()
