"""Policies on trial: a discrete-event simulation of the queue, the weavers, the arbitrator and KEDA."""
