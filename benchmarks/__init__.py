"""Benchmarks: ratios against real alternatives, in one run."""
