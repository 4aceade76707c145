"""What windlass is compared with; every peer is optional."""
