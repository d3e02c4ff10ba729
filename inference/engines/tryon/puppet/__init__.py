"""Try-on without weights: the cut-out garment warped onto the torso. A preview, marked as one."""
