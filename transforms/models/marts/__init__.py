"""Marts: answers, small and wide."""
