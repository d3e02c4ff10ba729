"""Facts of bodies and fabrics that the gateway and the fit rules share. Each row of ``data`` names its source."""
