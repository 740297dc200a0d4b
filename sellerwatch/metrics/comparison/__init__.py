"""What a value is compared with: its own past, and what is usual in its category."""
