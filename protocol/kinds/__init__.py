"""Record kinds, one file each, found by module name and the constant KIND."""
