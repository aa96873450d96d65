"""Detectors, one file each, found by module name and the constant DETECTOR."""
