"""Recordings of real radars: read, tracked by the tracker of the simulation, judged, compared, written."""
