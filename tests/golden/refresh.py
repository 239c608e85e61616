"""Write the error gallery's messages and its page anew: `python -m tests.golden.refresh`, then read the diff."""

from pathlib import Path

from tests.golden.gallery import PAGE, cases, expected_file, expected_text, page


def main() -> None:
    """Write every `.expected` file and the page."""
    for case in cases():
        expected_file(case).write_text(expected_text(case), encoding="utf-8")
    Path(PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
