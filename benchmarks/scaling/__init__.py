"""Scaling over a flash crowd, simulated: KEDA's and the HPA's documented rules, our settings, modelled weavers."""
