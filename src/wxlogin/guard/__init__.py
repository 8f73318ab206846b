"""The kit with which other services check our tokens. It imports nothing of ours."""
