"""Generated wire messages of package port2port.v1."""
