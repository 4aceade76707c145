"""windlass against its peers and against the machine: python -m bench."""
