"""Kernels of the general multi-target tracker: models, filters, gates, association, existence, life."""
