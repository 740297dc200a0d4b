"""``python -m sellerwatch``: the same as the ``sellerwatch`` command."""

from sellerwatch.cli.main import run

if __name__ == "__main__":
    run()
