"""Garment cut-outs without weights: a border-colour model and GrabCut. Good on product shots."""
