"""Photo check by D-FINE, which finds people by boxes, and by the packaged networks, which see the rest."""
