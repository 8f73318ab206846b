"""What an operation costs, measured."""
