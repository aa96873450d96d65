"""Sensors, one file each, found by module name and the constant SENSOR."""
